package dynamotest_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

func TestStreamsForgetRecordsAfterADay(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	in := dynamotest.Table("gigs", "id")
	in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeKeysOnly}
	fake := dynamotest.New(&dynamotest.Options{Now: func() time.Time { return now }, Tables: []*dynamodb.CreateTableInput{in}})
	_, err := fake.Client().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("gigs"), Item: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "g-1"}}})
	require.NoError(t, err)

	client := fake.StreamsClient()
	streams, err := client.ListStreams(t.Context(), nil)
	require.NoError(t, err)
	stream, err := client.DescribeStream(t.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: streams.Streams[0].StreamArn})
	require.NoError(t, err)
	records := func(from streamtypes.ShardIteratorType, number *string) ([]streamtypes.Record, error) {
		iterator, err := client.GetShardIterator(t.Context(), &dynamodbstreams.GetShardIteratorInput{
			StreamArn: streams.Streams[0].StreamArn, ShardId: stream.StreamDescription.Shards[0].ShardId, ShardIteratorType: from, SequenceNumber: number,
		})
		if err != nil {
			return nil, err
		}
		out, err := client.GetRecords(t.Context(), &dynamodbstreams.GetRecordsInput{ShardIterator: iterator.ShardIterator})
		require.NoError(t, err)
		return out.Records, nil
	}
	found, err := records("TRIM_HORIZON", nil)
	require.NoError(t, err)
	require.Len(t, found, 1)
	number := found[0].Dynamodb.SequenceNumber

	now = now.Add(24*time.Hour - time.Second)
	found, err = records("AT_SEQUENCE_NUMBER", number)
	require.NoError(t, err)
	require.Len(t, found, 1)

	now = now.Add(time.Second)
	found, err = records("TRIM_HORIZON", nil)
	require.NoError(t, err)
	require.Empty(t, found)
	_, err = records("AT_SEQUENCE_NUMBER", number)
	var trimmed *streamtypes.TrimmedDataAccessException
	require.ErrorAs(t, err, &trimmed)
}
