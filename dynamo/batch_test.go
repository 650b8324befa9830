package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

func manyNotes(n int) []note {
	notes := make([]note, n)
	for i := range notes {
		notes[i] = note{ID: fmt.Sprintf("n-%03d", i), Text: "text"}
	}
	return notes
}

func keysOf(notes []note) []dynamo.Key {
	keys := make([]dynamo.Key, len(notes))
	for i, n := range notes {
		keys[i] = dynamo.Key{n.ID}
	}
	return keys
}

func TestBatches(t *testing.T) {
	fake, notes := setup[note](t, nil)
	all := manyNotes(230)
	require.NoError(t, notes.PutAll(t.Context(), all))
	require.Len(t, fake.Calls("BatchWriteItem"), 10, "230 items, 25 to a request")

	asked := append([]dynamo.Key{{"missing"}}, keysOf(all)...)
	got, err := notes.GetMany(t.Context(), asked, dynamo.Consistent())
	require.NoError(t, err)
	require.Len(t, fake.Calls("BatchGetItem"), 3, "231 keys, 100 to a request")
	require.Nil(t, got[0])
	for i := range all {
		require.Equal(t, &all[i], got[i+1])
	}

	require.NoError(t, notes.DeleteAll(t.Context(), keysOf(all[:200])))
	require.Len(t, collect(t, notes.Scan(t.Context(), dynamo.Scan{})), 30)
}

func TestEmptyBatches(t *testing.T) {
	fake, notes := setup[note](t, nil)
	fake.ResetCalls()
	require.NoError(t, notes.PutAll(t.Context(), nil))
	require.NoError(t, notes.DeleteAll(t.Context(), nil))
	got, err := notes.GetMany(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, got)
	require.NoError(t, dynamo.Transact(t.Context(), fake.Client()))
	require.NoError(t, dynamo.TransactGet(t.Context(), fake.Client()))
	require.Empty(t, fake.Calls())
}

func TestPutAllIncreasesVersions(t *testing.T) {
	_, gigs := setup[gig](t, nil)
	items := []gig{{ID: "a"}, {ID: "b", Version: 4}}
	require.NoError(t, gigs.PutAll(t.Context(), items))
	require.EqualValues(t, 1, items[0].Version)
	require.EqualValues(t, 5, items[1].Version)
	got, err := gigs.GetMany(t.Context(), []dynamo.Key{{"b"}, {"a"}}, dynamo.Project("version"))
	require.NoError(t, err)
	require.EqualValues(t, 5, got[0].Version)
	require.EqualValues(t, 1, got[1].Version)
}

func TestBatchesSendUnprocessedRequestsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, notes := setup[note](t, nil)
		all := manyNotes(30)
		fake.LeaveUnprocessed(7)
		require.NoError(t, notes.PutAll(t.Context(), all))
		fake.LeaveUnprocessed(5)
		got, err := notes.GetMany(t.Context(), keysOf(all))
		require.NoError(t, err)
		for i := range all {
			require.Equal(t, &all[i], got[i])
		}
		fake.LeaveUnprocessed(3)
		require.NoError(t, notes.DeleteAll(t.Context(), keysOf(all)))
		require.Empty(t, collect(t, notes.Scan(t.Context(), dynamo.Scan{})))
	})
}

func TestBatchesEndWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, gigs := setup[gig](t, nil)
		items := make([]gig, 30)
		for i := range items {
			items[i].ID = fmt.Sprintf("g-%02d", i)
		}
		fake.LeaveUnprocessed(1 << 30)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		err := gigs.PutAll(ctx, items)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.LessOrEqual(t, time.Since(start), 10*time.Second)
		var batch *dynamo.BatchError
		require.ErrorAs(t, err, &batch)
		require.Len(t, batch.Left, 30)
		require.Len(t, dynamo.Leftovers(items, err), 30)
		require.Zero(t, items[0].Version, "nothing was stored")

		fake.ClearFaults()
		require.NoError(t, gigs.PutAll(t.Context(), dynamo.Leftovers(items, err)))
	})
}

func TestBatchErrorsListExactlyWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, gigs := setup[gig](t, &dynamo.Options{Concurrency: 1})
		items := make([]gig, 80)
		for i := range items {
			items[i].ID = fmt.Sprintf("g-%02d", i)
		}
		fake.Inject("BatchWriteItem", dynamotest.Fault{Delay: time.Millisecond}) // the first one gets through
		fake.Inject("BatchWriteItem", dynamotest.Fault{Error: &dynamotest.Error{Code: "AccessDeniedException"}})
		err := gigs.PutAll(t.Context(), items)
		var batch *dynamo.BatchError
		require.ErrorAs(t, err, &batch)
		require.Len(t, batch.Left, 55)
		require.Equal(t, 25, batch.Left[0])
		require.Equal(t, dynamo.Key{"g-25"}, batch.Keys[0])
		require.Len(t, fake.Calls("BatchWriteItem"), 2, "after that no further one is begun")
		for i, g := range items {
			want := int64(0)
			if i < 25 {
				want = 1
			}
			require.Equal(t, want, g.Version)
		}
		require.Len(t, collect(t, gigs.Scan(t.Context(), dynamo.Scan{})), 25)
	})
}

func TestGetManyReturnsWhatItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, notes := setup[note](t, &dynamo.Options{Concurrency: 1})
		all := manyNotes(120)
		require.NoError(t, notes.PutAll(t.Context(), all))
		fake.Inject("BatchGetItem", dynamotest.Fault{Delay: time.Millisecond})
		fake.Inject("BatchGetItem", dynamotest.Fault{Error: &dynamotest.Error{Code: "AccessDeniedException"}})
		got, err := notes.GetMany(t.Context(), keysOf(all))
		require.Len(t, dynamo.Leftovers(keysOf(all), err), 20)
		require.Equal(t, &all[99], got[99])
		require.Nil(t, got[100])
	})
}

func TestBatchesRefuseDuplicatesAndLargeItems(t *testing.T) {
	fake, notes := setup[note](t, nil)
	fake.ResetCalls()
	all := append(manyNotes(60), note{ID: "n-003"})
	err := notes.PutAll(t.Context(), all)
	require.ErrorIs(t, err, dynamo.ErrDuplicate)
	require.EqualError(t, err, "dynamo: put all things n-003: duplicate key: at positions 3 and 60")
	require.Len(t, dynamo.Leftovers(all, err), 61, "nothing was sent, everything is left")
	require.ErrorIs(t, notes.DeleteAll(t.Context(), keysOf(all)), dynamo.ErrDuplicate)
	_, err = notes.GetMany(t.Context(), keysOf(all))
	require.ErrorIs(t, err, dynamo.ErrDuplicate)

	all = append(manyNotes(60), note{ID: "big", Text: strings.Repeat("x", 400<<10)})
	err = notes.PutAll(t.Context(), all)
	require.ErrorIs(t, err, dynamo.ErrTooLarge)
	var which *dynamo.Error
	require.ErrorAs(t, err, &which)
	require.Equal(t, dynamo.Key{"big"}, which.Key)
	require.Empty(t, fake.Calls())
}

// Numbers are the same key whatever they look like.
func TestDuplicateNumbers(t *testing.T) {
	type measure struct {
		At float64 `dynamodbav:"at" dynamo:"partition"`
	}
	_, measures := setup[measure](t, nil)
	require.ErrorIs(t, measures.DeleteAll(t.Context(), []dynamo.Key{{1e21}, {1.0}, {1e21}}), dynamo.ErrDuplicate)
	require.NoError(t, measures.PutAll(t.Context(), []measure{{1e21}, {1}, {0.1}}))
	got, err := measures.GetMany(t.Context(), []dynamo.Key{{0.1}, {1e21}})
	require.NoError(t, err)
	require.Equal(t, []*measure{{0.1}, {1e21}}, got)
}

// Whatever DynamoDB leaves undone, and however often, all items are stored once
// the batch has succeeded, and the leftovers are those that are not stored
// when it has not.
func TestLeftoversAndStoredItemsAreAllItems(t *testing.T) {
	for seed := range 20 {
		synctest.Test(t, func(t *testing.T) {
			fake, notes := setup[note](t, nil)
			all := manyNotes(100)
			fake.LeaveUnprocessed(seed * 11)
			fake.Inject("BatchWriteItem", dynamotest.Fault{Times: seed % 3, Delay: time.Duration(seed) * time.Millisecond, Error: failure(seed)})
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(seed+1)*40*time.Millisecond)
			defer cancel()
			err := notes.PutAll(ctx, all)
			var batch *dynamo.BatchError
			if errors.As(err, &batch) {
				require.True(t, slices.IsSorted(batch.Left))
			}
			left := map[note]bool{}
			for _, n := range dynamo.Leftovers(all, err) {
				left[n] = true
			}
			stored := collect(t, notes.Scan(t.Context(), dynamo.Scan{}))
			for _, n := range stored {
				require.False(t, left[n])
			}
			require.Len(t, all, len(stored)+len(left))
		})
	}
}

func failure(seed int) *dynamotest.Error {
	switch seed % 4 {
	case 0:
		return &dynamotest.Error{Code: "AccessDeniedException"}
	case 1:
		return &dynamotest.Error{Code: "InternalServerError", Status: 500}
	}
	return nil
}

func TestBatchCapacity(t *testing.T) {
	units := map[string]float64{}
	hook := func(_ context.Context, c dynamo.Capacity) { units[c.Op] += c.Units }
	fake, notes := setup[note](t, &dynamo.Options{OnCapacity: hook, Concurrency: 1})
	all := manyNotes(30)
	require.NoError(t, notes.PutAll(t.Context(), all))
	_, err := notes.GetMany(t.Context(), keysOf(all[:10]))
	require.NoError(t, err)
	require.NoError(t, dynamo.Transact(t.Context(), fake.Client(), notes.CreateOp(&note{ID: "x"})))
	require.Equal(t, map[string]float64{"BatchWriteItem": 30, "BatchGetItem": 5, "TransactWriteItems": 2}, units)
}
