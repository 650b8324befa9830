package dynamotest_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// Streams, time to live and throughput are changed once, and not together with
// what excludes them.
func TestChangesOfATable(t *testing.T) {
	handler := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{
		dynamotest.Table("tab", "pk"), dynamotest.Table("streaming", "pk"), dynamotest.Table("expiring", "pk"),
	}}).Handler()
	for op, in := range map[string]string{
		"UpdateTable":      `{"TableName":"streaming","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}}`,
		"UpdateTimeToLive": `{"TableName":"expiring","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}`,
	} {
		status, out := post(handler, op, []byte(in))
		require.Equal(t, http.StatusOK, status, "%s", out)
	}
	const (
		invalid = "One or more parameter values were invalid: "
		stream  = `"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}`
		iops    = `"ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}`
		index   = `"GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"gone"}}]`
	)
	for name, test := range map[string]struct{ op, in, want string }{
		"a stream twice":              {"UpdateTable", `{"TableName":"streaming",` + stream + `}`, "Table already has an enabled stream: TableName: streaming"},
		"another view":                {"UpdateTable", `{"TableName":"streaming","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}}`, "Table already has an enabled stream: TableName: streaming"},
		"no stream to close":          {"UpdateTable", `{"TableName":"tab","StreamSpecification":{"StreamEnabled":false}}`, "Table has no stream to disable: TableName: tab"},
		"no view":                     {"UpdateTable", `{"TableName":"tab","StreamSpecification":{"StreamEnabled":true}}`, invalid + "If stream is being enabled then UpdateViewType is required"},
		"a view of no stream":         {"UpdateTable", `{"TableName":"streaming","StreamSpecification":{"StreamEnabled":false,"StreamViewType":"KEYS_ONLY"}}`, invalid + "If stream is being disabled, then UpdateViewType must not be specified"},
		"the same time to live":       {"UpdateTimeToLive", `{"TableName":"expiring","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}`, "TimeToLive is already enabled"},
		"another time to live":        {"UpdateTimeToLive", `{"TableName":"expiring","TimeToLiveSpecification":{"AttributeName":"end","Enabled":true}}`, "TimeToLive is active on a different AttributeName: current AttributeName is ttl"},
		"not that time to live":       {"UpdateTimeToLive", `{"TableName":"expiring","TimeToLiveSpecification":{"AttributeName":"end","Enabled":false}}`, "TimeToLive is active on a different AttributeName: current AttributeName is ttl"},
		"no time to live":             {"UpdateTimeToLive", `{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":false}}`, "TimeToLive is already disabled"},
		"stream and throughput":       {"UpdateTable", `{"TableName":"tab",` + stream + `,` + iops + `}`, invalid + "You cannot modify stream status while updating table IOPS"},
		"index and throughput":        {"UpdateTable", `{"TableName":"tab",` + index + `,` + iops + `}`, invalid + "You cannot create or delete index while updating table IOPS"},
		"index and stream":            {"UpdateTable", `{"TableName":"tab",` + index + `,` + stream + `}`, invalid + "You cannot create or delete index while changing stream status"},
		"class and more":              {"UpdateTable", `{"TableName":"tab","TableClass":"STANDARD",` + stream + `}`, invalid + "TableClass modification must be the only operation in the request"},
		"protection and more":         {"UpdateTable", `{"TableName":"tab","DeletionProtectionEnabled":true,` + stream + `}`, invalid + "DeletionProtection modification must be the only operation in the request"},
		"a new table's view":          {"CreateTable", newTable(`"StreamSpecification":{"StreamEnabled":true}`), invalid + "Table is being created with a stream enabled, UpdateViewType is required"},
		"a view for no stream":        {"CreateTable", newTable(`"StreamSpecification":{"StreamEnabled":false,"StreamViewType":"KEYS_ONLY"}`), invalid + "Table is being created with a stream disabled, UpdateViewType should not be specified"},
		"a tag without a key":         {"CreateTable", newTable(`"Tags":[{"Key":"","Value":"a"}]`), "The Tag Key provided is invalid, Key: "},
		"a long value of a tag":       {"CreateTable", newTable(`"Tags":[{"Key":"a","Value":"` + strings.Repeat("v", 257) + `"}]`), "The Tag Value provided is invalid, Value: " + strings.Repeat("v", 257)},
		"a definition without a type": {"UpdateTable", `{"TableName":"things","AttributeDefinitions":[{"AttributeName":"c"}],"BillingMode":"PAY_PER_REQUEST"}`, "1 validation error detected: Value null at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must not be null"},
		"a tag of AWS":                {"CreateTable", newTable(`"Tags":[{"Key":"aws:a","Value":"a"}]`), "Tag Key cannot be prefixed with aws:, Key: aws:a"},
		"a tag twice":                 {"CreateTable", newTable(`"Tags":[{"Key":"a","Value":"1"},{"Key":"a","Value":"2"}]`), "Duplicate Tag Keys provided as input: Duplicate Tag Key found a"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, complaint(t, handler, test.op, test.in))
		})
	}
}

// newTable is CreateTable's document with one more member.
func newTable(member string) string {
	return `{"TableName":"new","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],` +
		`"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"BillingMode":"PAY_PER_REQUEST",` + member + `}`
}

func TestFiftyTags(t *testing.T) {
	_, client := newFake(t)
	tags := make([]types.Tag, 50)
	for i := range tags {
		tags[i] = types.Tag{Key: aws.String("tag " + strconv.Itoa(i)), Value: aws.String("é")}
	}
	arn := aws.String("arn:aws:dynamodb:" + dynamotest.Region + ":" + dynamotest.Account + ":table/things")
	_, err := client.TagResource(t.Context(), &dynamodb.TagResourceInput{ResourceArn: arn, Tags: tags})
	require.NoError(t, err)

	_, err = client.TagResource(t.Context(), &dynamodb.TagResourceInput{ResourceArn: arn, Tags: []types.Tag{{Key: aws.String("one more"), Value: aws.String("")}}})
	var refused smithy.APIError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "Number of Tags exceed the current limit for the provided ResourceArn", refused.ErrorMessage())
	_, err = client.TagResource(t.Context(), &dynamodb.TagResourceInput{ResourceArn: arn, Tags: tags[:1]})
	require.NoError(t, err, "a tag that is there takes no more room")
}

func TestAccount(t *testing.T) {
	_, client := newFake(t)
	endpoints, err := client.DescribeEndpoints(t.Context(), &dynamodb.DescribeEndpointsInput{})
	require.NoError(t, err)
	require.Equal(t, "dynamodb.us-east-1.amazonaws.com", *endpoints.Endpoints[0].Address)
	require.EqualValues(t, 1440, endpoints.Endpoints[0].CachePeriodInMinutes)
	limits, err := client.DescribeLimits(t.Context(), &dynamodb.DescribeLimitsInput{})
	require.NoError(t, err)
	require.EqualValues(t, 80_000, *limits.AccountMaxReadCapacityUnits)
	require.EqualValues(t, 40_000, *limits.TableMaxWriteCapacityUnits)
}

// An attribute that the table defines keeps its type in a new index, whatever the
// request defines: https://github.com/paritysuite/dynamodb-conformance/issues/78
func TestDefinedAttributesKeepTheirType(t *testing.T) {
	handler := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{dynamotest.Table("tab", "pk")}}).Handler()
	for name, typ := range map[string]string{"pk": "N", "free": "S"} {
		status, out := post(handler, "UpdateTable", []byte(`{"TableName":"tab","AttributeDefinitions":[{"AttributeName":"`+name+`","AttributeType":"`+typ+`"}],`+
			`"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"by-`+name+`","KeySchema":[{"AttributeName":"`+name+`","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}`))
		require.Equal(t, http.StatusOK, status, "%s", out)
	}
	status, out := post(handler, "PutItem", []byte(`{"TableName":"tab","Item":{"pk":{"S":"a"},"free":{"S":"b"}}}`))
	require.Equal(t, http.StatusOK, status, "%s", out)
	_, out = post(handler, "Query", []byte(`{"TableName":"tab","IndexName":"by-pk","KeyConditionExpression":"pk = :pk","ExpressionAttributeValues":{":pk":{"S":"a"}}}`))
	require.JSONEq(t, `{"Count":1,"ScannedCount":1,"Items":[{"pk":{"S":"a"},"free":{"S":"b"}}]}`, string(out))
}
