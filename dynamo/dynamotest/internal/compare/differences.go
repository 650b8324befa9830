package compare

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// A knownDifference is where the reference is known not to answer as DynamoDB
// does.
type knownDifference struct {
	name string
	// source is where it says what DynamoDB does.
	source string
	covers func(r Request, got, want Answer) bool
	// parts tells that the servers hold different items afterwards.
	parts bool
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
			return ownWords.MatchString(want.Text())
		},
	},
	{
		name:   "the reference decodes members in another order and with other words",
		source: dynalitePut,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("SerializationException") && want.Failed("SerializationException") ||
				got.Failed("ValidationException") && want.Failed("SerializationException")
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
		name:   "both refuse a request with an invalid expression, the reference with another of the complaints about it",
		source: dynaliteScan,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && want.Failed("ValidationException") &&
				(aboutExpressions.MatchString(got.Text()) || aboutExpressions.MatchString(want.Text())) &&
				(rule(got) != rule(want) || strings.Contains(got.Text(), "Syntax error") || strings.Contains(got.Text(), "AttributeValue: {") ||
					strings.Contains(got.Text(), "must be distinct"))
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
		name:   "the reference stops at a static mistake of an update in a transaction only when it gets there",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "TransactWriteItems" && got.Failed("TransactionCanceledException") && want.Failed("TransactionCanceledException") &&
				strings.Contains(string(encode(got.Out)), "This attribute is part of the key")
		},
	},
	{
		name:   "the reference answers the same items in another order, where DynamoDB promises none",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Querying",
		covers: func(r Request, got, want Answer) bool {
			return (r.Op == "Scan" || r.Op == "Query" && r.In["IndexName"] != nil) && onlyAt(got, want, ".Items") && sameMembers(got, want)
		},
	},
	{
		name:   "the reference reports another mistake than a null in a number set",
		source: dynalitePut,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && want.Failed("ValidationException") && strings.HasSuffix(got.Text(), "cannot be converted to a numeric value: ")
		},
	},
	{
		name:   "an item and a value for expressions are malformed, and the reference reports the other",
		source: dynalitePut,
		covers: func(r Request, got, want Answer) bool {
			return r.In["ExpressionAttributeValues"] != nil && got.Failed("ValidationException") && want.Failed("ValidationException") &&
				malformedValue.MatchString(got.Text()) && malformedValue.MatchString(want.Text()) && rule(got) != rule(want)
		},
	},
	{
		name:   "two operands are of a wrong type, and the reference reports the other",
		source: dynaliteScan,
		covers: func(_ Request, got, want Answer) bool {
			return strings.Contains(got.Text(), "Incorrect operand type") && strings.Contains(want.Text(), "Incorrect operand type")
		},
	},
	{
		name:   "the reference takes no fraction for a whole number",
		source: "https://github.com/architect/dynalite/blob/main/test/listTables.js",
		covers: func(_ Request, _, want Answer) bool { return strings.HasPrefix(want.Text(), "floating point") },
	},
	{
		name:   "the reference takes two writings of a number for two keys",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "BatchGetItem" && want.Status == 200 && strings.HasPrefix(got.Text(), "Provided list of item keys contains duplicates")
		},
	},
	{
		name:   "the reference goes on elsewhere among entries of an index that have equal keys",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Querying",
		covers: func(r Request, got, want Answer) bool {
			return r.In["IndexName"] != nil && r.In["ExclusiveStartKey"] != nil &&
				onlyAt(got, want, ".Items", ".Count", ".ScannedCount", ".LastEvaluatedKey", ".ConsumedCapacity")
		},
	},
	{
		name:   "the reference takes any stream view type",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html",
		covers: func(_ Request, got, want Answer) bool {
			return want.Status == 200 && strings.Contains(got.Text(), "streamSpecification.streamViewType")
		},
	},
	{
		name:   "the reference finds a null in a list before anything else",
		source: dynalitePut,
		covers: func(_ Request, _, want Answer) bool { return strings.HasPrefix(want.Text(), "invalid type: null") },
	},
	{
		name:   "a value is malformed and has an empty name, and the reference counts the other",
		source: dynalitePut,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && want.Failed("ValidationException") &&
				strings.HasSuffix(got.Text(), "Empty attribute name") && strings.HasSuffix(want.Text(), "Empty attribute name")
		},
	},
	{
		name:   "two tables of a batch have a wrong projection, and the reference reports the other",
		source: dynaliteScan,
		covers: func(r Request, got, want Answer) bool {
			const text = "Invalid ProjectionExpression: "
			return r.Op == "BatchGetItem" && strings.HasPrefix(got.Text(), text) && strings.HasPrefix(want.Text(), text)
		},
	},
	{
		name:   "a request about time to live breaks two rules, and the reference reports the other",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "UpdateTimeToLive" && got.Failed("ValidationException") && want.Failed("ValidationException") && rule(got) != rule(want)
		},
	},
	{
		name:   "the reference answers ALL_OLD with the key of an item that was not there",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html",
		covers: func(r Request, got, want Answer) bool {
			out, _ := want.Out.(Document)
			return r.Op == "UpdateItem" && r.In["ReturnValues"] == "ALL_OLD" &&
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
		name:   "the reference checks only the outermost set of an expression value",
		source: dynaliteScan,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && nestedSets.MatchString(got.Text())
		},
	},
	{
		name:   "the reference charges the scan of a local index to the table",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConsumedCapacity.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "Scan" && r.In["IndexName"] == "lsi" && onlyAt(got, want, ".ConsumedCapacity")
		},
	},
	{
		name:   "the reference does not fetch what a local index does not hold",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ThroughputConsiderations.Reads",
		covers: func(r Request, got, want Answer) bool {
			return r.In["IndexName"] == "lsi" && (r.In["ProjectionExpression"] != nil || r.In["AttributesToGet"] != nil || r.In["Select"] == "ALL_ATTRIBUTES") &&
				onlyAt(got, want, ".ConsumedCapacity", ".Items", ".Count")
		},
	},
	{
		name:   "the reference reports no item collections for transactions",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "TransactWriteItems" && onlyAt(got, want, ".ItemCollectionMetrics")
		},
	},
	{
		name:   "the reference takes operands in parentheses for a mistake",
		source: dynaliteScan,
		covers: func(_ Request, got, want Answer) bool {
			return strings.Contains(want.Text(), `Syntax error; token: "("`)
		},
	},
	{
		name:   "the reference takes empty tag keys",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Tag.html",
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && strings.Contains(got.Text(), "Tag key must be")
		},
	},
	{
		name:   "the reference takes an empty request token for one",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html",
		covers: func(r Request, _, _ Answer) bool { return r.In["ClientRequestToken"] == "" },
	},
	{
		name:   "the reference lets a transaction change a key",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Update.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "TransactWriteItems" && got.Failed("TransactionCanceledException") &&
				strings.Contains(string(encode(got.Out)), "This attribute is part of the key")
		},
	},
	{
		name:   "the reference takes items with a key of the wrong type into a new index",
		parts:  true,
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.ViolationDetection.html",
		covers: func(r Request, got, want Answer) bool {
			return (r.Op == "UpdateTable" || r.Op == "DescribeTable") && got.Status == 200 && want.Status == 200 &&
				onlyAt(got, want, ".TableDescription.GlobalSecondaryIndexes", ".Table.GlobalSecondaryIndexes")
		},
	},
	{
		name:   "the reference checks values and the constraints of members in another order",
		source: dynalitePut,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && want.Failed("ValidationException") &&
				(constraints.MatchString(got.Text()) || constraints.MatchString(want.Text()))
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
		name:   "the reference takes an index that does not exist for a global one",
		source: "https://github.com/architect/dynalite/blob/main/test/query.js",
		covers: func(r Request, got, want Answer) bool {
			return strings.HasPrefix(got.Text(), "The table does not have the specified index") &&
				strings.HasPrefix(want.Text(), "Consistent reads are not supported")
		},
	},
	{
		name:   "the reference queries for empty keys",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "Query" && want.Status == 200 && strings.Contains(got.Text(), "cannot contain an empty")
		},
	},
	{
		name:   "the reference enables a stream that is enabled",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "UpdateTable" && strings.Contains(got.Text(), "enabled stream")
		},
	},
	{
		name:   "a request breaks two rules of the legacy parameters, and the reference reports the other",
		source: "https://github.com/architect/dynalite/blob/main/test/updateItem.js",
		covers: func(r Request, got, want Answer) bool {
			legacy := r.In["KeyConditions"] != nil || r.In["AttributeUpdates"] != nil || r.In["Expected"] != nil ||
				r.In["QueryFilter"] != nil || r.In["ScanFilter"] != nil
			return legacy && got.Failed("ValidationException") && want.Failed("ValidationException") && rule(got) != rule(want)
		},
	},
	{
		name:   "the reference forgets that a provisioned table was on demand",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BillingModeSummary.html",
		covers: func(r Request, got, want Answer) bool {
			return onlyAt(got, want, ".TableDescription.BillingModeSummary", ".TableDescription.TableThroughputModeSummary",
				".Table.BillingModeSummary", ".Table.TableThroughputModeSummary")
		},
	},
	{
		name:   "of several invalid numbers the reference names another",
		source: dynalitePut,
		covers: func(_ Request, got, want Answer) bool {
			const text = "cannot be converted to a numeric value"
			return strings.Contains(got.Text(), text) && strings.Contains(want.Text(), text)
		},
	},
	{
		name:   "the reference looks for repeated items of a transaction before it looks at their keys",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html",
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("TransactionCanceledException") && strings.Contains(want.Text(), "multiple operations on one item")
		},
	},
	{
		name:   "a transaction has an invalid expression and a wrong key, and the reference reports the key",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html",
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && want.Failed("TransactionCanceledException")
		},
	},
	{
		name:   "entries of a global index with the same key have no order",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html",
		covers: func(r Request, got, want Answer) bool {
			if r.In["ExclusiveStartKey"] != nil {
				return r.Op == "Query" && r.In["IndexName"] != nil && onlyAt(got, want, ".Items", ".LastEvaluatedKey", ".Count", ".ScannedCount")
			}
			return r.Op == "Query" && r.In["IndexName"] != nil && onlyAt(got, want, ".Items", ".LastEvaluatedKey") &&
				(r.In["Limit"] != nil || reflect.DeepEqual(sortedItems(got), sortedItems(want)))
		},
	},
	{
		name:   "the reference checks the table's name of UpdateTimeToLive like that of an item operation",
		source: "https://github.com/architect/dynalite/blob/main/test/describeTable.js",
		covers: func(_ Request, got, want Answer) bool {
			return strings.HasPrefix(got.Text(), "TableName must be at least 3 characters")
		},
	},
	{
		name:   "the reference takes any view of a stream",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html",
		parts:  true,
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "UpdateTable" && want.Status == 200 && strings.Contains(got.Text(), "streamViewType")
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
	ownWords = regexp.MustCompile(`at line \d+ column \d+$|Expected .*, got |Unexpected token|^invalid base64|^floating point |^invalid type: |^expected \w+ in `)
	// pointless are paths compared with themselves, bounds in the wrong order,
	// operands of types that no operator takes, and projections onto what is not
	// there or two parts of a value that are of different types.
	pointless      = regexp.MustCompile(`The first operand must be distinct|The BETWEEN operator requires|Two document paths (conflict|overlap)|Invalid attribute type name|Incorrect operand type|Incorrect number of operands|does not project|is not within the allowable range|is not defined|ExpressionAttribute(Names|Values) (contains|can only)|unused in expressions`)
	malformedValue = regexp.MustCompile(`numeric value|Supplied AttributeValue|Number (over|under)flow|38 significant|Null attribute value|may not be empty|contains duplicates`)
	// aboutExpressions are complaints about expressions and what they stand for.
	aboutExpressions = regexp.MustCompile(`[Ee]xpression|This attribute is part of the key|Two document paths`)
	constraints      = regexp.MustCompile(`^\d+ validation errors? detected: Value `)
	nestedSets       = regexp.MustCompile(`Input collection|(may|should) not be empty`)
	operandTypes     = regexp.MustCompile(`ComparisonOperator \w+ is not valid for \w+ AttributeValue type`)
)

// onlyAt tells whether two successes differ in the members alone.
func onlyAt(got, want Answer, members ...string) bool {
	return got.Status == 200 && want.Status == 200 && !slices.ContainsFunc(apart(got.Out, want.Out, ""), func(d string) bool {
		return !slices.ContainsFunc(members, func(m string) bool { return strings.HasPrefix(d, m) })
	})
}

// sameMembers tells whether two answers list the same items in some order.
func sameMembers(got, want Answer) bool {
	sorted := func(a Answer) []string {
		out, _ := a.Out.(Document)
		items, _ := out["Items"].([]any)
		var texts []string
		for _, item := range items {
			texts = append(texts, string(encode(item)))
		}
		slices.Sort(texts)
		return texts
	}
	return slices.Equal(sorted(got), sorted(want))
}

// sortedItems returns the items of an answer as texts in order.
func sortedItems(a Answer) []string {
	out, _ := a.Out.(Document)
	items, _ := out["Items"].([]any)
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = string(encode(item))
	}
	slices.Sort(texts)
	return texts
}
