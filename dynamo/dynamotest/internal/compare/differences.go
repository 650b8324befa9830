package compare

import (
	"reflect"
	"regexp"
	"strings"
)

// A knownDifference is where the reference is known not to answer as DynamoDB
// does.
type knownDifference struct {
	name string
	// source is where it says what DynamoDB does.
	source string
	covers func(r Request, got, want Answer) bool
}

// The tests of dynalite were run against DynamoDB itself by their author.
const (
	dynaliteScan = "https://github.com/architect/dynalite/blob/main/test/scan.js"
	dynalitePut  = "https://github.com/architect/dynalite/blob/main/test/putItem.js"
)

// knownDifferences are those of dynoxide 3.2.0.
var knownDifferences = []knownDifference{
	{
		name:   "the reference answers in its own decoder's and parser's words",
		source: dynalitePut,
		covers: func(_ Request, got, want Answer) bool {
			return got.Status == 400 && ownWords.MatchString(want.Text())
		},
	},
	{
		name:   "the reference takes numbers, lists and maps in attribute values for TRUE_VALUE",
		source: dynalitePut,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("SerializationException") && want.Failed("SerializationException") &&
				strings.HasPrefix(want.Text(), "TRUE_VALUE")
		},
	},
	{
		name:   "the reference does not check the types of all members before anything else",
		source: dynalitePut,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("SerializationException") && !want.Failed("SerializationException")
		},
	},
	{
		name:   "the reference runs expressions that DynamoDB refuses whatever the item",
		source: dynaliteScan,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && pointless.MatchString(got.Text()) && !pointless.MatchString(want.Text())
		},
	},
	{
		name:   "both refuse an expression, the reference with another of the complaints about it",
		source: dynaliteScan,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && want.Failed("ValidationException") &&
				aboutExpressions.MatchString(got.Text()) && aboutExpressions.MatchString(want.Text()) &&
				(rule(got) != rule(want) || strings.Contains(got.Text(), "Syntax error"))
		},
	},
	{
		name:   "a transaction is cancelled, the reference with another of the complaints about an update",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html",
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("TransactionCanceledException") && got.Text() == want.Text() &&
				strings.Contains(got.Text(), "ValidationError")
		},
	},
	{
		name:   "the reference answers ALL_OLD with the key of an item that was not there",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html",
		covers: func(r Request, got, want Answer) bool {
			out, _ := want.Out.(Document)
			return r.Op == "UpdateItem" && r.In["ReturnValues"] == "ALL_OLD" && r.In["UpdateExpression"] == nil &&
				len(apart(got.Out, want.Out, "")) == 1 && reflect.DeepEqual(out["Attributes"], unordered(r.In["Key"]))
		},
	},
	{
		name:   "the reference returns the item at ExclusiveStartKey when the key has no sort key",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html",
		covers: func(r Request, got, want Answer) bool {
			start, _ := r.In["ExclusiveStartKey"].(Document)
			return r.Op == "Query" && len(start) == 1 && got.Status == 200 && want.Status == 200
		},
	},
	{
		name:   "the reference sets time to live again at once",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "UpdateTimeToLive" && strings.HasPrefix(got.Text(), "TimeToLive is already")
		},
	},
	{
		name:   "the reference takes operand types that DynamoDB refuses in Expected",
		source: dynalitePut,
		covers: func(r Request, got, want Answer) bool {
			return r.In["Expected"] != nil && got.Failed("ValidationException") && operandTypes.MatchString(got.Text())
		},
	},
}

var (
	// ownWords are in texts that the reference's libraries write.
	ownWords = regexp.MustCompile(`at line \d+ column \d+$|Expected .*, got |Unexpected token`)
	// pointless are paths compared with themselves, bounds in the wrong order and
	// projections onto two parts of a value that are of different types.
	pointless = regexp.MustCompile(`The first operand must be distinct|The BETWEEN operator requires|Two document paths (conflict|overlap)`)
	// aboutExpressions are complaints about expressions and what they stand for.
	aboutExpressions = regexp.MustCompile(`[Ee]xpression|This attribute is part of the key|Two document paths`)
	operandTypes     = regexp.MustCompile(`ComparisonOperator \w+ is not valid for \w+ AttributeValue type`)
)
