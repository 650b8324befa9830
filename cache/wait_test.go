package cache_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

type handlerFunc func(ctx context.Context, payload []byte) ([]byte, error)

func (f handlerFunc) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return f(ctx, payload)
}

// The refresh overlaps the rest of the handler and is over when it has
// answered.
func TestWrapWaitsForRefreshes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := staling(t, cache.Options[string, string]{StaleWhileRevalidate: time.Minute})
		pass(ttl)
		release := origin.Hold()
		time.AfterFunc(3*time.Second, release)
		h := cache.Wrap(handlerFunc(func(ctx context.Context, payload []byte) ([]byte, error) {
			v, err := c.Get(ctx, "k")
			pass(2 * time.Second)
			return append(payload, v...), err
		}), c)
		began := time.Now()
		response, err := h.Invoke(t.Context(), []byte("got "))
		require.NoError(t, err)
		require.Equal(t, "got old", string(response))
		require.Equal(t, 3*time.Second, time.Since(began))
		v, ok := c.Lookup("k")
		require.True(t, ok)
		require.Equal(t, "new", v)
	})
}

func TestWrapWaitsNoLongerThanTheInvocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := staling(t, cache.Options[string, string]{StaleWhileRevalidate: time.Minute})
		pass(ttl)
		release := origin.Hold()
		h := cache.Wrap(handlerFunc(func(ctx context.Context, _ []byte) ([]byte, error) {
			_, err := c.Get(ctx, "k")
			return nil, err
		}), c)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := h.Invoke(ctx, nil)
		require.NoError(t, err, "the response matters, not the refresh")
		require.Equal(t, time.Second, time.Since(began))
		release()
	})
}

func TestPinnedClockStandsStillDuringAnInvocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hand := cachetest.NewClock()
		clock := cache.NewPinnedClock(hand, time.Minute)
		require.Equal(t, hand.Now(), clock.Now())
		h := clock.Wrap(handlerFunc(func(context.Context, []byte) ([]byte, error) {
			pinned := clock.Now()
			hand.Advance(time.Second)
			require.Equal(t, pinned, clock.Now())
			require.NotEqual(t, hand.Now(), clock.Now())
			return nil, nil
		}))
		for range 2 {
			_, err := h.Invoke(t.Context(), nil)
			require.NoError(t, err)
			require.Equal(t, hand.Now(), clock.Now(), "released")
			hand.Freeze(time.Hour)
			require.Equal(t, hand.Now(), clock.Now(), "a freeze is noticed")
		}
	})
}

func TestPinnedClockIsReadAgainAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hand := cachetest.NewClock()
		clock := cache.NewPinnedClock(hand, 0)
		defer clock.Pin()()
		for range 900 { // a fifteen minute batch
			first := clock.Now()
			hand.Advance(time.Second)
			pass(cache.DefaultPin - 1)
			require.Equal(t, first, clock.Now())
			pass(1)
			synctest.Wait()
			require.Equal(t, hand.Now(), clock.Now())
		}
	})
}

func TestOverlappingInvocationsPinAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hand := cachetest.NewClock()
		clock := cache.NewPinnedClock(hand, time.Hour)
		release1 := clock.Pin()
		hand.Advance(time.Second)
		release2 := clock.Pin()
		require.Equal(t, hand.Now(), clock.Now(), "read anew")
		release1()
		release1()
		hand.Advance(time.Second)
		require.NotEqual(t, hand.Now(), clock.Now(), "still held")
		release2()
		require.Equal(t, hand.Now(), clock.Now())
	})
}

func TestPinnedClockOfTheSystem(t *testing.T) {
	require.Panics(t, func() { cache.NewPinnedClock(nil, -1) })
	c := cache.New(&cache.Options[string, int]{Clock: cache.NewPinnedClock(nil, 0)})
	c.Set("k", 1)
	_, ok := c.Lookup("k")
	require.True(t, ok)
}
