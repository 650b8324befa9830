package idempotency_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/idempotency"
)

// Two operations share a store; the option is that of one of them.

func TestExpiryOfOneOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, store := newStore(t, &idempotency.Options{Timeout: time.Second})
		var short, usual atomic.Int64
		pay := idempotency.Wrap(store, "pay/v1", byCustomer, counted(&short), idempotency.Expiry(2*time.Second))
		refund := idempotency.Wrap(store, "refund/v1", byCustomer, counted(&usual))
		for range 2 {
			_, err := pay(t.Context(), charge{"ada", 1})
			require.NoError(t, err)
			_, err = refund(t.Context(), charge{"ada", 1})
			require.NoError(t, err)
			<-time.After(2 * time.Second)
		}
		require.Equal(t, int64(2), short.Load())
		require.Equal(t, int64(1), usual.Load())
	})
}

func TestHoldOfOneOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, store := newStore(t, &idempotency.Options{Timeout: time.Second})
		slow := func(ctx context.Context, _ charge) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		}
		pay := idempotency.Wrap(store, "pay/v1", byCustomer, slow, idempotency.Hold(time.Minute))
		refund := idempotency.Wrap(store, "refund/v1", byCustomer, slow)
		for range 2 {
			_, err := refund(t.Context(), charge{"ada", 1})
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		_, err := pay(t.Context(), charge{"ada", 1})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = pay(t.Context(), charge{"ada", 1})
		var busy *idempotency.InProgressError
		require.ErrorAs(t, err, &busy)
	})
}

func TestRenewalOfOneOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, store := newStore(t, &idempotency.Options{Timeout: time.Second})
		long := func(ctx context.Context, _ charge) (int, error) {
			select {
			case <-time.After(10 * time.Second):
				return 1, nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		report := idempotency.Wrap(store, "report/v1", byCustomer, long, idempotency.Renew())
		pay := idempotency.Wrap(store, "pay/v1", byCustomer, long)
		got, err := report(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		require.Equal(t, 1, got)
		_, err = pay(t.Context(), charge{"ada", 1})
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
