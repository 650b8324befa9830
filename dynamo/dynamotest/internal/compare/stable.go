package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// changing are the members of answers that differ from one server or run to the
// next: times and generated names.
var changing = map[string]bool{
	"TableId": true, "CreationDateTime": true, "CreationRequestDateTime": true,
	"LatestStreamArn": true, "LatestStreamLabel": true, "StreamArn": true, "StreamLabel": true,
	"LastUpdateToPayPerRequestDateTime": true, "LastIncreaseDateTime": true, "LastDecreaseDateTime": true, "LastUpdateDateTime": true,
	"ShardId": true, "SequenceNumber": true, "StartingSequenceNumber": true, "EndingSequenceNumber": true,
	"ApproximateCreationDateTime": true, "eventID": true, "NextShardIterator": true, "ShardIterator": true,
}

// stable returns the document without the members that differ from run to run.
// In items the members of number sets are sorted, whose order is not promised:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
func stable(v any) any {
	switch v := v.(type) {
	case Document:
		out := make(Document, len(v))
		for name, member := range v {
			switch {
			case changing[name]:
			case isItem(name):
				out[name] = unordered(member)
			default:
				out[name] = stable(member)
			}
		}
		sortBy("TableName", out["ConsumedCapacity"])
		sortBy("Key", out["Tags"])
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = stable(v[i])
		}
		return out
	}
	return v
}

func isItem(member string) bool {
	return strings.HasPrefix(member, "Item") || member == "Responses" || member == "Attributes" || member == "LastEvaluatedKey" || member == "Key" ||
		member == "NewImage" || member == "OldImage"
}

// sortBy gives a list of objects the order of a member: DynamoDB promises none.
func sortBy(member string, v any) {
	list, _ := v.([]any)
	key := func(v any) string {
		object, _ := v.(Document)
		return string(encode(object[member]))
	}
	slices.SortFunc(list, func(a, b any) int { return cmp.Compare(key(a), key(b)) })
}

// unordered returns items with the members of number sets sorted.
func unordered(v any) any {
	switch v := v.(type) {
	case Document:
		out := make(Document, len(v))
		for name, member := range v {
			out[name] = unordered(member)
			if set, ok := out[name].([]any); ok && name == "NS" {
				slices.SortFunc(set, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = unordered(v[i])
		}
		return out
	}
	return v
}
