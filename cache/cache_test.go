package cache_test

import (
	"context"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

func TestImpossibleOptionsPanic(t *testing.T) {
	type options = cache.Options[string, int]
	none := func(string, int) int64 { return 0 }
	get := func(context.Context, string) (int, time.Time, error) { return 0, time.Time{}, nil }
	tests := map[string]options{
		"Capacity: cannot be negative, got -1":              {Capacity: -1},
		"MaxBytes: cannot be negative, got -1":              {MaxBytes: -1, Size: none},
		"MaxBytes: needs Size":                              {MaxBytes: 1},
		"Size: needs MaxBytes":                              {Size: none},
		"Policy: must be LRU or S3FIFO, got Policy(7)":      {Policy: 7},
		"ParallelReads: needs Policy S3FIFO":                {ParallelReads: true},
		"TTL: cannot be negative, got -1s":                  {TTL: -time.Second},
		"NegativeTTL: cannot be negative, got -1s":          {NegativeTTL: -time.Second},
		"StaleWhileRevalidate: cannot be negative, got -1s": {StaleWhileRevalidate: -time.Second},
		"StaleIfError: cannot be negative, got -1s":         {StaleIfError: -time.Second},
		"SoftTimeout: cannot be negative, got -1s":          {SoftTimeout: -time.Second},
		"SoftTimeout: needs StaleWhileRevalidate":           {SoftTimeout: time.Second},
		"LoadTimeout: cannot be negative, got -1s":          {LoadTimeout: -time.Second},
		"Jitter: must be below 1, got 1":                    {Jitter: 1},
		"Jitter: must be below 1, got NaN":                  {Jitter: math.NaN()},
		"Store: needs both Get and Put, or neither":         {Store: cache.Store[string, int]{Get: get}},
	}
	for want, o := range tests {
		require.PanicsWithValue(t, "cache: Options."+want, func() { cache.New(&o) })
	}
}

func TestOptionsAreCopied(t *testing.T) {
	o := cache.Options[string, int]{}
	c := cache.New(&o)
	require.Equal(t, cache.Options[string, int]{}.Capacity, o.Capacity, "defaults are not written into the caller's options")
	o.Capacity = 1
	c.Set("a", 1)
	c.Set("b", 2)
	require.Equal(t, 2, c.Len())
}

func TestConstructorStartsNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	caches := make([]*cache.Cache[int, int], 50)
	for i := range caches {
		caches[i] = cache.New[int, int](nil)
		caches[i].Set(i, i)
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before)
}

// The bubble ends only when all goroutines in it have, so a cache that left one
// behind would fail here.
func TestWorksInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := loading("v")
		_, err := c.Get(t.Context(), "k")
		require.NoError(t, err)
		pass(cache.DefaultTTL)
		_, ok := c.Lookup("k")
		require.False(t, ok)
	})
}

func TestOverwriting(t *testing.T) {
	c := cache.New[string, int](nil)
	c.Set("k", 1)
	c.Set("k", 2)
	v, ok := c.Lookup("k")
	require.True(t, ok)
	require.Equal(t, 2, v)
	require.Equal(t, 1, c.Len())
	require.Zero(t, c.Stats().Evictions)
}

func TestLeastRecentlyUsedMakesRoom(t *testing.T) {
	c := cache.New(&cache.Options[string, int]{Capacity: 3})
	for i, k := range []string{"a", "b", "c"} {
		c.Set(k, i)
	}
	c.Lookup("b")
	c.Lookup("a")
	c.Lookup("b")
	c.Set("d", 3) // evicts c
	c.Set("e", 4) // evicts a
	require.ElementsMatch(t, []string{"b", "d", "e"}, keys(c))
	require.Equal(t, uint64(2), c.Stats().Evictions)
}

func keys[K comparable, V any](c *cache.Cache[K, V]) []K {
	return slices.Collect(maps.Keys(maps.Collect(c.All())))
}

// Hits are applied late and in one go; the order must be that of a list which
// is updated on every hit.
func TestOrderIsExactlyLRU(t *testing.T) {
	const capacity, keySpace = 50, 120
	c := cache.New(&cache.Options[int, int]{Capacity: capacity})
	var model []int // least recently used first
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50_000 {
		k := rng.IntN(keySpace)
		i := slices.Index(model, k)
		switch op := rng.IntN(100); {
		case op < 90:
			_, ok := c.Lookup(k)
			require.Equal(t, i >= 0, ok)
			if !ok {
				continue
			}
			model = append(slices.Delete(model, i, i+1), k)
		case op < 98:
			c.Set(k, k)
			if i >= 0 {
				model = slices.Delete(model, i, i+1)
			}
			model = append(model, k)
			model = model[max(0, len(model)-capacity):]
		default:
			c.Delete(k)
			if i >= 0 {
				model = slices.Delete(model, i, i+1)
			}
		}
	}
	require.ElementsMatch(t, model, keys(c))
}

func TestExpiredEntriesAreNotCounted(t *testing.T) {
	clock := cachetest.NewClock()
	c := cache.New(&cache.Options[string, int]{TTL: ttl, Jitter: exact, Clock: clock})
	c.Set("a", 1)
	clock.Advance(ttl / 2)
	c.Set("b", 2)
	clock.Advance(ttl / 2)
	require.Equal(t, 1, c.Len())
	require.Equal(t, []string{"b"}, keys(c))
	_, ok := c.Lookup("a")
	require.False(t, ok)
	require.Equal(t, cache.Stats{Misses: 1, Expirations: 1}, c.Stats(), "removed when it was come across")
}

// After a freeze everything has expired. Stores clear it away, two entries
// each, so that memory does not wait for a janitor.
func TestStoresSweepExpiredEntries(t *testing.T) {
	clock := cachetest.NewClock()
	c := cache.New(&cache.Options[int, int]{TTL: ttl, Jitter: exact, Clock: clock})
	for k := range 1000 {
		c.Set(k, k)
	}
	clock.Freeze(time.Hour)
	for k := range 500 {
		c.Set(-k, k)
	}
	stats := c.Stats()
	require.Equal(t, uint64(1000), stats.Expirations)
	require.Zero(t, stats.Evictions)
	require.Equal(t, 500, c.Len())
}

func TestClear(t *testing.T) {
	c := cache.New[string, int](nil)
	c.Set("k", 1)
	c.Clear()
	require.Zero(t, c.Len())
	_, ok := c.Lookup("k")
	require.False(t, ok)
	c.Set("k", 2)
	require.Equal(t, 1, c.Len())
}

func TestLoopOverAllMayUseTheCache(t *testing.T) {
	c := cache.New[string, int](nil)
	c.Set("a", 1)
	c.Set("b", 2)
	for k := range c.All() {
		c.Delete(k)
	}
	require.Zero(t, c.Len())
	for range c.All() {
		t.Fatal("nothing left")
	}
}

func TestHitDoesNotAllocate(t *testing.T) {
	c, _ := loading("v")
	c.Set("k", "v")
	require.Zero(t, testing.AllocsPerRun(2000, func() {
		if _, err := c.Get(t.Context(), "k"); err != nil {
			t.Error(err)
		}
	}))
}

func TestHitRate(t *testing.T) {
	require.Zero(t, cache.Stats{}.HitRate())
	require.InDelta(t, 0.75, cache.Stats{Hits: 3, Misses: 1}.HitRate(), 1e-9)
}

func TestExpectedHitRateIsAShare(t *testing.T) {
	for _, reads := range []float64{math.NaN(), math.Inf(-1), -1, 0, math.SmallestNonzeroFloat64, 1, math.MaxFloat64, math.Inf(1)} {
		for _, ttl := range []time.Duration{math.MinInt64, -1, 0, 1, time.Second, math.MaxInt64} {
			rate := cache.ExpectedHitRate(reads, ttl)
			require.GreaterOrEqual(t, rate, 0.0, "%v reads, %v", reads, ttl)
			require.LessOrEqual(t, rate, 1.0, "%v reads, %v", reads, ttl)
		}
	}
	require.Equal(t, 1.0, cache.ExpectedHitRate(math.Inf(1), 1)) //nolint:testifylint // it is exact
}

func TestExpectedHitRate(t *testing.T) {
	require.InDelta(t, 0.85, cache.ExpectedHitRate(5.67/300, ttl), 0.001)
	require.Zero(t, cache.ExpectedHitRate(0, ttl))
	require.Zero(t, cache.ExpectedHitRate(1, 0))
}
