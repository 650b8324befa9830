package dynamotest_test

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// fuzzed are the operations that FuzzFake sends a document to.
var fuzzed = []string{
	"PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem", "TransactGetItems",
	"TransactWriteItems", "CreateTable", "DescribeTable", "UpdateTable", "DeleteTable", "ListTables", "UpdateTimeToLive",
	"DescribeTimeToLive", "TagResource", "UntagResource", "ListTagsOfResource", "ListStreams", "DescribeStream", "GetShardIterator", "GetRecords",
	"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction",
}

// FuzzFake sends any bytes to every operation. Whatever they are, the answer is
// a success or one of DynamoDB's errors, never an internal one.
func FuzzFake(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `null`, `{"TableName":"things"}`,
		`{"TableName":"things","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"kind":{"S":"k"}},"ConditionExpression":"attribute_not_exists(pk)"}`,
		`{"TableName":"things","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"SET a = :a","ExpressionAttributeValues":{":a":{"L":[]}},"ReturnValues":"ALL_NEW"}`,
		`{"TableName":"things","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"AttributeUpdates":{"a":{"Action":"ADD","Value":{"N":"1"}}}}`,
		`{"TableName":"things","IndexName":"by-kind","KeyConditionExpression":"kind = :k","ExpressionAttributeValues":{":k":{"S":"k"}},"Limit":1}`,
		`{"TableName":"things","KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]}},"ScanIndexForward":false}`,
		`{"TableName":"things","ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"N":"1"}},"Segment":0,"TotalSegments":3}`,
		`{"RequestItems":{"things":{"Keys":[{"pk":{"S":"a"},"sk":{"N":"1"}}],"ConsistentRead":"yes"}}}`,
		`{"RequestItems":{"things":[{"PutRequest":{"Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}},{"DeleteRequest":{"Key":{}}}]}}`,
		`{"TransactItems":[{"Get":{"TableName":"things","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}}]}`,
		`{"TransactItems":[{"Update":{"TableName":"things","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"ADD n :n","ExpressionAttributeValues":{":n":{"N":"1"}}}}],"ClientRequestToken":"t"}`,
		`{"TableName":"other","KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],"BillingMode":"PAY_PER_REQUEST"}`,
		`{"TableName":"things","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"by-kind"}}],"StreamSpecification":{"StreamEnabled":true}}`,
		`{"Statement":"SELECT * FROM things WHERE pk = ? ORDER BY sk","Parameters":[{"S":"a"}],"Limit":1,"NextToken":"e30="}`,
		`{"Statements":[{"Statement":"INSERT INTO things VALUE {'pk': ?, 'sk': 1}","Parameters":[{"S":"a"}]},{"Statement":"?"}]}`,
		`{"TransactStatements":[{"Statement":"UPDATE things SET a = a + 1 WHERE pk = 'a' AND sk = 1"},{"Statement":"EXISTS(SELECT * FROM things WHERE pk = 'b' AND sk = 1)"}]}`,
		`{"ShardIterator":"arn|1|e30="}`, `{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/things","Tags":[{"Key":"a","Value":"b"}],"TagKeys":["a"]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{
			dynamotest.Index(dynamotest.Table("things", "pk", "sk:N"), "by-kind", "kind", "sk:N"),
		}})
		for _, op := range fuzzed {
			status, out := post(fake.Handler(), op, document)
			require.Contains(t, []int{200, 400}, status, "%s: %s", op, out)
			require.True(t, json.Valid(out), "%s: %s", op, out)
		}
		fake.DeleteExpired()
		fake.Dump()
	})
}
