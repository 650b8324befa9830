package dynamo_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// stubborn never processes the notes with these ids.
type stubborn struct {
	dynamo.API
	ids map[string]bool
}

func (s stubborn) refuses(key map[string]types.AttributeValue) bool {
	return s.ids[key["id"].(*types.AttributeValueMemberS).Value]
}

func (s stubborn) BatchWriteItem(ctx context.Context, in *dynamodb.BatchWriteItemInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	send, left := map[string][]types.WriteRequest{}, map[string][]types.WriteRequest{}
	for table, requests := range in.RequestItems {
		for _, r := range requests {
			if s.refuses(r.PutRequest.Item) {
				left[table] = append(left[table], r)
			} else {
				send[table] = append(send[table], r)
			}
		}
	}
	out := &dynamodb.BatchWriteItemOutput{}
	if len(send) > 0 {
		var err error
		if out, err = s.API.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: send}, options...); err != nil {
			return nil, err
		}
	}
	out.UnprocessedItems = left
	return out, nil
}

func (s stubborn) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	send, left := map[string]types.KeysAndAttributes{}, map[string]types.KeysAndAttributes{}
	for table, requests := range in.RequestItems {
		var sent, refused []map[string]types.AttributeValue
		for _, key := range requests.Keys {
			if s.refuses(key) {
				refused = append(refused, key)
			} else {
				sent = append(sent, key)
			}
		}
		if len(sent) > 0 {
			send[table] = types.KeysAndAttributes{Keys: sent}
		}
		if len(refused) > 0 {
			left[table] = types.KeysAndAttributes{Keys: refused}
		}
	}
	out := &dynamodb.BatchGetItemOutput{}
	if len(send) > 0 {
		var err error
		if out, err = s.API.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: send}, options...); err != nil {
			return nil, err
		}
	}
	out.UnprocessedKeys = left
	return out, nil
}

func TestOnlyWhatIsNeverProcessedIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := dynamotest.New(nil)
		client := stubborn{fake.Client(), map[string]bool{"n-003": true, "n-024": true, "n-025": true, "n-119": true}}
		notes, err := dynamo.New[note](client, "things", nil)
		require.NoError(t, err)
		require.NoError(t, dynamo.CreateTables(t.Context(), fake.Client(), notes))
		all := manyNotes(120)
		left := []int{3, 24, 25, 119}
		leftKeys := []dynamo.Key{{"n-003"}, {"n-024"}, {"n-025"}, {"n-119"}}

		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		err = notes.PutAll(ctx, all)
		var batch *dynamo.BatchError
		require.ErrorAs(t, err, &batch)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, left, batch.Left)
		require.Equal(t, leftKeys, batch.Keys)
		require.Equal(t, []note{all[3], all[24], all[25], all[119]}, dynamo.Leftovers(all, err))
		require.Len(t, collect(t, notes.Scan(t.Context(), dynamo.Scan{})), 116)

		ctx, cancel = context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		got, err := notes.GetMany(ctx, keysOf(all))
		require.ErrorAs(t, err, &batch)
		require.Equal(t, left, batch.Left)
		require.Equal(t, leftKeys, batch.Keys)
		for i := range all {
			if client.ids[all[i].ID] {
				require.Nil(t, got[i])
			} else {
				require.Equal(t, &all[i], got[i])
			}
		}
	})
}

// cancelling ends the caller's context with one of its calls.
type cancelling struct {
	dynamo.API
	calls, at int32
	cancel    context.CancelFunc
}

func (c *cancelling) BatchWriteItem(ctx context.Context, in *dynamodb.BatchWriteItemInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	if atomic.AddInt32(&c.calls, 1) == c.at {
		c.cancel()
	}
	return c.API.BatchWriteItem(ctx, in, options...)
}

func TestACancelledBatchListsExactlyWhatIsNotStored(t *testing.T) {
	for at := range int32(8) {
		fake := dynamotest.New(nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		notes, err := dynamo.New[note](&cancelling{fake.Client(), 0, at + 1, cancel}, "things", nil)
		require.NoError(t, err)
		require.NoError(t, dynamo.CreateTables(t.Context(), fake.Client(), notes))
		all := manyNotes(250)
		err = notes.PutAll(ctx, all)
		require.ErrorIs(t, err, context.Canceled)

		got, stored := dynamo.Leftovers(all, err), collect(t, notes.Scan(t.Context(), dynamo.Scan{}))
		require.ElementsMatch(t, all, append(got, stored...))
	}
}
