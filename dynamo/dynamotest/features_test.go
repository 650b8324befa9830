package dynamotest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

var things = aws.String("things")

func get(t *testing.T, client *dynamodb.Client, pk string, consistent bool) attrs {
	t.Helper()
	out, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: things, Key: attrs{"pk": s(pk), "sk": n(0)}, ConsistentRead: &consistent,
	})
	require.NoError(t, err)
	return out.Item
}

func TestTimeToLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, client := newFake(t)
		_, err := client.UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{
			TableName:               things,
			TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("ttl"), Enabled: aws.Bool(true)},
		})
		require.NoError(t, err)
		item := attrs{"pk": s("a"), "sk": n(0), "ttl": n(time.Now().Add(time.Hour).Unix())}
		put(t, client, item)
		put(t, client, attrs{"pk": s("text"), "sk": n(0), "ttl": s("0")})
		put(t, client, attrs{"pk": s("ancient"), "sk": n(0), "ttl": n(1)})

		<-time.After(time.Hour - time.Second)
		require.Zero(t, fake.DeleteExpired())
		<-time.After(time.Second)
		require.Equal(t, item, get(t, client, "a", true), "expired items stay until they are removed")
		require.Equal(t, 1, fake.DeleteExpired())
		require.Nil(t, get(t, client, "a", true))
		require.NotNil(t, get(t, client, "text", true))
		require.NotNil(t, get(t, client, "ancient", true), "items that expired over five years ago are left alone")
	})
}

func openStream(t *testing.T, client *dynamodb.Client) {
	t.Helper()
	_, err := client.UpdateTable(t.Context(), &dynamodb.UpdateTableInput{
		TableName:           things,
		StreamSpecification: &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewAndOldImages},
	})
	require.NoError(t, err)
}

func TestStreamsThroughTheClient(t *testing.T) {
	fake, client := newFake(t)
	openStream(t, client)
	put(t, client, attrs{"pk": s("a"), "sk": n(0), "v": n(1)})
	put(t, client, attrs{"pk": s("a"), "sk": n(0), "v": n(1)}) // no change, no record
	put(t, client, attrs{"pk": s("a"), "sk": n(0), "v": n(2)})
	_, err := client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: things, Key: attrs{"pk": s("a"), "sk": n(0)}})
	require.NoError(t, err)

	streams := fake.StreamsClient()
	list, err := streams.ListStreams(t.Context(), &dynamodbstreams.ListStreamsInput{TableName: things})
	require.NoError(t, err)
	require.Len(t, list.Streams, 1)
	arn := list.Streams[0].StreamArn
	described, err := streams.DescribeStream(t.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: arn})
	require.NoError(t, err)
	iterator, err := streams.GetShardIterator(t.Context(), &dynamodbstreams.GetShardIteratorInput{
		StreamArn: arn, ShardId: described.StreamDescription.Shards[0].ShardId, ShardIteratorType: streamtypes.ShardIteratorTypeTrimHorizon,
	})
	require.NoError(t, err)

	var events []streamtypes.OperationType
	next := iterator.ShardIterator
	for range 3 {
		page, err := streams.GetRecords(t.Context(), &dynamodbstreams.GetRecordsInput{ShardIterator: next, Limit: aws.Int32(2)})
		require.NoError(t, err)
		for _, r := range page.Records {
			events = append(events, r.EventName)
		}
		next = page.NextShardIterator
	}
	require.Equal(t, []streamtypes.OperationType{streamtypes.OperationTypeInsert, streamtypes.OperationTypeModify, streamtypes.OperationTypeRemove}, events)
}

func TestStreamIteratorsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, client := newFake(t)
		openStream(t, client)
		start := time.Now()
		for i := range 3 {
			put(t, client, attrs{"pk": s("a"), "sk": n(int64(i))})
			<-time.After(10 * time.Second)
		}
		streams := fake.StreamsClient()
		list, err := streams.ListStreams(t.Context(), &dynamodbstreams.ListStreamsInput{TableName: things})
		require.NoError(t, err)
		described, err := streams.DescribeStream(t.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: list.Streams[0].StreamArn})
		require.NoError(t, err)
		from := func(at *time.Time) (int, error) {
			iterator, err := streams.GetShardIterator(t.Context(), &dynamodbstreams.GetShardIteratorInput{
				StreamArn: list.Streams[0].StreamArn, ShardId: described.StreamDescription.Shards[0].ShardId,
				ShardIteratorType: streamtypes.ShardIteratorTypeAtTimestamp, Timestamp: at,
			})
			if err != nil {
				return 0, err
			}
			page, err := streams.GetRecords(t.Context(), &dynamodbstreams.GetRecordsInput{ShardIterator: iterator.ShardIterator})
			require.NoError(t, err)
			return len(page.Records), nil
		}
		for after, want := range map[time.Duration]int{-time.Hour: 3, 0: 3, time.Second: 2, 10 * time.Second: 2, 11 * time.Second: 1, 21 * time.Second: 0} {
			got, err := from(aws.Time(start.Add(after)))
			require.NoError(t, err)
			require.Equal(t, want, got, "%s", after)
		}
		_, err = from(aws.Time(time.Now().Add(time.Minute)))
		require.ErrorContains(t, err, "Timestamp must not be in the future")
		_, err = from(nil)
		require.ErrorContains(t, err, "Timestamp cannot be null")
	})
}

func TestStreamsFeedAFunction(t *testing.T) {
	fake, client := newFake(t)
	openStream(t, client)
	var got []string
	fake.OnStream("things", func(event []byte) {
		var e struct {
			Records []struct {
				EventName string                                      `json:"eventName"`
				Change    struct{ Keys map[string]map[string]string } `json:"dynamodb"`
			}
		}
		require.NoError(t, json.Unmarshal(event, &e))
		for _, r := range e.Records {
			got = append(got, r.EventName+" "+r.Change.Keys["pk"]["S"])
		}
		if len(got) == 1 { // a write inside a call follows after it
			put(t, client, attrs{"pk": s("b"), "sk": n(0)})
			got = append(got, "end of first")
		}
	})
	put(t, client, attrs{"pk": s("a"), "sk": n(0)})
	require.Equal(t, []string{"INSERT a", "end of first", "INSERT b"}, got)
}

func TestSnapshotAndRestore(t *testing.T) {
	fake, client := newFake(t)
	put(t, client, attrs{"pk": s("a"), "sk": n(0), "v": n(1)})
	before := fake.Dump()
	saved := fake.Snapshot()
	for range 2 {
		put(t, client, attrs{"pk": s("a"), "sk": n(0), "v": n(2)})
		put(t, client, attrs{"pk": s("b"), "sk": n(0), "kind": s("k")})
		require.NotEqual(t, before, fake.Dump())
		fake.Restore(saved)
		require.Equal(t, before, fake.Dump())
	}
}

func TestStaleReads(t *testing.T) {
	fake, client := newFake(t)
	put(t, client, attrs{"pk": s("a"), "sk": n(0), "v": n(1)})
	fake.StaleReads(1)
	put(t, client, attrs{"pk": s("a"), "sk": n(0), "v": n(2)})
	require.Equal(t, n(2), get(t, client, "a", true)["v"])
	require.Equal(t, n(1), get(t, client, "a", false)["v"])
	require.Equal(t, n(2), get(t, client, "a", false)["v"])
}

func TestCutAfterTheWriteTookEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, client := newFake(t)
		fake.Inject("PutItem", dynamotest.Fault{Cut: dynamotest.CutAfter})
		_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: things, Item: attrs{"pk": s("a"), "sk": n(0)}, ConditionExpression: aws.String("attribute_not_exists(pk)"),
		})
		var failed *types.ConditionalCheckFailedException
		require.ErrorAs(t, err, &failed, "the client's own retry meets its first attempt")
		require.Len(t, fake.Calls("PutItem"), 2)
	})
}

func TestTransactionTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, client := newFake(t)
		in := &dynamodb.TransactWriteItemsInput{
			ClientRequestToken:     aws.String("token"),
			ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
			TransactItems: []types.TransactWriteItem{{Update: &types.Update{
				TableName: things, Key: attrs{"pk": s("a"), "sk": n(0)},
				UpdateExpression: aws.String("ADD v :one"), ExpressionAttributeValues: attrs{":one": n(1)},
			}}},
		}
		for i, want := range []float64{2, 2} {
			out, err := client.TransactWriteItems(t.Context(), in)
			require.NoError(t, err)
			require.Equal(t, want, *out.ConsumedCapacity[0].CapacityUnits)
			require.Equal(t, i == 1, out.ConsumedCapacity[0].ReadCapacityUnits != nil, "a repetition is a read")
		}
		require.Equal(t, n(1), get(t, client, "a", true)["v"])

		other := *in
		other.TransactItems = []types.TransactWriteItem{{Delete: &types.Delete{TableName: things, Key: attrs{"pk": s("a"), "sk": n(0)}}}}
		_, err := client.TransactWriteItems(t.Context(), &other)
		var mismatch *types.IdempotentParameterMismatchException
		require.ErrorAs(t, err, &mismatch)

		<-time.After(10 * time.Minute)
		_, err = client.TransactWriteItems(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, n(2), get(t, client, "a", true)["v"], "a token lives for ten minutes")
	})
}

func TestConflictTransactions(t *testing.T) {
	fake, client := newFake(t)
	fake.ConflictTransactions(1)
	in := &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: things, Item: attrs{"pk": s("a"), "sk": n(0)}}},
	}}
	_, err := client.TransactWriteItems(t.Context(), in)
	var canceled *types.TransactionCanceledException
	require.ErrorAs(t, err, &canceled)
	require.Equal(t, "TransactionConflict", *canceled.CancellationReasons[0].Code)
	_, err = client.TransactWriteItems(t.Context(), in)
	require.NoError(t, err)
}

// TestScanVisitsEverything scans in pages of a megabyte and in segments.
func TestScanVisitsEverything(t *testing.T) {
	_, client := newFake(t)
	const items = 60
	for i := range items {
		put(t, client, attrs{"pk": s(strconv.Itoa(i)), "sk": n(0), "pad": s(strings.Repeat("x", 50<<10))})
	}
	for _, segments := range []int32{1, 3, 7} {
		seen := map[string]int{}
		pages := 0
		for segment := range segments {
			in := &dynamodb.ScanInput{TableName: things, Segment: &segment, TotalSegments: &segments, ProjectionExpression: aws.String("pk")}
			for p := dynamodb.NewScanPaginator(client, in); p.HasMorePages(); pages++ {
				page, err := p.NextPage(t.Context())
				require.NoError(t, err)
				require.LessOrEqual(t, page.ScannedCount, int32(20), "20 items of 50 KB fit into a megabyte")
				for _, item := range page.Items {
					seen[item["pk"].(*types.AttributeValueMemberS).Value]++
				}
			}
		}
		require.Len(t, seen, items)
		for pk, times := range seen {
			require.Equal(t, 1, times, pk)
		}
		require.GreaterOrEqual(t, pages, 3)
	}
}

func TestNewIndexHoldsWhatIsThere(t *testing.T) {
	_, client := newFake(t)
	put(t, client, attrs{"pk": s("a"), "sk": n(0), "city": s("Bergen")})
	put(t, client, attrs{"pk": s("b"), "sk": n(0), "city": n(1)})
	put(t, client, attrs{"pk": s("c"), "sk": n(0)})
	_, err := client.UpdateTable(t.Context(), &dynamodb.UpdateTableInput{
		TableName:            things,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("city"), AttributeType: types.ScalarAttributeTypeS}},
		GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{{Create: &types.CreateGlobalSecondaryIndexAction{
			IndexName:  aws.String("by-city"),
			KeySchema:  []types.KeySchemaElement{{AttributeName: aws.String("city"), KeyType: types.KeyTypeHash}},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
		}}},
	})
	require.NoError(t, err)
	out, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: things, IndexName: aws.String("by-city")})
	require.NoError(t, err)
	require.Equal(t, []attrs{{"pk": s("a"), "sk": n(0), "city": s("Bergen")}}, out.Items, "only items with a city of the right type")
}

func TestWireDetails(t *testing.T) {
	handler := dynamotest.New(nil).Handler()
	for name, test := range map[string]struct {
		op, in, want string
	}{
		"unknown operation": {"Frobnicate", `{}`, `{"__type":"com.amazon.coral.service#UnknownOperationException"}`},
		"not JSON":          {"GetItem", `{`, `{"__type":"com.amazon.coral.service#SerializationException"}`},
		"wrong type":        {"GetItem", `{"TableName":1}`, `{"Message":"NUMBER_VALUE cannot be converted to String","__type":"com.amazon.coral.service#SerializationException"}`},
		"no table":          {"GetItem", `{"TableName":"nope","Key":{"a":{"S":"b"}}}`, `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found"}`},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(test.in))
			r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+test.op)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			require.Equal(t, http.StatusBadRequest, w.Code)
			require.Equal(t, test.want, w.Body.String())
			require.Equal(t, "application/x-amz-json-1.0", w.Header().Get("Content-Type"))
			require.NotEmpty(t, w.Header().Get("X-Amz-Crc32"))
		})
	}
}

func TestDump(t *testing.T) {
	fake, client := newFake(t)
	require.Equal(t, "things (pk, sk): 0 items\n", fake.Dump())
	put(t, client, attrs{"pk": s("a"), "sk": n(1)})
	require.Equal(t, "things (pk, sk): 1 items\n  {\"pk\":{\"S\":\"a\"},\"sk\":{\"N\":\"1\"}}\n", fake.Dump())
}

func TestNewPanicsOnABadTable(t *testing.T) {
	require.PanicsWithValue(t, "dynamotest: Table: a key has one or two attributes, got 0", func() { dynamotest.Table("things") })
	require.PanicsWithValue(t, `dynamotest: Options.Tables: create table "x": api error ValidationException: 1 validation error detected: `+
		"Value 'x' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3", func() {
		dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{dynamotest.Table("x", "pk")}})
	})
}

func TestCreateTableWrapsTheError(t *testing.T) {
	fake, _ := newFake(t)
	err := fake.CreateTable(dynamotest.Table("things", "pk"))
	var exists *types.ResourceInUseException
	require.ErrorAs(t, err, &exists)
	require.EqualError(t, err, `dynamotest: create table "things": ResourceInUseException: Table already exists: things`)
}
