package cache_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

// Overlapping invocations do everything at once, while time passes and the
// environment is frozen now and then. Under -race this finds what is not
// guarded; in any case each value must be that of its key, no load may be lost,
// and the counters must add up.
func TestOverlappingInvocations(t *testing.T) {
	forEachArrangement(t, func(t *testing.T, o cache.Options[int, int]) {
		const invocations, rounds, keySpace = 8, 600, 30
		values := map[int]int{}
		for k := range keySpace {
			values[k] = k
		}
		clock := cachetest.NewClock()
		origin := cachetest.NewLoader(values)
		o.Capacity, o.TTL, o.Clock, o.Load, o.LoadMany = 20, ttl, clock, origin.Load, origin.LoadMany
		o.StaleWhileRevalidate, o.StaleIfError = time.Minute, time.Minute
		o.OnEvict = func(key, value int, _ cache.Cause) { require.Equal(t, key, value) }
		c := cache.New(&o)

		var group sync.WaitGroup
		var reads [invocations]uint64
		for i := range invocations {
			group.Go(func() {
				rng := rand.New(rand.NewPCG(uint64(i), 0))
				for range rounds {
					reads[i] += invoke(t, c, clock, rng, rng.IntN(keySpace))
				}
			})
		}
		group.Wait()
		require.NoError(t, c.Wait(t.Context()))
		s := c.Stats()
		var all uint64
		for _, n := range reads {
			all += n
		}
		require.Equal(t, all, s.Hits+s.Stale+s.Misses)
		require.Zero(t, s.LoadErrors)
		require.Equal(t, uint64(len(origin.Calls())), s.Loads)
		require.LessOrEqual(t, c.Len(), 20)
	})
}

// invoke does one random thing with key, and returns the number of reads.
func invoke(t *testing.T, c *cache.Cache[int, int], clock *cachetest.Clock, rng *rand.Rand, key int) uint64 {
	switch rng.IntN(20) {
	case 0:
		c.Set(key, key)
	case 1:
		c.Delete(key)
	case 2:
		clock.Advance(ttl / 20)
	case 3:
		clock.Freeze(ttl / 20)
	case 4:
		clock.Step(-1)
	case 5:
		for k, v := range c.All() {
			require.Equal(t, k, v)
		}
	case 6:
		got, err := c.GetMany(t.Context(), []int{key, key / 2, key / 2})
		require.NoError(t, err)
		require.Equal(t, map[int]int{key: key, key / 2: key / 2}, got)
		return uint64(len(got))
	case 7:
		v, err := c.Refresh(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, key, v)
		return 1
	case 8, 9, 10:
		v, ok := c.Lookup(key)
		require.True(t, !ok || v == key)
		return 1
	default:
		v, err := c.Get(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, key, v)
		return 1
	}
	return 0
}
