package idempotency_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/idempotency"
)

// The tests of this file are holes that were found in other libraries.

// 1: a composite key of which parts are missing is nobody's key.
func TestTwoRequestsThatLackTheKeyAreNotDuplicates(t *testing.T) {
	type order struct{ User, Item *string }
	fake, store := newStore(t, nil)
	var runs atomic.Int64
	place := idempotency.Wrap(store, "order/v1",
		func(o order) idempotency.Key { return idempotency.Key{o.User, o.Item} },
		func(context.Context, order) (int64, error) { return runs.Add(1), nil })

	ada := "ada"
	for part, o := range []order{{}, {User: &ada}} {
		for range 2 {
			_, err := place(t.Context(), o)
			var missing *idempotency.KeyError
			require.ErrorAs(t, err, &missing)
			require.ErrorIs(t, err, idempotency.ErrMissingKey)
			require.Equal(t, part, missing.Part, "the first part that is missing")
			require.Equal(t, "order/v1", missing.Operation)
		}
	}
	require.Zero(t, runs.Load(), "nothing runs without a key")
	require.Empty(t, fake.Calls())

	lenient := idempotency.Wrap(store, "order/v1",
		func(o order) idempotency.Key { return idempotency.Key{o.User, o.Item} },
		func(context.Context, order) (int64, error) { return runs.Add(1), nil }, idempotency.RunWithoutKey())
	for want := range 2 {
		got, err := lenient(t.Context(), order{})
		require.NoError(t, err)
		require.Equal(t, int64(want+1), got, "each runs, as was asked for")
	}
	require.Empty(t, fake.Calls())
}

// 2: operations do not share keys, also when one is the other's next version.
func TestOperationsWithEqualPayloadsDoNotCollide(t *testing.T) {
	_, store := newStore(t, nil)
	wrap := func(operation string) func(context.Context, charge) (string, error) {
		return idempotency.Wrap(store, operation, byCustomer,
			func(context.Context, charge) (string, error) { return operation, nil })
	}
	operations := []string{"charge-card/v1", "send-email/v1", "charge-card/v2", "charge-card/v1#", "charge-card"}
	for range 2 {
		for _, operation := range operations {
			got, err := wrap(operation)(t.Context(), charge{"ada", 1})
			require.NoError(t, err)
			require.Equal(t, operation, got)
		}
	}
}

// 3: an owner whose time is over can neither release nor overwrite what its
// successor holds.
func TestLateFailureDoesNotReleaseTheNewOwner(t *testing.T) {
	for name, end := range map[string]error{"it fails late": errors.New("late"), "it succeeds late": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, store := newStore(t, &idempotency.Options{Timeout: time.Second})
				var runs atomic.Int64
				work := []time.Duration{3 * time.Second, 500 * time.Millisecond}
				pay := idempotency.Wrap(store, "pay/v1", byCustomer, func(context.Context, charge) (int64, error) {
					n := runs.Add(1)
					<-time.After(work[n-1]) // it does not look at its context
					if n == 1 {
						return n, end
					}
					<-time.After(300 * time.Millisecond)
					return n, nil
				})
				a := make(chan error, 1)
				go func() {
					got, err := pay(t.Context(), charge{"ada", 1})
					if end == nil && got != 1 {
						err = errors.New("the effect of the first run is kept from its caller")
					}
					a <- err
				}()
				<-time.After(2500 * time.Millisecond) // the lock of A ended at 1 s
				b := make(chan error, 1)
				go func() { _, err := pay(t.Context(), charge{"ada", 1}); b <- err }()

				err := <-a // at 3 s, while B runs until 3.3 s
				require.ErrorIs(t, err, idempotency.ErrLockLost)
				if end != nil {
					require.ErrorIs(t, err, end)
					require.Equal(t, "late", errorsOf(err)[0].Error(), "the original error comes first")
				}
				_, err = pay(t.Context(), charge{"ada", 1})
				var busy *idempotency.InProgressError
				require.ErrorAs(t, err, &busy, "B still holds the key")
				require.NoError(t, <-b)
				got, err := pay(t.Context(), charge{"ada", 1})
				require.NoError(t, err)
				require.Equal(t, int64(2), got, "the result is B's")
				require.Equal(t, int64(2), runs.Load())
			})
		})
	}
}

// The same by Options.Now alone: the wall clock decides whose the key is.
func TestLateOwnerByTheWallClock(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	_, store := newStore(t, &idempotency.Options{Timeout: time.Minute, Now: func() time.Time { return now }})
	var pay func(context.Context, charge) (int64, error)
	runs := int64(0)
	pay = idempotency.Wrap(store, "pay/v1", byCustomer, func(ctx context.Context, c charge) (int64, error) {
		runs++
		if runs > 1 {
			return runs, nil
		}
		_, err := pay(ctx, c)
		var busy *idempotency.InProgressError
		require.ErrorAs(t, err, &busy)
		now = now.Add(time.Minute) // the lock's last moment is over
		got, err := pay(context.WithoutCancel(ctx), c)
		require.NoError(t, err)
		require.Equal(t, int64(2), got)
		return 1, errors.New("late")
	})
	_, err := pay(t.Context(), charge{"ada", 1})
	require.ErrorIs(t, err, idempotency.ErrLockLost)
	got, err := pay(t.Context(), charge{"ada", 1})
	require.NoError(t, err)
	require.Equal(t, int64(2), got)
	require.Equal(t, int64(2), runs)
}

func errorsOf(err error) []error { return err.(interface{ Unwrap() []error }).Unwrap() }

// 4: the key is made once, before the operation can change what it is made of.
func TestOperationMayChangeItsInput(t *testing.T) {
	_, store := newStore(t, nil)
	var runs, keys int
	pay := idempotency.Wrap(store, "pay/v1",
		func(c *charge) idempotency.Key { keys++; return idempotency.Key{c.Customer, c} },
		func(_ context.Context, c *charge) (int, error) {
			runs++
			c.Customer, c.Amount = "changed", 0
			return runs, nil
		})
	for range 3 {
		got, err := pay(t.Context(), &charge{"ada", 1})
		require.NoError(t, err)
		require.Equal(t, 1, got)
	}
	require.Equal(t, 1, runs)
	require.Equal(t, 3, keys, "once per call")
}

// 5: an expiry that is shorter than the run would let a second one in.
func TestExpiryShorterThanTheRunIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		short := &idempotency.Options{Expiry: time.Second, Timeout: 2 * time.Second}
		_, err := idempotency.New(newFake().Client(), table, short)
		require.ErrorIs(t, err, idempotency.ErrExpiry)
		_, err = idempotency.New(newFake().Client(), table, &idempotency.Options{Expiry: time.Second})
		require.NoError(t, err, "a run may take as long as the result is kept unless told otherwise")

		fake, store := newStore(t, &idempotency.Options{Expiry: 2 * time.Second, Timeout: time.Second})
		require.Panics(t, func() {
			idempotency.Wrap(store, "pay/v1", byCustomer, counted(new(atomic.Int64)), idempotency.Timeout(3*time.Second))
		})
		var runs atomic.Int64
		pay := idempotency.Wrap(store, "pay/v1", byCustomer, counted(&runs))
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err = pay(ctx, charge{"ada", 1})
		require.ErrorIs(t, err, idempotency.ErrExpiry)
		require.Zero(t, runs.Load())
		require.Empty(t, fake.Calls())

		// Even a run that overstays is alone until its lock ends, and its result is
		// kept for the whole expiry, counted from its end.
		slow := idempotency.Wrap(store, "slow/v1", byCustomer, func(context.Context, charge) (int64, error) {
			<-time.After(990 * time.Millisecond)
			return runs.Add(1), nil
		})
		for range 2 {
			got, err := slow(t.Context(), charge{"ada", 1})
			require.NoError(t, err)
			require.Equal(t, int64(1), got)
			<-time.After(1990 * time.Millisecond)
		}
	})
}

// 6: when the outcome cannot be stored, the effect is not repeated.
func TestFailureToSaveDoesNotRunTheOperationAgain(t *testing.T) {
	down := dynamotest.Fault{Times: 1000, Error: &dynamotest.Error{Code: "InternalServerError", Status: 500}}
	setup := func(t *testing.T) (*dynamotest.Fake, *idempotency.Store, *atomic.Int64, func(context.Context, charge) (string, error)) {
		fake, store := newStore(t, &idempotency.Options{Timeout: time.Minute})
		runs := new(atomic.Int64)
		return fake, store, runs, idempotency.Wrap(store, "pay/v1", byCustomer,
			func(context.Context, charge) (string, error) {
				runs.Add(1)
				fake.Inject("PutItem", down)
				return "receipt", nil
			})
	}
	t.Run("the table comes back in time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			fake, _, runs, pay := setup(t)
			time.AfterFunc(3*time.Second, fake.ClearFaults)
			for range 2 {
				got, err := pay(t.Context(), charge{"ada", 1})
				require.NoError(t, err)
				require.Equal(t, "receipt", got)
			}
			require.Equal(t, int64(1), runs.Load())
		})
	})
	t.Run("it comes back later", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			fake, _, runs, pay := setup(t)
			got, err := pay(t.Context(), charge{"ada", 1})
			var unsaved *idempotency.UnsavedError
			require.ErrorAs(t, err, &unsaved)
			require.Equal(t, "receipt", got, "the caller has the result")

			got, err = pay(t.Context(), charge{"ada", 1})
			require.NoError(t, err, "this process remembers it")
			require.Equal(t, "receipt", got)

			fake.ClearFaults()
			_, err = storeCall(t, fake)(t.Context(), charge{"ada", 1})
			var busy *idempotency.InProgressError
			require.ErrorAs(t, err, &busy, "another process waits for the lock's end")
			<-time.After(2 * time.Minute)
			_, err = pay(t.Context(), charge{"ada", 1}) // stores it after all
			require.NoError(t, err)
			got, err = storeCall(t, fake)(t.Context(), charge{"ada", 1})
			require.NoError(t, err)
			require.Equal(t, "receipt", got)
			require.Equal(t, int64(1), runs.Load())
		})
	})
	t.Run("DynamoDB does not take the result", func(t *testing.T) {
		fake, store := newStore(t, nil)
		var runs atomic.Int64
		refuse := dynamotest.Fault{Error: &dynamotest.Error{Code: "ValidationException", Message: "no"}}
		pay := idempotency.Wrap(store, "pay/v1", byCustomer, func(context.Context, charge) (string, error) {
			runs.Add(1)
			fake.Inject("PutItem", refuse)
			return "receipt", nil
		})
		got, err := pay(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		require.Equal(t, "receipt", got)
		_, err = pay(t.Context(), charge{"ada", 1})
		require.ErrorIs(t, err, idempotency.ErrNoResult)
		require.Equal(t, int64(1), runs.Load())
	})
}

// storeCall returns the operation of the test above in another process, where it
// fails the test when it runs.
func storeCall(t *testing.T, fake *dynamotest.Fake) func(context.Context, charge) (string, error) {
	return idempotency.Wrap(storeOn(t, fake, nil), "pay/v1", byCustomer,
		func(context.Context, charge) (string, error) {
			t.Error("the effect is repeated")
			return "", nil
		})
}

// 7: zero values come back as what they were.
func TestZeroValuesReplayExactly(t *testing.T) {
	replays(t, 0)
	replays(t, false)
	replays(t, "")
	replays(t, []int(nil))
	replays(t, []int{})
	replays(t, []byte(nil))
	replays(t, []byte{})
	replays(t, map[string]int(nil))
	replays(t, map[string]int{})
	replays(t, (*charge)(nil))
	replays(t, charge{})
	replays(t, struct{}{})
	replays(t, struct{ A, B []string }{nil, []string{}})
	replays[any](t, nil)
	replays[any](t, 0)
	replays[any](t, "")
	replays[any](t, false)
	replays[any](t, 1<<62+1)
	replays[any](t, []byte{1})
	replays[any](t, map[string]any{"a": 1.5, "b": []any{nil, true}})
	replays[error](t, nil)
	replays(t, json.RawMessage(nil))
	replays(t, json.RawMessage("null"))
	replays(t, json.RawMessage(`{ "html": "<b>", "lost": "\ufffd" }`))
	replays(t, struct{ A json.RawMessage }{json.RawMessage(`"\ufffd"`)})
	replays(t, "\ufffd")
	replays(t, `\ufffd`)
	replays[any](t, `\ufffd`)
}

func replays[Out any](t *testing.T, out Out) {
	t.Helper()
	_, store := newStore(t, nil)
	runs := 0
	op := idempotency.Wrap(store, "op/v1", func(s string) idempotency.Key { return idempotency.Key{s} },
		func(context.Context, string) (Out, error) { runs++; return out, nil })
	for range 2 {
		got, err := op(t.Context(), "k")
		require.NoError(t, err)
		require.Equal(t, out, got)
	}
	require.Equal(t, 1, runs)
}

// 8: the order in which an object's members come does not matter, whatever their
// case.
func TestMembersInAnyOrderMakeTheSameKey(t *testing.T) {
	_, store := newStore(t, nil)
	id := func(parts ...any) string {
		id, err := store.ID("op/v1", parts)
		require.NoError(t, err)
		return id
	}
	want := id(json.RawMessage(`{"a":1,"A":2,"b":{"x":[1,{"d":0,"D":1}],"X":null}}`))
	require.Equal(t, want, id(json.RawMessage(`{ "b": {"X":null,"x":[1.0,{"D":1,"d":0}]}, "A":2e0, "a":1 }`)))
	require.Equal(t, want, id(map[string]any{
		"A": 2, "a": uint8(1), "b": map[string]any{"X": nil, "x": []any{1, map[string]int{"D": 1, "d": 0}}},
	}))
	require.NotEqual(t, want, id(json.RawMessage(`{"A":1,"a":2,"b":{"x":[1,{"d":0,"D":1}],"X":null}}`)))
}

// 9: a record that is kept in memory keeps the hash of its payload.
func TestLocalRecordsAreValidatedToo(t *testing.T) {
	fake, store := newStore(t, &idempotency.Options{Local: 10})
	var runs atomic.Int64
	pay := idempotency.Wrap(store, "pay/v1", byCustomer, counted(&runs),
		idempotency.Payload(func(c charge) any { return c.Amount }))
	for range 3 {
		got, err := pay(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		require.Equal(t, int64(1), got)
		_, err = pay(t.Context(), charge{"ada", 2})
		require.ErrorIs(t, err, idempotency.ErrPayloadMismatch)
	}
	require.Equal(t, []string{"PutItem", "PutItem"}, written(fake), "everything after the first run is local")
}
