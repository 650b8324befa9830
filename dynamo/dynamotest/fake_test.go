package dynamotest_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

type attrs = map[string]types.AttributeValue

func s(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
func n(v any) types.AttributeValue    { return &types.AttributeValueMemberN{Value: fmt.Sprint(v)} }

// newFake returns a fake with a table "things" of the key pk, sk:N and an index
// "by-kind" on kind.
func newFake(t *testing.T) (*dynamotest.Fake, *dynamodb.Client) {
	t.Helper()
	fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{
		dynamotest.Index(dynamotest.Table("things", "pk", "sk:N"), "by-kind", "kind", "sk:N"),
	}})
	return fake, fake.Client()
}

func put(t *testing.T, client *dynamodb.Client, item attrs) {
	t.Helper()
	_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("things"), Item: item})
	require.NoError(t, err)
}

func TestPutGetUpdateDelete(t *testing.T) {
	_, client := newFake(t)
	ctx := t.Context()
	key := attrs{"pk": s("a"), "sk": n(1)}
	put(t, client, attrs{"pk": s("a"), "sk": n("1.0"), "name": s("first"), "tags": &types.AttributeValueMemberSS{Value: []string{"y", "x"}}})

	got, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("things"), Key: key})
	require.NoError(t, err)
	require.Equal(t, attrs{"pk": s("a"), "sk": n(1), "name": s("first"),
		"tags": &types.AttributeValueMemberSS{Value: []string{"x", "y"}}}, got.Item)

	updated, err := client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 aws.String("things"),
		Key:                       key,
		UpdateExpression:          aws.String("SET #n = :n, hits = if_not_exists(hits, :zero) + :one ADD tags :z"),
		ConditionExpression:       aws.String("attribute_exists(pk) AND #n = :old"),
		ExpressionAttributeNames:  map[string]string{"#n": "name"},
		ExpressionAttributeValues: attrs{":n": s("second"), ":old": s("first"), ":zero": n(0), ":one": n(1), ":z": &types.AttributeValueMemberSS{Value: []string{"z"}}},
		ReturnValues:              types.ReturnValueAllNew,
	})
	require.NoError(t, err)
	require.Equal(t, attrs{"pk": s("a"), "sk": n(1), "name": s("second"), "hits": n(1),
		"tags": &types.AttributeValueMemberSS{Value: []string{"x", "y", "z"}}}, updated.Attributes)

	deleted, err := client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String("things"), Key: key, ReturnValues: types.ReturnValueAllOld})
	require.NoError(t, err)
	require.Equal(t, updated.Attributes, deleted.Attributes)
	got, err = client.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("things"), Key: key})
	require.NoError(t, err)
	require.Nil(t, got.Item)
}

func TestConditionFailureCarriesItem(t *testing.T) {
	_, client := newFake(t)
	put(t, client, attrs{"pk": s("a"), "sk": n(1), "v": n(7)})
	_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName:                           aws.String("things"),
		Item:                                attrs{"pk": s("a"), "sk": n(1)},
		ConditionExpression:                 aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var failed *types.ConditionalCheckFailedException
	require.ErrorAs(t, err, &failed)
	require.Equal(t, attrs{"pk": s("a"), "sk": n(1), "v": n(7)}, failed.Item)
}

func TestQueryPagesInOrder(t *testing.T) {
	_, client := newFake(t)
	for i := range 30 {
		put(t, client, attrs{"pk": s("a"), "sk": n(i - 15), "kind": s(strconv.Itoa(i % 3))})
	}
	put(t, client, attrs{"pk": s("b"), "sk": n(0)})
	for _, forward := range []bool{true, false} {
		var got []string
		pages := dynamodb.NewQueryPaginator(client, &dynamodb.QueryInput{
			TableName:                 aws.String("things"),
			KeyConditionExpression:    aws.String("pk = :p AND sk BETWEEN :lo AND :hi"),
			ExpressionAttributeValues: attrs{":p": s("a"), ":lo": n(-3), ":hi": n("3.5")},
			ScanIndexForward:          aws.Bool(forward),
			Limit:                     aws.Int32(2),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			require.NoError(t, err)
			for _, item := range page.Items {
				got = append(got, item["sk"].(*types.AttributeValueMemberN).Value)
			}
		}
		want := []string{"-3", "-2", "-1", "0", "1", "2", "3"}
		if !forward {
			want = []string{"3", "2", "1", "0", "-1", "-2", "-3"}
		}
		require.Equal(t, want, got)
	}
	out, err := client.Query(t.Context(), &dynamodb.QueryInput{
		TableName:                 aws.String("things"),
		IndexName:                 aws.String("by-kind"),
		KeyConditionExpression:    aws.String("kind = :k"),
		ExpressionAttributeValues: attrs{":k": s("1")},
		Select:                    types.SelectCount,
	})
	require.NoError(t, err)
	require.Equal(t, int32(10), out.Count)
}

func TestTransactionIsAllOrNothing(t *testing.T) {
	_, client := newFake(t)
	put(t, client, attrs{"pk": s("a"), "sk": n(1)})
	_, err := client.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{
		TransactItems: []types.TransactWriteItem{
			{Put: &types.Put{TableName: aws.String("things"), Item: attrs{"pk": s("new"), "sk": n(1)}}},
			{Put: &types.Put{TableName: aws.String("things"), Item: attrs{"pk": s("a"), "sk": n(1)},
				ConditionExpression:                 aws.String("attribute_not_exists(pk)"),
				ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}},
		},
	})
	var canceled *types.TransactionCanceledException
	require.ErrorAs(t, err, &canceled)
	require.Equal(t, "None", *canceled.CancellationReasons[0].Code)
	require.Equal(t, "ConditionalCheckFailed", *canceled.CancellationReasons[1].Code)
	require.Equal(t, attrs{"pk": s("a"), "sk": n(1)}, canceled.CancellationReasons[1].Item)
	got, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("things"), Key: attrs{"pk": s("new"), "sk": n(1)}})
	require.NoError(t, err)
	require.Nil(t, got.Item)
}

// TestCountersHoldUnderParallelWriters increments one item from many
// goroutines, singly and in transactions with another item.
func TestCountersHoldUnderParallelWriters(t *testing.T) {
	_, client := newFake(t)
	const writers, each = 8, 250
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				increment(t, client, (w+i)%2 == 0)
			}
		})
	}
	wg.Wait()
	for _, pk := range []string{"one", "two"} {
		got, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("things"), Key: attrs{"pk": s(pk), "sk": n(0)}})
		require.NoError(t, err)
		require.Equal(t, n(writers*each), got.Item["n"])
	}
}

// increment adds one to both counters, together or one after the other.
func increment(t *testing.T, client *dynamodb.Client, together bool) {
	ctx, table := context.WithoutCancel(t.Context()), aws.String("things")
	expression, values := aws.String("ADD n :one"), attrs{":one": n(1)}
	one, two := attrs{"pk": s("one"), "sk": n(0)}, attrs{"pk": s("two"), "sk": n(0)}
	var err error
	if together {
		_, err = client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
			{Update: &types.Update{TableName: table, Key: one, UpdateExpression: expression, ExpressionAttributeValues: values}},
			{Update: &types.Update{TableName: table, Key: two, UpdateExpression: expression, ExpressionAttributeValues: values}},
		}})
	} else {
		_, first := client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: table, Key: one, UpdateExpression: expression, ExpressionAttributeValues: values})
		_, second := client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: table, Key: two, UpdateExpression: expression, ExpressionAttributeValues: values})
		err = errors.Join(first, second)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestLeaveUnprocessed(t *testing.T) {
	fake, client := newFake(t)
	fake.LeaveUnprocessed(2)
	var writes []types.WriteRequest
	for i := range 5 {
		writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: attrs{"pk": s("a"), "sk": n(i)}}})
	}
	out, err := client.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"things": writes}})
	require.NoError(t, err)
	require.Equal(t, map[string][]types.WriteRequest{"things": writes[3:]}, out.UnprocessedItems)
	out, err = client.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: out.UnprocessedItems})
	require.NoError(t, err)
	require.Empty(t, out.UnprocessedItems)
	require.Len(t, fake.Calls("BatchWriteItem"), 2)

	fake.LeaveUnprocessed(1)
	keys := []attrs{{"pk": s("a"), "sk": n(0)}, {"pk": s("a"), "sk": n(4)}}
	got, err := client.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"things": {Keys: keys}}})
	require.NoError(t, err)
	require.Equal(t, keys[:1], got.Responses["things"])
	require.Equal(t, keys[1:], got.UnprocessedKeys["things"].Keys)
}

func TestThrottle(t *testing.T) {
	fake, _ := newFake(t)
	fake.Throttle("GetItem", 5)
	client := fake.Client(func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} })
	for range 5 {
		_, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("things"), Key: attrs{"pk": s("a"), "sk": n(0)}})
		var throttled *types.ProvisionedThroughputExceededException
		require.ErrorAs(t, err, &throttled)
	}
	_, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("things"), Key: attrs{"pk": s("a"), "sk": n(0)}})
	require.NoError(t, err)
}
