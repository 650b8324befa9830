package idempotency_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/idempotency"
)

var lost = dynamotest.Fault{Cut: dynamotest.CutAfter}

func TestTwoWritesForANewKeyAndOneForARepeat(t *testing.T) {
	fake, store := newStore(t, nil)
	pay := idempotency.Wrap(store, "pay/v1", byCustomer, counted(new(atomic.Int64)))
	_, err := pay(t.Context(), charge{"ada", 1})
	require.NoError(t, err)
	require.Equal(t, []string{"PutItem", "PutItem"}, written(fake))

	fake.ResetCalls()
	got, err := pay(t.Context(), charge{"ada", 1})
	require.NoError(t, err)
	require.Equal(t, int64(1), got)
	require.Equal(t, []string{"PutItem"}, written(fake))
	require.Equal(t, "ConditionalCheckFailedException", fake.Calls()[0].Err.Code)
}

func TestFailureReleasesTheKey(t *testing.T) {
	fake, store := newStore(t, nil)
	declined := errors.New("declined")
	runs := 0
	pay := idempotency.Wrap(store, "pay/v1", byCustomer, func(context.Context, charge) (int, error) {
		if runs++; runs == 1 {
			return 7, declined
		}
		return runs, nil
	})
	got, err := pay(t.Context(), charge{"ada", 1})
	require.Same(t, declined, err, "as it is")
	require.Equal(t, 7, got)
	require.Equal(t, []string{"PutItem", "DeleteItem"}, written(fake))
	got, err = pay(t.Context(), charge{"ada", 1})
	require.NoError(t, err)
	require.Equal(t, 2, got)
}

func TestFailureToReleaseIsReportedAfterTheError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newStore(t, nil)
		declined := errors.New("declined")
		fake.Inject("DeleteItem", dynamotest.Fault{Times: 100, Error: &dynamotest.Error{Code: "InternalServerError", Status: 500}})
		pay := idempotency.Wrap(store, "pay/v1", byCustomer, func(context.Context, charge) (int, error) { return 0, declined })
		_, err := pay(t.Context(), charge{"ada", 1})
		both := errorsOf(err)
		require.Len(t, both, 2)
		require.Same(t, declined, both[0])
		require.ErrorContains(t, both[1], "the key could not be released")
	})
}

func TestRememberedErrorsAreReplayed(t *testing.T) {
	fake, store := newStore(t, nil)
	declined := errors.New("card declined")
	runs := 0
	pay := idempotency.Wrap(store, "pay/v1", byCustomer, func(context.Context, charge) (int, error) {
		runs++
		return 0, fmt.Errorf("charge ada: %w", idempotency.Remember(declined))
	})
	_, err := pay(t.Context(), charge{"ada", 1})
	require.ErrorIs(t, err, declined)
	require.EqualError(t, err, "charge ada: card declined")
	for _, again := range []func(context.Context, charge) (int, error){pay, idempotency.Wrap(storeOn(t, fake, nil), "pay/v1", byCustomer, fail(t))} {
		_, err = again(t.Context(), charge{"ada", 1})
		var remembered *idempotency.RememberedError
		require.ErrorAs(t, err, &remembered)
		require.Equal(t, "charge ada: card declined", remembered.Message)
		require.EqualError(t, err, remembered.Message)
	}
	require.Equal(t, 1, runs)
	require.NoError(t, idempotency.Remember(nil))
}

// fail returns an operation that must not run.
func fail(t *testing.T) func(context.Context, charge) (int, error) {
	return func(context.Context, charge) (int, error) {
		t.Error("the operation runs again")
		return 0, nil
	}
}

func TestPanicReleasesTheKeyAndGoesOn(t *testing.T) {
	fake, store := newStore(t, nil)
	runs := 0
	pay := idempotency.Wrap(store, "pay/v1", byCustomer, func(context.Context, charge) (int, error) {
		if runs++; runs == 1 {
			panic("boom")
		}
		return runs, nil
	})
	require.PanicsWithValue(t, "boom", func() { _, _ = pay(t.Context(), charge{"ada", 1}) })
	require.Equal(t, []string{"PutItem", "DeleteItem"}, written(fake))

	got, err := pay(t.Context(), charge{"ada", 1})
	require.NoError(t, err)
	require.Equal(t, 2, got)

	exit := idempotency.Wrap(store, "exit/v1", byCustomer, func(context.Context, charge) (int, error) {
		runtime.Goexit()
		return 0, nil
	})
	var group sync.WaitGroup
	group.Go(func() { _, _ = exit(t.Context(), charge{"ada", 1}) })
	group.Wait()
	require.Len(t, fake.Calls("DeleteItem"), 2)
}

func TestSecondCallerIsToldWhenToRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, store := newStore(t, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		pay := idempotency.Wrap(store, "pay/v1", byCustomer, func(context.Context, charge) (int, error) {
			<-time.After(8 * time.Second)
			return 1, nil
		})
		go func() { _, _ = pay(ctx, charge{"ada", 1}) }()
		for _, c := range []struct{ after, want time.Duration }{
			{100 * time.Millisecond, time.Second}, // at least
			{3 * time.Second, 3 * time.Second},    // as long as it has been running
			{7 * time.Second, 3 * time.Second},    // no longer than the lock
		} {
			<-time.After(time.Until(start.Add(c.after)))
			_, err := pay(t.Context(), charge{"ada", 1})
			var busy *idempotency.InProgressError
			require.ErrorAs(t, err, &busy)
			require.Equal(t, c.want, busy.RetryAfter)
			require.True(t, busy.Until.Equal(start.Add(10*time.Second)), "the context's deadline")
			require.Equal(t, "pay/v1", busy.Operation)
		}
		<-time.After(2 * time.Second)
		got, err := pay(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		require.Equal(t, 1, got)
	})
}

func TestWaitingCallersGetTheResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newStore(t, &idempotency.Options{Wait: true})
		var runs atomic.Int64
		pay := idempotency.Wrap(store, "pay/v1", byCustomer, func(ctx context.Context, c charge) (int64, error) {
			<-time.After(5 * time.Second)
			return counted(&runs)(ctx, c)
		})
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				got, err := pay(t.Context(), charge{"ada", 1})
				require.NoError(t, err)
				require.Equal(t, int64(1), got)
			})
		}
		group.Wait()
		require.Len(t, fake.Calls("PutItem"), 6, "one each, and one to complete")
		require.NotEmpty(t, fake.Calls("GetItem"), "waiting only reads")

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go func() { _, _ = pay(t.Context(), charge{"eve", 1}) }()
		<-time.After(time.Millisecond)
		_, err := pay(ctx, charge{"eve", 1})
		var busy *idempotency.InProgressError
		require.ErrorAs(t, err, &busy)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		<-time.After(10 * time.Second)
	})
}

func TestWaitingCallerRunsAfterAFailureOrACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newStore(t, &idempotency.Options{Timeout: 5 * time.Second})
		crashed := idempotency.Wrap(store, "pay/v1", byCustomer, func(context.Context, charge) (int, error) {
			<-time.After(time.Hour)
			return 1, nil
		})
		go func() { _, _ = crashed(t.Context(), charge{"ada", 1}) }()
		<-time.After(time.Millisecond)
		start := time.Now()
		pay := idempotency.Wrap(storeOn(t, fake, nil), "pay/v1", byCustomer,
			func(context.Context, charge) (int, error) { return 2, nil }, idempotency.Wait())
		got, err := pay(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		require.Equal(t, 2, got)
		require.WithinDuration(t, start.Add(5*time.Second), time.Now(), 1500*time.Millisecond)
		<-time.After(time.Hour)
	})
}

func TestLostAnswersAreRecognised(t *testing.T) {
	for name, faults := range map[string]func(*dynamotest.Fake){
		"acquire":          func(f *dynamotest.Fake) { f.Inject("PutItem", lost) },
		"complete":         func(f *dynamotest.Fake) { f.Inject("PutItem", dynamotest.Fault{Delay: 1}); f.Inject("PutItem", lost) },
		"both, repeatedly": func(f *dynamotest.Fake) { f.Inject("PutItem", dynamotest.Fault{Times: 2, Cut: dynamotest.CutAfter}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, store := newStore(t, nil)
				var runs atomic.Int64
				pay := idempotency.Wrap(store, "pay/v1", byCustomer, counted(&runs))
				faults(fake)
				for range 2 {
					got, err := pay(t.Context(), charge{"ada", 1})
					require.NoError(t, err)
					require.Equal(t, int64(1), got)
				}
				require.Equal(t, int64(1), runs.Load())
			})
		})
	}
	t.Run("release", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			fake, store := newStore(t, nil)
			fake.Inject("DeleteItem", lost)
			declined := errors.New("declined")
			pay := idempotency.Wrap(store, "pay/v1", byCustomer, func(context.Context, charge) (int, error) { return 0, declined })
			_, err := pay(t.Context(), charge{"ada", 1})
			require.Same(t, declined, err)
		})
	})
}

// When all answers to the acquiring write are lost, the caller has failed, and
// must not leave a lock behind that nobody holds.
func TestUnansweredLockIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newStore(t, nil)
		pay := idempotency.Wrap(store, "pay/v1", byCustomer, counted(new(atomic.Int64)))
		fake.Inject("PutItem", dynamotest.Fault{Times: 3, Cut: dynamotest.CutAfter})
		_, err := pay(t.Context(), charge{"ada", 1})
		require.Error(t, err)
		got, err := pay(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		require.Equal(t, int64(1), got, "at once")
	})
}

func TestHoldKeepsTheKeyAfterATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen observed
		fake, store := newStore(t, &idempotency.Options{Timeout: time.Second, Hold: time.Minute, Observe: seen.observe})
		start := time.Now()
		slow := idempotency.Wrap(store, "pay/v1", byCustomer, func(ctx context.Context, _ charge) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		_, err := slow(t.Context(), charge{"ada", 1})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.WithinDuration(t, start.Add(time.Second), time.Now(), 200*time.Millisecond)
		require.True(t, time.Now().Before(start.Add(time.Second)), "there is time to store the outcome")
		require.Empty(t, fake.Calls("DeleteItem"))

		pay := idempotency.Wrap(store, "pay/v1", byCustomer, counted(new(atomic.Int64)))
		_, err = pay(t.Context(), charge{"ada", 1})
		var busy *idempotency.InProgressError
		require.ErrorAs(t, err, &busy)
		require.True(t, busy.Until.Equal(start.Add(61*time.Second)))
		<-time.After(time.Until(start.Add(61 * time.Second)))
		_, err = pay(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		require.Equal(t, []idempotency.Outcome{idempotency.Held, idempotency.InProgress, idempotency.Executed}, seen.outcomes())
	})
}

// A panic after the deadline says no more about the effect than an error does.
func TestHoldKeepsTheKeyAfterALatePanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen observed
		fake, store := newStore(t, &idempotency.Options{Timeout: time.Second, Hold: time.Minute, Observe: seen.observe})
		for _, late := range []bool{true, false} {
			pay := idempotency.Wrap(store, "pay/v1", byCustomer, func(ctx context.Context, _ charge) (int, error) {
				if late {
					<-ctx.Done()
				}
				panic("boom")
			})
			require.PanicsWithValue(t, "boom", func() { _, _ = pay(t.Context(), charge{fmt.Sprint(late), 1}) })
		}
		require.Equal(t, []idempotency.Outcome{idempotency.Held, idempotency.Released}, seen.outcomes())
		require.Len(t, fake.Calls("DeleteItem"), 1)
	})
}

func TestWithoutHoldATimeoutReleasesTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newStore(t, &idempotency.Options{Timeout: time.Second})
		slow := idempotency.Wrap(store, "pay/v1", byCustomer, func(ctx context.Context, _ charge) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		_, err := slow(t.Context(), charge{"ada", 1})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, fake.Calls("DeleteItem"), 1)
	})
}

func TestKeyIsFreeAtTheDeadlineOfACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newStore(t, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		deadline := time.Now().Add(1500 * time.Millisecond)
		crashed := idempotency.Wrap(store, "pay/v1", byCustomer, func(context.Context, charge) (int, error) {
			<-time.After(time.Hour)
			return 1, nil
		})
		go func() { _, _ = crashed(ctx, charge{"ada", 1}) }()
		<-time.After(time.Until(deadline.Add(-time.Millisecond)))
		pay := idempotency.Wrap(storeOn(t, fake, nil), "pay/v1", byCustomer, counted(new(atomic.Int64)))
		_, err := pay(t.Context(), charge{"ada", 1})
		var busy *idempotency.InProgressError
		require.ErrorAs(t, err, &busy)
		require.Equal(t, time.Millisecond, busy.RetryAfter)
		<-time.After(time.Millisecond)
		_, err = pay(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		<-time.After(time.Hour)
	})
}

func TestExpiryIsToTheMillisecondAndNotByTimeToLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newStore(t, &idempotency.Options{Expiry: 1500 * time.Millisecond, Timeout: time.Second})
		var runs atomic.Int64
		pay := idempotency.Wrap(store, "pay/v1", byCustomer, counted(&runs))
		_, err := pay(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		<-time.After(1499 * time.Millisecond)
		got, err := pay(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		require.Equal(t, int64(1), got)
		<-time.After(time.Millisecond)
		got, err = pay(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		require.Equal(t, int64(2), got)
		require.Zero(t, fake.DeleteExpired())
	})
}

func TestPayloadMismatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, store := newStore(t, nil)
		work := func(context.Context, charge) (int, error) { <-time.After(time.Second); return 1, nil }
		amount := idempotency.Payload(func(c charge) any { return c.Amount })
		pay := idempotency.Wrap(store, "pay/v1", byCustomer, work, amount)
		go func() { _, _ = pay(t.Context(), charge{"ada", 1}) }()
		<-time.After(time.Millisecond)
		_, err := pay(t.Context(), charge{"ada", 2})
		require.ErrorIs(t, err, idempotency.ErrPayloadMismatch, "also in progress")
		<-time.After(time.Second)
		_, err = pay(t.Context(), charge{"ada", 2})
		require.ErrorIs(t, err, idempotency.ErrPayloadMismatch)
		_, err = pay(t.Context(), charge{"ada", 1})
		require.NoError(t, err)

		unchecked := idempotency.Wrap(store, "pay/v1", byCustomer, work)
		_, err = unchecked(t.Context(), charge{"ada", 2})
		require.NoError(t, err, "an operation that does not validate takes either")
		require.Panics(t, func() { idempotency.Wrap(store, "pay/v1", func(int) idempotency.Key { return nil }, work2, amount) })
	})
}

func work2(context.Context, int) (int, error) { return 0, nil }

func TestForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newStore(t, &idempotency.Options{Local: 10})
		var runs atomic.Int64
		pay := idempotency.Wrap(store, "pay/v1", byCustomer, func(ctx context.Context, c charge) (int64, error) {
			<-time.After(time.Second)
			return counted(&runs)(ctx, c)
		})
		require.NoError(t, store.Forget(t.Context(), "pay/v1", idempotency.Key{"ada"}), "there is none")
		go func() { _, _ = pay(t.Context(), charge{"ada", 1}) }()
		<-time.After(time.Millisecond)
		var busy *idempotency.InProgressError
		require.ErrorAs(t, store.Forget(t.Context(), "pay/v1", idempotency.Key{"ada"}), &busy)
		<-time.After(time.Second)
		require.NoError(t, store.Forget(t.Context(), "pay/v1", idempotency.Key{"ada"}))
		got, err := pay(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		require.Equal(t, int64(2), got)

		var missing *idempotency.KeyError
		require.ErrorAs(t, store.Forget(t.Context(), "pay/v1", nil), &missing)
		id, err := store.ID("pay/v1", idempotency.Key{"ada"})
		require.NoError(t, err)
		require.Contains(t, fake.Dump(), id)
	})
}

func TestDisabledStoreRunsEverything(t *testing.T) {
	fake, store := newStore(t, &idempotency.Options{Disabled: true})
	pay := idempotency.Wrap(store, "pay/v1", byCustomer, counted(new(atomic.Int64)))
	for want := range 2 {
		got, err := pay(t.Context(), charge{})
		require.NoError(t, err)
		require.Equal(t, int64(want+1), got)
	}
	require.Empty(t, fake.Calls())
}

func TestEndedContextRunsNothing(t *testing.T) {
	fake, store := newStore(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := idempotency.Wrap(store, "pay/v1", byCustomer, fail(t))(ctx, charge{"ada", 1})
	require.Equal(t, context.Canceled, err, "not wrapped")
	require.Empty(t, fake.Calls())
}

// A process is frozen between the answer that gave it the lock and the run.
func TestFrozenOwnerDoesNotRun(t *testing.T) {
	now := time.Now()
	fake := newFake()
	frozen := &slowAPI{API: fake.Client(), after: func() { now = now.Add(2 * time.Minute) }}
	store, err := idempotency.New(frozen, table, &idempotency.Options{Now: func() time.Time { return now }})
	require.NoError(t, err)
	_, err = idempotency.Wrap(store, "pay/v1", byCustomer, fail(t))(t.Context(), charge{"ada", 1})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Len(t, fake.Calls("DeleteItem"), 1)
}

// slowAPI calls a function when a write has been answered.
type slowAPI struct {
	idempotency.API
	after func()
}

func (s *slowAPI) PutItem(ctx context.Context, in *dynamodb.PutItemInput, o ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	defer s.after()
	return s.API.PutItem(ctx, in, o...)
}

func TestForeignItemIsAnError(t *testing.T) {
	_, store := newStore(t, nil)
	fake := newFake()
	other, err := idempotency.New(fake.Client(), table, nil)
	require.NoError(t, err)
	id, err := store.ID("pay/v1", idempotency.Key{"ada"})
	require.NoError(t, err)
	_, err = fake.Client().PutItem(t.Context(), foreign(id))
	require.NoError(t, err)
	_, err = idempotency.Wrap(other, "pay/v1", byCustomer, fail(t))(t.Context(), charge{"ada", 1})
	require.ErrorContains(t, err, "is not a record of this package")
}

func TestOptionsOfNew(t *testing.T) {
	fake := newFake()
	for _, o := range []idempotency.Options{
		{Expiry: -1}, {Timeout: -1}, {Hold: -1}, {Local: -1}, {KeyAttribute: "token"}, {TTLAttribute: "id"},
		{Offload: &idempotency.Offload{}},
	} {
		_, err := idempotency.New(fake.Client(), table, &o)
		require.ErrorContains(t, err, "idempotency: New: Options.")
		require.Panics(t, func() { idempotency.NewMemory(&o) })
	}
	_, err := idempotency.New(nil, table, nil)
	require.Error(t, err)
	_, err = idempotency.New(fake.Client(), "", nil)
	require.Error(t, err)

	require.NoError(t, fake.CreateTable(dynamotest.Table("named", "key")))
	store, err := idempotency.New(fake.Client(), "named", &idempotency.Options{KeyAttribute: "key", TTLAttribute: "ttl"})
	require.NoError(t, err)
	for range 2 {
		got, err := idempotency.Wrap(store, "pay/v1", byCustomer, func(context.Context, charge) (int, error) { return 1, nil })(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		require.Equal(t, 1, got)
	}
}

func TestHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := idempotency.NewMemory(nil)
		type tenant struct{}
		var runs atomic.Int64
		busy := errors.New("again later")
		handle := idempotency.Handler(store, "mail/v1",
			func(ctx context.Context, id string) idempotency.Key { return idempotency.Key{ctx.Value(tenant{}), id} },
			func(context.Context, string) error { runs.Add(1); <-time.After(time.Second); return nil },
			idempotency.RetryWith(func(wait time.Duration, err error) error {
				return fmt.Errorf("%w after %v: %w", busy, wait, err)
			}))
		ctx := context.WithValue(t.Context(), tenant{}, "t-1")
		go func() { _ = handle(ctx, "m-1") }()
		<-time.After(time.Millisecond)
		err := handle(ctx, "m-1")
		require.ErrorIs(t, err, busy)
		wait, ok := idempotency.RetryAfter(err)
		require.True(t, ok)
		require.Equal(t, time.Second, wait)
		<-time.After(time.Second)
		require.NoError(t, handle(ctx, "m-1"))
		require.Equal(t, int64(1), runs.Load())
		require.ErrorIs(t, handle(t.Context(), "m-1"), idempotency.ErrMissingKey)
	})
}
