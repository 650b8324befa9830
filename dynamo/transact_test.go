package dynamo_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// twoTables returns repositories of two types in two tables.
func twoTables(t *testing.T) (*dynamotest.Fake, *dynamodb.Client, *dynamo.Repository[gig], *dynamo.Repository[note]) {
	t.Helper()
	fake := dynamotest.New(nil)
	client := fake.Client()
	gigs, err := dynamo.New[gig](client, "gigs", nil)
	require.NoError(t, err)
	notes, err := dynamo.New[note](client, "notes", nil)
	require.NoError(t, err)
	require.NoError(t, dynamo.CreateTables(t.Context(), client, gigs, notes))
	return fake, client, gigs, notes
}

var addBid = expression.Add(expression.Name("bids"), expression.Value(1))

func TestTransact(t *testing.T) {
	_, client, gigs, notes := twoTables(t)
	old := gig{ID: "old"}
	require.NoError(t, gigs.Create(t.Context(), &old))
	require.NoError(t, notes.Put(t.Context(), &note{ID: "gone"}))
	require.NoError(t, notes.Put(t.Context(), &note{ID: "there", Text: "x"}))

	g, n := gig{ID: "new"}, note{ID: "n", Text: "new"}
	old.Title = "changed"
	require.NoError(t, dynamo.Transact(t.Context(), client,
		gigs.CreateOp(&g),
		gigs.PutOp(&old),
		notes.PutOp(&n),
		notes.DeleteOp(dynamo.Key{"gone"}),
		notes.CheckOp(dynamo.Key{"there"}, dynamo.If(expression.Name("text").Equal(expression.Value("x")))),
	))
	require.EqualValues(t, 1, g.Version)
	require.EqualValues(t, 2, old.Version)
	require.NoError(t, dynamo.Transact(t.Context(), client, gigs.UpdateOp(dynamo.Key{"new"}, addBid, dynamo.IfVersion(1))))

	var gotGig gig
	var gotNote note
	require.NoError(t, dynamo.TransactGet(t.Context(), client, gigs.GetOp(dynamo.Key{"new"}, &gotGig), notes.GetOp(dynamo.Key{"n"}, &gotNote)))
	require.Equal(t, gig{ID: "new", Bids: 1, Version: 2}, gotGig)
	require.Equal(t, n, gotNote)
	_, err := notes.Get(t.Context(), dynamo.Key{"gone"})
	require.ErrorIs(t, err, dynamo.ErrNotFound)
}

func TestTransactGivesAReasonPerOperation(t *testing.T) {
	_, client, gigs, notes := twoTables(t)
	there := gig{ID: "there", Title: "Bass"}
	require.NoError(t, gigs.Create(t.Context(), &there))
	require.NoError(t, notes.Put(t.Context(), &note{ID: "n"}))

	g, again, stale := gig{ID: "new"}, gig{ID: "there"}, gig{ID: "stale", Version: 3}
	err := dynamo.Transact(t.Context(), client,
		gigs.CreateOp(&g),
		gigs.CreateOp(&again),
		gigs.PutOp(&stale),
		notes.CheckOp(dynamo.Key{"missing"}),
		notes.DeleteOp(dynamo.Key{"n"}, dynamo.If(expression.Name("text").Equal(expression.Value("other")))),
	)
	var transaction *dynamo.TransactionError
	require.ErrorAs(t, err, &transaction)
	want := []error{nil, dynamo.ErrExists, dynamo.ErrConflict, dynamo.ErrNotFound, dynamo.ErrCondition}
	require.Len(t, transaction.Reasons, len(want))
	for i, reason := range transaction.Reasons {
		require.ErrorIs(t, reason.Err, want[i])
	}
	require.Equal(t, dynamo.Key{"there"}, transaction.Reasons[1].Key)
	current, ok := dynamo.Current[gig](transaction.Reasons[1].Err)
	require.True(t, ok)
	require.Equal(t, there, current)
	require.ErrorIs(t, err, dynamo.ErrNotFound, "any of them is found in the whole")
	require.Zero(t, g.Version)
	_, err = gigs.Get(t.Context(), dynamo.Key{"new"})
	require.ErrorIs(t, err, dynamo.ErrNotFound)
}

func TestTransactionErrorNamesTheOperations(t *testing.T) {
	_, client, gigs, _ := twoTables(t)
	require.NoError(t, gigs.Create(t.Context(), &gig{ID: "there"}))
	err := dynamo.Transact(t.Context(), client, gigs.CreateOp(&gig{ID: "new"}), gigs.CreateOp(&gig{ID: "there"}))
	require.EqualError(t, err, "dynamo: transact: 1 of 2 operations failed: [1] create gigs there: item exists")
}

func TestTransactRepeatsOnlyConflicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, client, gigs, _ := twoTables(t)
		fake.ConflictTransactions(3)
		g := gig{ID: "g-1"}
		require.NoError(t, dynamo.Transact(t.Context(), client, gigs.CreateOp(&g)))
		require.Len(t, fake.Calls("TransactWriteItems"), 4)
		require.Len(t, tokens(t, fake), 1, "one transaction has one token")

		fake.ResetCalls()
		fake.ConflictTransactions(1 << 20)
		err := dynamo.Transact(t.Context(), client, gigs.CreateOp(&gig{ID: "g-2"}))
		require.ErrorIs(t, err, dynamo.ErrContention)
		require.Len(t, fake.Calls("TransactWriteItems"), 10)

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, dynamo.Transact(ctx, client, gigs.CreateOp(&gig{ID: "g-2"})), context.Canceled)
	})
}

func tokens(t *testing.T, fake *dynamotest.Fake) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, call := range fake.Calls("TransactWriteItems") {
		var input struct{ ClientRequestToken string }
		require.NoError(t, json.Unmarshal(call.Input, &input))
		require.NotEmpty(t, input.ClientRequestToken)
		all[input.ClientRequestToken] = true
	}
	return all
}

func TestATransactionWhoseAnswerWasLostIsAppliedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, client, gigs, _ := twoTables(t)
		require.NoError(t, gigs.Create(t.Context(), &gig{ID: "g-1"}))
		fake.Inject("TransactWriteItems", lost)
		g := gig{ID: "g-2"}
		require.NoError(t, dynamo.Transact(t.Context(), client, gigs.CreateOp(&g), gigs.UpdateOp(dynamo.Key{"g-1"}, addBid)))
		counted, err := gigs.Get(t.Context(), dynamo.Key{"g-1"})
		require.NoError(t, err)
		require.Equal(t, 1, counted.Bids)
	})
}

func TestTransactRefusesMistakesBeforeSending(t *testing.T) {
	fake, client, gigs, notes := twoTables(t)
	fake.ResetCalls()
	var old note
	large := func(id string) dynamo.Op { return notes.PutOp(&note{ID: id, Text: strings.Repeat("x", 390<<10)}) }
	tests := map[string]struct {
		ops  []dynamo.Op
		want error
	}{
		"one item twice":   {[]dynamo.Op{notes.PutOp(&note{ID: "a"}), notes.CheckOp(dynamo.Key{"a"})}, dynamo.ErrDuplicate},
		"too many":         {make([]dynamo.Op, 101), dynamo.ErrTooLarge},
		"too large":        {[]dynamo.Op{large("a"), large("b"), large("c"), large("d"), large("e"), large("f"), large("g"), large("h"), large("i"), large("j"), large("k")}, dynamo.ErrTooLarge},
		"no key":           {[]dynamo.Op{gigs.DeleteOp(nil)}, dynamo.ErrInvalidKey},
		"not of this kind": {[]dynamo.Op{{}}, nil},
		"old item":         {[]dynamo.Op{notes.DeleteOp(dynamo.Key{"a"}, dynamo.Old(&old))}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := dynamo.Transact(t.Context(), client, test.ops...)
			require.Error(t, err)
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
			}
		})
	}
	require.Error(t, dynamo.TransactGet(t.Context(), client, dynamo.GetOp{}))
	require.ErrorIs(t, dynamo.TransactGet(t.Context(), client, make([]dynamo.GetOp, 101)...), dynamo.ErrTooLarge)
	require.ErrorIs(t, dynamo.TransactGet(t.Context(), client, notes.GetOp(dynamo.Key{""}, &old)), dynamo.ErrInvalidKey)
	require.EqualError(t, dynamo.TransactGet(t.Context(), client, notes.GetOp(dynamo.Key{"a"}, nil)),
		"dynamo: get notes a: the item to read into is nil")
	var again note
	require.ErrorIs(t, dynamo.TransactGet(t.Context(), client,
		notes.GetOp(dynamo.Key{"a"}, &old), notes.GetOp(dynamo.Key{"b"}, &old), notes.GetOp(dynamo.Key{"a"}, &again)), dynamo.ErrDuplicate)
	require.Empty(t, fake.Calls())
}

func TestTransactGetOfMissingItems(t *testing.T) {
	_, client, gigs, notes := twoTables(t)
	require.NoError(t, notes.Put(t.Context(), &note{ID: "n", Text: "x"}))
	var g gig
	var n note
	require.NoError(t, dynamo.TransactGet(t.Context(), client, notes.GetOp(dynamo.Key{"n"}, &n, dynamo.Project("absent"))))
	err := dynamo.TransactGet(t.Context(), client, gigs.GetOp(dynamo.Key{"missing"}, &g), notes.GetOp(dynamo.Key{"n"}, &n, dynamo.Project("text")))
	var transaction *dynamo.TransactionError
	require.ErrorAs(t, err, &transaction)
	require.ErrorIs(t, transaction.Reasons[0].Err, dynamo.ErrNotFound)
	require.NoError(t, transaction.Reasons[1].Err)
	require.Equal(t, note{ID: "n", Text: "x"}, n, "what is there is read nevertheless")
}

func TestATokenOfAnotherTransactionIsNotRepeated(t *testing.T) {
	fake, client, _, notes := twoTables(t)
	fake.Inject("TransactWriteItems", dynamotest.Fault{Error: &dynamotest.Error{Code: "IdempotentParameterMismatchException"}})
	err := dynamo.Transact(t.Context(), client, notes.CreateOp(&note{ID: "a"}))
	var mismatch *types.IdempotentParameterMismatchException
	require.ErrorAs(t, err, &mismatch)
	require.Len(t, fake.Calls("TransactWriteItems"), 1)
}

// canceled is the answer to a transaction whose operations failed with codes.
func canceled(codes ...string) dynamotest.Fault {
	reasons := make([]any, len(codes))
	for i, code := range codes {
		reasons[i] = map[string]any{"Code": code, "Message": "why"}
	}
	return dynamotest.Fault{Error: &dynamotest.Error{
		Code:   "TransactionCanceledException",
		Fields: map[string]any{"CancellationReasons": reasons},
	}}
}

func TestAConflictBesideAnotherReasonIsNotRepeated(t *testing.T) {
	fake, client, gigs, _ := twoTables(t)
	fake.Inject("TransactWriteItems", canceled("TransactionConflict", "ConditionalCheckFailed"))
	err := dynamo.Transact(t.Context(), client, gigs.CreateOp(&gig{ID: "a"}), gigs.CreateOp(&gig{ID: "b"}))
	require.ErrorIs(t, err, dynamo.ErrContention)
	require.Len(t, fake.Calls("TransactWriteItems"), 1)
}

func TestThrottledTransaction(t *testing.T) {
	fake, client, gigs, _ := twoTables(t)
	fake.Inject("TransactWriteItems", canceled("None", "ThrottlingError"))
	err := dynamo.Transact(t.Context(), client, gigs.CreateOp(&gig{ID: "a"}), gigs.CreateOp(&gig{ID: "b"}))
	require.True(t, dynamo.IsThrottled(err))
	require.Len(t, fake.Calls("TransactWriteItems"), 1)
}
