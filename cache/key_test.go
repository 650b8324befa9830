package cache_test

import (
	"context"
	"math"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
)

// A key that equals nothing, not even itself, cannot be found or removed. It must
// not fill the memory.
func TestKeysThatEqualNothingAreNotKept(t *testing.T) {
	for _, o := range []cache.Options[float64, int]{{}, {Policy: cache.S3FIFO}, {Policy: cache.S3FIFO, ParallelReads: true}} {
		o.Capacity = 10
		o.Load = func(context.Context, float64) (int, error) { return 7, nil }
		c := cache.New(&o)
		for range 100 {
			c.Set(math.NaN(), 1)
			v, err := c.Get(t.Context(), math.NaN())
			require.NoError(t, err)
			require.Equal(t, 7, v)
		}
		require.NoError(t, c.Wait(t.Context()))
		require.Zero(t, c.Len())
		require.EqualValues(t, 100, c.Stats().Loads)
	}
}

// What panics on the caller's goroutine, a key that cannot be compared or a clock,
// leaves the cache as it was.
func TestPanicOfACallerWedgesNothing(t *testing.T) {
	for _, o := range []cache.Options[any, int]{{}, {Policy: cache.S3FIFO}, {Policy: cache.S3FIFO, ParallelReads: true}} {
		var broken atomic.Bool
		o.Clock = clockFunc(func() cache.Reading {
			if broken.Load() {
				panic("broken clock")
			}
			return cache.Reading{Wall: 1, Mono: 1}
		})
		o.Load = func(context.Context, any) (int, error) { return 7, nil }
		c := cache.New(&o)
		c.Set("k", 1)
		uses := map[string]func(key any){
			"Lookup":  func(key any) { c.Lookup(key) },
			"Get":     func(key any) { _, _ = c.Get(t.Context(), key) },
			"GetMany": func(key any) { _, _ = c.GetMany(t.Context(), []any{key}) },
			"Refresh": func(key any) { _, _ = c.Refresh(t.Context(), key) },
			"Set":     func(key any) { c.Set(key, 1) },
			"Delete":  func(key any) { c.Delete(key) },
		}
		for name, use := range uses {
			require.Panics(t, func() { use([]int{1}) }, name)
			broken.Store(true)
			require.Panics(t, func() { use("k") }, name)
			broken.Store(false)
		}
		v, err := c.Get(t.Context(), "other")
		require.NoError(t, err)
		require.Equal(t, 7, v)
	}
}
