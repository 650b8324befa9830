package compare

import (
	"reflect"
	"slices"
	"strings"
)

// readDifferences are about what reads and ReturnValues answer.
var readDifferences = []knownDifference{
	{
		name:   "the reference answers the same items in another order, where DynamoDB promises none",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Querying",
		covers: func(r Request, got, want Answer) bool {
			return (r.Op == "Scan" || r.Op == "Query" && r.In["IndexName"] != nil) && onlyAt(got, want, ".Items") && slices.Equal(itemTexts(got), itemTexts(want))
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
		name:   "the reference returns the item at ExclusiveStartKey when the key has no sort key",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html",
		covers: func(r Request, got, want Answer) bool {
			start, _ := r.In["ExclusiveStartKey"].(Document)
			return r.Op == "Query" && len(start) == 1 && number(got, "ScannedCount") == 0 && number(want, "ScannedCount") == 1 &&
				onlyAt(got, want, ".Items", ".Count", ".ScannedCount", ".LastEvaluatedKey", ".ConsumedCapacity")
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
		name:   "the reference takes an index that does not exist for a global one",
		source: "https://github.com/architect/dynalite/blob/main/test/query.js",
		covers: func(r Request, got, want Answer) bool {
			return strings.HasPrefix(got.Text(), "The table does not have the specified index") &&
				strings.HasPrefix(want.Text(), "Consistent reads are not supported")
		},
	},
	{
		name:   "a query by the legacy parameters names an index that does not exist and a key of another type, and the reference reports the latter",
		source: "https://github.com/architect/dynalite/blob/main/test/query.js",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "Query" && r.In["KeyConditions"] != nil &&
				strings.HasPrefix(got.Text(), "The table does not have the specified index") &&
				strings.HasSuffix(want.Text(), "Condition parameter type does not match schema type")
		},
	},
	{
		name:   "the reference queries for empty keys",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html",
		covers: func(r Request, got, _ Answer) bool {
			return r.Op == "Query" && strings.Contains(got.Text(), "cannot contain an empty")
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
				(r.In["Limit"] != nil || slices.Equal(itemTexts(got), itemTexts(want)))
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
		name:   "the reference counts an item that it read for two pages twice",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html#API_Scan_ResponseSyntax",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "Scan" && r.In["FilterExpression"] == nil && r.In["ScanFilter"] == nil && onlyAt(got, want, ".ScannedCount") &&
				number(got, "ScannedCount") == number(got, "Count") && number(want, "ScannedCount") > number(want, "Count")
		},
	},
}
