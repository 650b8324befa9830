package dynamotest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// complaint sends a request that is refused and returns the message.
func complaint(t *testing.T, handler http.Handler, op, in string) string {
	t.Helper()
	status, out := post(handler, op, []byte(in))
	require.Equal(t, http.StatusBadRequest, status, "%s", out)
	var e struct{ Message string }
	require.NoError(t, json.Unmarshal(out, &e))
	return e.Message
}

const (
	enum    = "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"
	newSet  = "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]"
	atLeast = "failed to satisfy constraint: Member must have length greater than or equal to 1"
	deep    = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
)

var deepValue = strings.Repeat(`{"L":[`, 32) + `{"N":"1"}` + strings.Repeat(`]}`, 32)

// What the first two requests answer was recorded in regions of either kind on
// 2026-10-07, and so was that of the value of too many levels:
// https://github.com/paritysuite/dynamodb-conformance/blob/main/captures/2026-10-07-sweep-follow-up.json.
// The others are those of test suites from before 2026 that ran on AWS:
// https://github.com/architect/dynalite/tree/main/test.
var wordings = map[string]struct{ op, in, current, older string }{
	"two members of a put": {
		"PutItem", `{"TableName":"","Item":{},"ReturnValues":"INVALID"}`,
		"1 validation error detected: Value at 'TableName' " + atLeast,
		"2 validation errors detected: Value 'INVALID' at 'returnValues' failed to satisfy constraint: " + enum + "; Value '' at 'tableName' " + atLeast,
	},
	"two members of an update": {
		"UpdateItem", `{"TableName":"tab","Key":{"pk":{"S":"a"}},"ReturnValues":"INVALID","ReturnConsumedCapacity":"INVALID"}`,
		"1 validation error detected: " + newSet,
		"2 validation errors detected: Value 'INVALID' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; " +
			"Value 'INVALID' at 'returnValues' failed to satisfy constraint: " + enum,
	},
	"a value of 32 levels": {
		"UpdateItem", `{"TableName":"tab","Key":{"pk":{"S":"a"}},"ConditionExpression":"a = :v","ExpressionAttributeValues":{":v":` + deepValue + `}}`,
		"1 validation error detected: " + deep,
		"The conditional request failed",
	},
	"an empty name": {
		"GetItem", `{"TableName":"","Key":{}}`,
		"1 validation error detected: Value at 'TableName' " + atLeast,
		"1 validation error detected: Value '' at 'tableName' " + atLeast,
	},
	"a short name": {
		"GetItem", `{"TableName":"a","Key":{"pk":{"S":"a"}}}`,
		"1 validation error detected: Value 'a' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
		"Requested resource not found",
	},
	"an invalid name": {
		"GetItem", `{"TableName":"a!","Key":{"pk":{"S":"a"}}}`,
		"1 validation error detected: Value 'a!' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
		"1 validation error detected: Value 'a!' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
	},
	"a limit": {
		"Query", `{"TableName":"tab","Limit":0,"KeyConditionExpression":"pk = :a"}`,
		"1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
		"1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
	},
	"a limit and a Select": {
		"Scan", `{"TableName":"tab","Limit":0,"Select":"ALL"}`,
		"1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
		"2 validation errors detected: Value 'ALL' at 'select' failed to satisfy constraint: Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]; " +
			"Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
	},
	"Select and what goes with it": {
		"Scan", `{"TableName":"tab","Select":"COUNT","ProjectionExpression":"a"}`,
		"1 validation error detected: Cannot specify the ProjectionExpression when choosing to get only the Count",
		"Cannot specify the ProjectionExpression when choosing to get only the Count",
	},
	"an expression": {
		"PutItem", `{"TableName":"tab","Item":{"pk":{"S":"a"}},"ConditionExpression":""}`,
		"1 validation error detected: Invalid ConditionExpression: The expression can not be empty;",
		"Invalid ConditionExpression: The expression can not be empty;",
	},
	"an expression of a delete": {
		"DeleteItem", `{"TableName":"tab","Key":{"pk":{"S":"a"}},"ConditionExpression":"a ="}`,
		`1 validation error detected: Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="`,
		`Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="`,
	},
	"values without an expression": {
		"UpdateItem", `{"TableName":"tab","Key":{"pk":{"S":"a"}},"ExpressionAttributeValues":{":a":{"S":"a"}}}`,
		"1 validation error detected: ExpressionAttributeValues can only be specified when using expressions",
		"ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null",
	},
	"values without a condition": {
		"PutItem", `{"TableName":"tab","Item":{"pk":{"S":"a"}},"ExpressionAttributeValues":{":a":{"S":"a"}}}`,
		"1 validation error detected: ExpressionAttributeValues can only be specified when using expressions",
		"ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null",
	},
	"an expression value": {
		"UpdateItem", `{"TableName":"tab","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET a = :v","ExpressionAttributeValues":{":v":{"SS":[]}}}`,
		"1 validation error detected: ExpressionAttributeValues contains invalid value: One or more parameter values were invalid: An string set  may not be empty for key :v",
		"ExpressionAttributeValues contains invalid value: One or more parameter values were invalid: An string set  may not be empty for key :v",
	},
	"a number": {
		"PutItem", `{"TableName":"tab","Item":{"pk":{"S":"a"},"n":{"N":"one"}}}`,
		"1 validation error detected: The parameter cannot be converted to a numeric value: one",
		"The parameter cannot be converted to a numeric value: one",
	},
	"a repeated member": {
		"PutItem", `{"TableName":"tab","Item":{"pk":{"S":"a"},"s":{"SS":["a","a"]}}}`,
		`1 validation error detected: One or more parameter values were invalid: Input collection ["a", "a"] contains duplicates.`,
		"One or more parameter values were invalid: Input collection [a, a] contains duplicates.",
	},
	"a starting key": {
		"Query", `{"TableName":"tab","KeyConditionExpression":"pk = :a","ExpressionAttributeValues":{":a":{"S":"a"}},"ExclusiveStartKey":{"b":{"S":"a"}}}`,
		"The provided starting key is invalid",
		"The provided starting key is invalid: The provided key element does not match the schema",
	},
	"a legacy operator": {
		"Scan", `{"TableName":"tab","ScanFilter":{"a":{"ComparisonOperator":"FOO","AttributeValueList":[{"S":"a"}]}}}`,
		"One or more parameter values were invalid: Invalid comparison operator",
		"1 validation error detected: Value 'FOO' at 'scanFilter.a.member.comparisonOperator' failed to satisfy constraint: " +
			"Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]",
	},
}

func TestWording(t *testing.T) {
	handlers := map[dynamotest.Wording]http.Handler{}
	for _, w := range []dynamotest.Wording{dynamotest.WordingCurrent, dynamotest.WordingOlder} {
		handlers[w] = dynamotest.New(&dynamotest.Options{
			Wording: w, Tables: []*dynamodb.CreateTableInput{dynamotest.Table("tab", "pk")},
		}).Handler()
	}
	for name, test := range wordings {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.current, complaint(t, handlers[dynamotest.WordingCurrent], test.op, test.in))
			require.Equal(t, test.older, complaint(t, handlers[dynamotest.WordingOlder], test.op, test.in))
		})
	}
}
