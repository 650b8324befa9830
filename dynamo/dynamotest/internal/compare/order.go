package compare

import (
	"regexp"
	"slices"
	"strings"
)

// A stage is what DynamoDB checks at one time. A request with a mistake in each of
// two stages is refused for that of the earlier one.
type stage struct {
	name string
	// text is what the complaints of the stage start with, after the name of the
	// expression when there is one.
	text *regexp.Regexp
}

func stages(list ...string) []stage {
	out := make([]stage, 0, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		out = append(out, stage{list[i], regexp.MustCompile(`^(` + list[i+1] + `)`)})
	}
	return out
}

// The stages of one expression, in DynamoDB's order: dynalite's tests, recorded on
// DynamoDB, have requests with several mistakes.
//
// https://github.com/architect/dynalite/blob/main/test/scan.js
// https://github.com/architect/dynalite/blob/main/test/updateItem.js
var (
	conditionStages = stages(
		"syntax", `Syntax error|The expression can not be empty|Expression size|The expression contains too many|List index`,
		"parentheses", `The expression has redundant parentheses`,
		"functions", `Invalid function name`,
		"use of functions", `The function is not allowed`,
		"reserved words", `Attribute name is a reserved keyword`,
		"operands", `An expression attribute |Incorrect number of operands|The first operand must be distinct|Incorrect operand type|Operator or function requires|The BETWEEN operator|Invalid attribute type|The IN operator`,
		"keys", `Invalid operator used|Invalid condition in|KeyConditionExpressions `,
	)
	updateStages = stages(
		"syntax", `Syntax error|The expression can not be empty|Expression size|The expression contains too many|List index`,
		"reserved words", `Attribute name is a reserved keyword`,
		"functions", `Invalid function name`,
		"sections", `The "\w+" section`,
		"placeholders", `An expression attribute `,
		"overlaps", `Two document paths overlap`,
		"conflicts", `Two document paths conflict`,
		"ADD and DELETE", `Incorrect operand type for operator or function; operator: `,
		"operands", `Incorrect operand type|Incorrect number of operands|Operator or function requires`,
	)
	projectionStages = stages(
		"syntax", `Syntax error|The expression can not be empty|Expression size|The expression contains too many|List index`,
		"reserved words", `Attribute name is a reserved keyword`,
		"placeholders", `An expression attribute `,
		"overlaps", `Two document paths overlap`,
		"conflicts", `Two document paths conflict`,
	)
)

// expressionStages are the expressions in the order in which they are read.
//
// https://github.com/architect/dynalite/blob/main/test/query.js
var expressionStages = []struct {
	member string
	stages []stage
}{
	{"KeyConditionExpression", conditionStages},
	{"FilterExpression", conditionStages},
	{"UpdateExpression", updateStages},
	{"ConditionExpression", conditionStages},
	{"ProjectionExpression", projectionStages},
}

// laterStages come after all expressions, in this order. That they do is in
// dynalite's tests too, whose wrong expressions go to tables that do not exist.
var laterStages = stages(
	"Select", `Value '\w*' at 'select'|Cannot specify the |Must specify the |ALL_PROJECTED_ATTRIBUTES can be used`,
	"segments", `The (Total)?Segments? parameter`,
	"unused placeholders", `Value provided in ExpressionAttribute(Names|Values) unused`,
	"table", `Requested resource not found`,
	"key condition", `Either the KeyConditions or`,
	"index", `The table does not have the specified index|Consistent reads are not supported`,
	"repeated items", `Provided list of item keys|Transaction request cannot include|The provided key element does not match`,
	"keys", `The provided (starting|exclusive start) key|The number of (query )?conditions|Query (key )?condition|The query can return|Size of hashkey|Aggregated size|(One or more parameter values were invalid: )?(Missing the key|Type mismatch for|Condition parameter type|Size of hashkey|Aggregated size|Cannot update attribute)|One or more parameter values are not valid|Secondary index keys`,
	"filter and index", `Filter Expression can only|Key attributes must be scalars|(One or more parameter values were invalid: )?(Select type|Global secondary index \S+ does not)`,
	"item", `The provided expression refers|The document path provided|An operand in the update|Item size|Number (over|under)flow|Attempting to store`,
)

// A place is where a complaint stands in the order of checks.
type place struct {
	expression string // its member, empty when it is about none
	rank       int
	inText     bool // mistakes of this stage are reported as the text has them
}

// laterRank is that of the first stage after the expressions.
const laterRank = 1000

// placeOf returns the place of a complaint, if it is about an expression or
// comes after them.
func placeOf(a Answer) (place, bool) {
	text := strings.TrimPrefix(a.Text(), "1 validation error detected: ")
	for i, e := range expressionStages {
		rest, ok := strings.CutPrefix(text, "Invalid "+e.member+": ")
		if !ok {
			continue
		}
		n, ok := find(e.stages, rest)
		switch {
		case ok && e.stages[n].name == "operands":
			return place{e.member, 100*i + n, true}, true
		case ok && e.stages[n].name == "keys": // after all expressions
			return place{e.member, laterRank - 1, true}, true
		}
		return place{e.member, 100*i + n, false}, ok
	}
	if a.Failed("TransactionCanceledException") {
		return place{rank: laterRank + len(laterStages)}, true
	}
	n, ok := find(laterStages, text)
	return place{rank: laterRank + n}, ok
}

func find(list []stage, text string) (int, bool) {
	n := slices.IndexFunc(list, func(s stage) bool { return s.text.MatchString(text) })
	return n, n >= 0
}

// orderDifferences are requests with several mistakes, of which the reference
// reports a later one. The other way round is a difference. In a condition each
// comparison is checked by itself, so that the order of two mistakes about
// operands is that of the text.
var orderDifferences = []knownDifference{
	{
		name:   "a request has two mistakes, one of them in an expression, and the reference reports that of the later check",
		source: dynaliteScan,
		covers: func(_ Request, got, want Answer) bool {
			ours, ok := placeOf(got)
			theirs, known := placeOf(want)
			return got.Status == 400 && ok && known && ours.expression != "" && (ours.rank < theirs.rank || ours == theirs && ours.inText && breach(got) != breach(want))
		},
	},
	{
		name:   "a request has unused placeholders, and the reference reports a mistake of a later check",
		source: "https://github.com/architect/dynalite/blob/main/test/updateItem.js",
		covers: func(r Request, got, want Answer) bool {
			theirs, known := placeOf(want)
			return r.Op != "Query" && r.Op != "Scan" && unusedTexts.MatchString(got.Text()) && known && theirs.rank > laterRank && !unusedTexts.MatchString(want.Text())
		},
	},
	{
		name:   "the grammar of the reference takes no function in another place and no other number or kind of operands",
		source: dynaliteScan,
		covers: func(_ Request, got, want Answer) bool {
			return lateMistakes.MatchString(got.Text()) && syntaxTexts.MatchString(want.Text())
		},
	},
	{
		name:   "two entries of Expected are wrong, and the reference reports the other",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.Expected.html",
		covers: func(r Request, got, want Answer) bool {
			expected, _ := r.In["Expected"].(Document)
			return len(expected) > 1 && got.Text() != want.Text() && entryTexts.MatchString(got.Text()) && entryTexts.MatchString(want.Text())
		},
	},
	{
		name:   "two actions of a transaction are wrong, and the reference reports the later one",
		source: parity + "validation-ordering/deepRequests.test.ts",
		covers: func(r Request, got, want Answer) bool {
			actions, _ := r.In["TransactItems"].([]any)
			return len(actions) > 1 && isOfAction(got) && (isOfAction(want) || emptyNames.MatchString(want.Text()) || isMissing(r, got) && valueTexts.MatchString(want.Text()))
		},
	},
	{
		name:   "the reference reads the sets of an action's key before its expressions, which is documented nowhere",
		source: parity + "validation-ordering/deepRequests.test.ts",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "TransactWriteItems" && isOfAction(got) && setTexts.MatchString(want.Text())
		},
	},
	{
		name:   "an attribute is of a wrong type for several indexes, and the reference names another",
		source: dynalitePut,
		covers: func(_ Request, got, want Answer) bool {
			return strings.Contains(got.Text(), "Type mismatch for Index Key") && ofIndex.ReplaceAllString(got.Text(), "") == ofIndex.ReplaceAllString(want.Text(), "")
		},
	},
	{
		name:   "a key condition has a wrong type and another mistake, whose order is documented nowhere",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.KeyConditions.html",
		covers: func(r Request, got, want Answer) bool {
			return r.In["KeyConditions"] != nil && keyConditions.MatchString(got.Text()) && strings.HasSuffix(want.Text(), "Condition parameter type does not match schema type")
		},
	},
	{
		name:   "the reference reads the values of DeleteItem after its members, which is documented nowhere",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "DeleteItem" && r.In["ExpressionAttributeValues"] != nil && valueTexts.MatchString(got.Text()) &&
				(memberTexts.MatchString(want.Text()) || placeholderTexts.MatchString(want.Text()) || strings.HasSuffix(want.Text(), "Empty attribute name"))
		},
	},
}

// breach returns the rule that a complaint is about and the operator or function
// that breaks it.
func breach(a Answer) [2]string { return [2]string{rule(a), operatorName.FindString(a.Text())} }

var operatorName = regexp.MustCompile(`operator or function: \S+,`)

// isOfAction tells that a complaint is about one action's expressions.
func isOfAction(a Answer) bool {
	p, ok := placeOf(a)
	return ok && (p.expression != "" || unusedTexts.MatchString(a.Text()))
}

var (
	lateMistakes = text(`Invalid \w+Expression: (The function is not allowed|Incorrect number of operands|Operator or function requires|Incorrect operand type|An expression attribute |List index)`)
	syntaxTexts  = text(`Invalid \w+Expression: Syntax error; `)
	// entryTexts are complaints about an entry of Expected.
	entryTexts    = text(`The BETWEEN condition was|One or more parameter values were invalid: (Value |Exists |AttributeValues? |AttributeValueList |Invalid number of argument|Invalid comparison operator|ComparisonOperator )`)
	keyConditions = text(`Unsupported KeyConditions |The number of query conditions `)
	emptyNames    = text(`(ExpressionAttributeValues contains invalid value: )?Empty attribute name`)
	ofIndex       = regexp.MustCompile(` IndexName: .*$`)
)

// missingRules are refusals of expressions that the reference does not know: it
// runs the request. Each says so after "Invalid …Expression: ".
var missingRules = []struct{ text, source string }{
	{`The first operand must be distinct`, dynaliteScan},
	{`Invalid attribute type name found`, dynaliteScan},
	{`Incorrect operand type for operator or function; operator or function: (<|<=|>|>=|BETWEEN), operand type: (BOOL|NULL|L|M|SS|NS|BS)$`, "https://github.com/ExtendDB/extenddb/pull/216"},
	{`Incorrect operand type for operator or function; operator or function: (begins_with|attribute_type|contains|size|list_append|\+|-), `, dynaliteScan},
	{`The BETWEEN operator requires`, dynaliteScan},
	{`Two document paths conflict`, "https://github.com/architect/dynalite/blob/main/test/updateItem.js"},
	{`List index is not within the allowable range`, dynaliteScan},
	{`An expression attribute (name used in the document path|value used in expression) is not defined`, dynaliteScan},
}

var missingTexts = func() []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, m := range missingRules {
		out = append(out, text(`Invalid \w+Expression: (`+m.text+`)`))
	}
	return out
}()

// isMissing tells that a complaint is for a rule that the reference does not
// know. In transactions it looks at updates only when it carries them out.
func isMissing(r Request, a Answer) bool {
	switch {
	case !a.Failed("ValidationException"):
		return false
	case r.Op == "TransactWriteItems" && updateTexts.MatchString(a.Text()), operandTypes.MatchString(a.Text()):
		return true
	}
	return slices.ContainsFunc(missingTexts, func(t *regexp.Regexp) bool { return t.MatchString(a.Text()) })
}

var updateTexts = text(`Invalid UpdateExpression: (Incorrect operand type for operator or function; operator: |An expression attribute )`)
