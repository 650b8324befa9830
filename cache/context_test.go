package cache_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
)

// contextOfALoad returns the context that a load of a cache gets, after the load
// has ended.
func contextOfALoad(t *testing.T, ctx context.Context, during func(context.Context)) context.Context { //nolint:revive // t first
	t.Helper()
	var got context.Context
	c := cache.New(&cache.Options[string, int]{Load: func(ctx context.Context, _ string) (int, error) {
		got = ctx
		during(ctx)
		return 1, nil
	}})
	_, _ = c.Get(ctx, "k") // the caller may be gone
	require.NoError(t, c.Wait(context.Background()))
	require.NotNil(t, got)
	return got
}

type ctxKey struct{}

// The context of a load makes its timer late. Whoever uses it must not notice.
func TestContextOfALoadIsLikeAnyOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		caller, cancel := context.WithCancelCause(context.WithValue(t.Context(), ctxKey{}, "value"))
		after := contextOfALoad(t, caller, func(ctx context.Context) {
			cancel(errDown)
			require.NoError(t, ctx.Err(), "the caller's cancellation is not the load's")
			require.NoError(t, context.Cause(ctx))
			require.Equal(t, "value", ctx.Value(ctxKey{}))
			deadline, ok := ctx.Deadline()
			require.True(t, ok)
			require.Equal(t, cache.DefaultLoadTimeout, time.Until(deadline))

			child, stop := context.WithTimeout(ctx, time.Hour)
			defer stop()
			require.Equal(t, "value", child.Value(ctxKey{}))
			pass(cache.DefaultLoadTimeout - 1)
			require.NoError(t, child.Err())
			require.NoError(t, ctx.Err())
			pass(1)
			<-child.Done()
			require.Equal(t, context.DeadlineExceeded, child.Err())
			require.Equal(t, context.DeadlineExceeded, ctx.Err())
			require.Equal(t, context.DeadlineExceeded, context.Cause(ctx))
		})
		pass(1) // Wait does not wait longer than the load may take
		require.Equal(t, context.DeadlineExceeded, after.Err(), "the first reason stays")
	})
}

func TestContextOfALoadThatOnlyAsksForTheError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		after := contextOfALoad(t, context.Background(), func(ctx context.Context) {
			require.NoError(t, ctx.Err())
		})
		require.Equal(t, context.Canceled, after.Err())
		pass(time.Hour)
		<-after.Done()
		require.Equal(t, context.Canceled, after.Err(), "the first reason stays")

		c := cache.New(&cache.Options[string, int]{Load: func(ctx context.Context, _ string) (int, error) {
			pass(cache.DefaultLoadTimeout)
			return 0, ctx.Err()
		}})
		_, err := c.Get(t.Context(), "k")
		require.ErrorIs(t, err, cache.ErrLoadTimeout)
	})
}

// What a load leaves behind learns that the load is over.
func TestContextOfALoadEndsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		contextOfALoad(t, t.Context(), func(ctx context.Context) {
			go func() {
				<-ctx.Done()
				ended <- ctx.Err()
			}()
			pass(time.Second)
		})
		require.Equal(t, context.Canceled, <-ended)
	})
}

// Contexts that the SDK derives from that of the load cost no goroutine.
func TestContextsOfALoadStartNoGoroutine(t *testing.T) {
	contextOfALoad(t, t.Context(), func(ctx context.Context) {
		before := runtime.NumGoroutine()
		for range 50 {
			_, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
		}
		require.LessOrEqual(t, runtime.NumGoroutine(), before)
	})
}
