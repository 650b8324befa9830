package compare

import (
	"regexp"
	"strings"
)

var (
	// staticTexts are complaints about an expression that hold whatever the item
	// is: a path compared with itself, bounds in the wrong order, operands of
	// types that no operator takes.
	staticTexts = text(`Invalid \w+Expression: (The first operand must be distinct|The BETWEEN operator requires|Invalid attribute type name found|Incorrect operand type for operator or function|Incorrect number of operands|The function is not allowed|Two document paths (conflict|overlap)|The IN operator|The expression contains too many operators|List index is not within)`)
	// referenceTexts are complaints about what an expression refers to.
	referenceTexts = text(`(Invalid \w+Expression: )?(An expression attribute (name|value) used in|Value provided in ExpressionAttribute(Names|Values) unused|ExpressionAttribute(Names|Values) (contains invalid (key|value)|can only be|must not be empty))`)
	// grammarTexts are complaints about an expression's text.
	grammarTexts = text(`(Invalid \w+Expression: )?(Syntax error|Attribute name is a reserved keyword|The expression (can not be empty|has redundant parentheses)|Invalid (function|operator|condition)|Invalid operator used|Operator or function|KeyConditionExpressions |Expression size|The function )`)
	// boundTexts are complaints that take the table, its keys or its items.
	boundTexts = text(`(One or more parameter values were invalid: )?(The provided key|The provided starting key|Provided list of item keys|Consistent reads are|Condition parameter type|Query |Cannot (specify|update attribute)|Must specify|ALL_PROJECTED_ATTRIBUTES|The table does not have|The number of (query )?conditions|Select type|Missing the key|Type mismatch for|An operand in the update|The document path|The provided expression refers|Key attributes must be|Filter Expression can only|KeyConditionExpressions must|Size of hashkey|Aggregated size|Item size|Either the KeyConditions|Global secondary index|Transaction request cannot|One or more parameter values are not valid|Secondary index keys|Attempting to store|Can not use both|The TotalSegments|The Segment|ReturnValues can only|The provided exclusive start key|The query can return|Invalid Request: Transact)`)
	// exprTexts are all complaints about expressions.
	exprTexts = []*regexp.Regexp{staticTexts, referenceTexts, grammarTexts}
	// betweenBounds are what the reference shows of a value in its own way.
	betweenBounds = text(`Invalid \w+Expression: The BETWEEN operator requires (same data type|upper bound)`)
	projection    = regexp.MustCompile(`Global secondary index \S+ does not project `)
)

// isAbout tells that a complaint is of one of the kinds.
func isAbout(texts []*regexp.Regexp, a Answer) bool {
	for _, t := range texts {
		if t.MatchString(a.Text()) {
			return true
		}
	}
	return false
}

// expressionDifferences are about expressions.
var expressionDifferences = []knownDifference{
	{
		name:   "the reference runs expressions that DynamoDB refuses whatever the item",
		source: dynaliteScan,
		covers: func(_ Request, got, want Answer) bool {
			ran := want.Status == 200 || want.Failed("ConditionalCheckFailedException") || want.Failed("TransactionCanceledException")
			return got.Failed("ValidationException") && (staticTexts.MatchString(got.Text()) || referenceTexts.MatchString(got.Text())) && ran
		},
	},
	{
		name:   "the reference looks for the table before it has checked the request",
		source: dynalitePut,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && want.Failed("ResourceNotFoundException")
		},
	},
	{
		name:   "an expression is refused whatever the item, and the reference checks keys, items or other members first",
		source: parity + "validation-ordering/queryKeyCondition.test.ts",
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && isAbout(exprTexts, got) &&
				(boundTexts.MatchString(want.Text()) || memberTexts.MatchString(want.Text()) || valueTexts.MatchString(want.Text()) || legacyTexts.MatchString(want.Text()))
		},
	},
	{
		name:   "the reference does not say in which expression a placeholder without a meaning stands",
		source: "https://github.com/architect/dynalite/blob/main/test/query.js",
		covers: func(_ Request, got, want Answer) bool {
			return strings.HasPrefix(want.Text(), "An expression attribute ") && strings.HasPrefix(got.Text(), "Invalid ") &&
				strings.HasSuffix(got.Text(), "Expression: "+want.Text())
		},
	},
	{
		name:   "two expressions, or names and values of one, are wrong, and the reference reports the other",
		source: parity + "validation-ordering/queryKeyCondition.test.ts",
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && want.Failed("ValidationException") && isAbout(exprTexts, got) && isAbout(exprTexts, want) && rule(got) != rule(want)
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
		name:   "two operands are of a wrong type or the same, and the reference reports the other",
		source: dynaliteScan,
		covers: func(_ Request, got, want Answer) bool {
			for _, text := range []string{"Incorrect operand type", "must be distinct from the remaining", "Invalid ProjectionExpression: ", "does not project"} {
				if strings.Contains(got.Text(), text) && strings.Contains(want.Text(), text) {
					return true
				}
			}
			return false
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
