package compare

import (
	"regexp"
	"strings"
)

var (
	// betweenBounds are what the reference shows of a value in its own way.
	betweenBounds = text(`Invalid \w+Expression: The BETWEEN operator requires (same data type|upper bound)`)
	// plainReference are the reference's complaints that name no expression.
	plainReference = regexp.MustCompile(`^(An expression attribute (name|value) used in|Attribute name is a reserved keyword)`)
	updateWords    = regexp.MustCompile(`(?i)reserved keyword; reserved keyword: (SET|REMOVE|ADD|DELETE)$`)
	unusedTexts    = text(`Value provided in ExpressionAttribute(Names|Values) unused`)
	projection     = regexp.MustCompile(`Global secondary index \S+ does not project `)
)

// expressionDifferences are about expressions.
var expressionDifferences = []knownDifference{
	{
		name:   "the reference runs expressions that DynamoDB refuses whatever the item",
		source: dynaliteScan, // see missingRules
		covers: func(r Request, got, want Answer) bool {
			ran := want.Status == 200 || want.Failed("ConditionalCheckFailedException") || want.Failed("TransactionCanceledException")
			return isMissing(r, got) && ran
		},
	},
	{
		name:   "the reference does not say in which expression a placeholder without a meaning stands",
		source: "https://github.com/architect/dynalite/blob/main/test/query.js",
		covers: func(_ Request, got, want Answer) bool {
			return plainReference.MatchString(want.Text()) && strings.HasSuffix(got.Text(), "Expression: "+want.Text())
		},
	},
	{
		name:   "the reference finds a value without a meaning when it comes to it in an item, after another mistake about operands",
		source: dynaliteScan,
		covers: func(_ Request, got, want Answer) bool {
			ours, ok := placeOf(got)
			return ok && ours.inText && strings.HasPrefix(want.Text(), "An expression attribute value used in expression is not defined")
		},
	},
	{
		name:   "the reference looks for the names of a key condition before its values, and for reserved words before anything else",
		source: parity + "validation-ordering/queryKeyCondition.test.ts",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "Query" && strings.HasPrefix(got.Text(), "Invalid ") && plainReference.MatchString(want.Text())
		},
	},
	{
		name:   "the words of update expressions are keywords of all expressions of the reference",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html",
		covers: func(_ Request, got, want Answer) bool {
			return updateWords.MatchString(got.Text()) && strings.Contains(want.Text(), "Syntax error; token: ")
		},
	},
	{
		name:   "the reference does not look for unused placeholders of an UpdateItem that updates nothing",
		source: "https://github.com/architect/dynalite/blob/main/test/updateItem.js",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "UpdateItem" && r.In["UpdateExpression"] == nil && unusedTexts.MatchString(got.Text()) &&
				(want.Status == 200 || want.Failed("ConditionalCheckFailedException"))
		},
	},
	{
		name:   "the reference takes no parentheses around an operand",
		source: dynaliteScan,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && strings.Contains(want.Text(), `Syntax error; token: "("`)
		},
	},
	{
		name:   "the reference points to another token of a wrong expression",
		source: dynaliteScan,
		covers: func(_ Request, got, want Answer) bool {
			return strings.Contains(got.Text(), "Syntax error; token: ") && strings.Contains(want.Text(), "Syntax error; token: ")
		},
	},
	{
		name:   "the reference shows the bounds of BETWEEN in its own way",
		source: dynaliteScan,
		covers: func(_ Request, got, want Answer) bool {
			return betweenBounds.MatchString(got.Text()) && betweenBounds.MatchString(want.Text())
		},
	},
	{
		name:   "the reference reads from a global index what it does not hold",
		source: parity + "error-messages/indexReads.test.ts",
		covers: func(r Request, got, _ Answer) bool {
			return r.In["IndexName"] != nil && projection.MatchString(got.Text())
		},
	},
}
