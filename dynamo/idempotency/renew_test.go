package idempotency_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/idempotency"
)

func TestRenewalKeepsTheLockOfALongRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newStore(t, &idempotency.Options{Timeout: 3 * time.Second, Renew: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		long := idempotency.Wrap(store, "long/v1", byCustomer, func(ctx context.Context, _ charge) (int, error) {
			fake.Inject("PutItem", lost)
			select {
			case <-time.After(time.Minute):
				return 1, nil
			case <-ctx.Done():
				return 0, context.Cause(ctx)
			}
		})
		done := make(chan error, 1)
		go func() { _, err := long(ctx, charge{"ada", 1}); done <- err }()
		other := idempotency.Wrap(storeOn(t, fake, nil), "long/v1", byCustomer, fail(t))
		for range 59 {
			<-time.After(time.Second)
			_, err := other(t.Context(), charge{"ada", 1})
			var busy *idempotency.InProgressError
			require.ErrorAs(t, err, &busy)
			require.LessOrEqual(t, time.Until(busy.Until), 3*time.Second, "a crash would block for no longer")
		}
		require.NoError(t, <-done)
		got, err := other(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		require.Equal(t, 1, got)
	}) // which fails when a goroutine is left
}

func TestRunEndsWhenItsRenewedLockIsLost(t *testing.T) {
	for name, lose := range map[string]func(*dynamotest.Fake, *idempotency.Store){
		"the table cannot be reached": func(f *dynamotest.Fake, _ *idempotency.Store) {
			f.Inject("PutItem", dynamotest.Fault{Times: 1000, Error: &dynamotest.Error{Code: "InternalServerError", Status: 500}})
		},
		"somebody has removed the lock": func(f *dynamotest.Fake, s *idempotency.Store) {
			id, _ := s.ID("long/v1", idempotency.Key{"ada"})
			_, _ = f.Client().DeleteItem(context.Background(), deletion(id))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, store := newStore(t, &idempotency.Options{Timeout: 3 * time.Second, Renew: true})
				start := time.Now()
				long := idempotency.Wrap(store, "long/v1", byCustomer, func(ctx context.Context, _ charge) (int, error) {
					lose(fake, store)
					<-ctx.Done()
					return 0, context.Cause(ctx)
				})
				_, err := long(t.Context(), charge{"ada", 1})
				require.ErrorIs(t, err, idempotency.ErrLockLost)
				require.LessOrEqual(t, time.Since(start), 4*time.Second)
			})
		})
	}
}

func TestPanicEndsTheRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := idempotency.NewMemory(&idempotency.Options{Renew: true})
		long := idempotency.Wrap(store, "long/v1", byCustomer, func(context.Context, charge) (int, error) { panic("boom") })
		require.Panics(t, func() { _, _ = long(t.Context(), charge{"ada", 1}) })
	})
}
