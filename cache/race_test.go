package cache_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
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

// Loads fail in every way there is, under options drawn at random and contexts
// that end in between. Nothing hangs, and each read is counted once.
func TestMisbehavingLoads(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock := cachetest.NewClock()
				o := randomOptions(rand.New(rand.NewPCG(seed, 0)))
				o.Clock = clock
				o.Load = func(ctx context.Context, _ int) (int, error) { return misbehave(ctx, clock) }
				c := cache.New(&o)
				var group sync.WaitGroup
				var reads atomic.Uint64
				for i := range uint64(6) {
					group.Go(func() {
						rng := rand.New(rand.NewPCG(seed, i))
						for range 150 {
							reads.Add(readAnything(c, rng))
							clock.Advance(time.Duration(rng.Int64N(int64(ttl / 20))))
						}
					})
				}
				group.Wait()
				require.NoError(t, c.Wait(t.Context()))
				<-time.After(2 * time.Second) // for loads that ignore their timeout
				s := c.Stats()
				require.Equal(t, reads.Load(), s.Hits+s.NegativeHits+s.Stale+s.Misses)
				require.LessOrEqual(t, s.Loads, s.Misses+s.Stale)
				require.LessOrEqual(t, c.Len(), o.Capacity)
			})
		})
	}
}

func randomOptions(rng *rand.Rand) cache.Options[int, int] {
	maybe := func(d time.Duration) time.Duration { return d * time.Duration(rng.IntN(2)) }
	o := cache.Options[int, int]{
		Capacity:             1 + rng.IntN(20),
		TTL:                  ttl,
		Policy:               cache.Policy(rng.IntN(2)),
		NegativeTTL:          maybe(ttl / 10),
		StaleIfError:         maybe(ttl),
		StaleWhileRevalidate: maybe(ttl),
		LoadTimeout:          time.Second,
		OnEvict:              func(int, int, cache.Cause) {},
	}
	o.ParallelReads = o.Policy == cache.S3FIFO && rng.IntN(2) == 0
	if o.StaleWhileRevalidate > 0 {
		o.SoftTimeout = maybe(time.Millisecond)
	}
	if rng.IntN(2) == 0 {
		o.MaxBytes = 100
		o.Size = func(_, value int) int64 { return int64(value) }
	}
	return o
}

func misbehave(ctx context.Context, clock *cachetest.Clock) (int, error) {
	switch rand.IntN(12) {
	case 0:
		return 0, errors.New("failed")
	case 1:
		return 0, cache.ErrNotFound
	case 2:
		panic("panicked")
	case 3:
		runtime.Goexit()
	case 4:
		<-ctx.Done()
		return 0, ctx.Err()
	case 5:
		clock.Freeze(time.Hour)
	case 6:
		clock.Step(-time.Second)
	case 7:
		<-time.After(2 * time.Second) // beyond the load timeout
	}
	return rand.IntN(120), nil
}

// readAnything does one random thing and returns the number of reads.
func readAnything(c *cache.Cache[int, int], rng *rand.Rand) uint64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(1+rng.IntN(3000))*time.Millisecond)
	defer cancel()
	key := rng.IntN(30)
	switch rng.IntN(10) {
	case 0:
		c.Set(key, key)
		return 0
	case 1:
		c.Delete(key)
		return 0
	case 2:
		c.Lookup(key)
	case 3:
		_, _ = c.GetMany(ctx, []int{key, key + 1, key})
		return 2
	case 4:
		_, _ = c.Refresh(ctx, key)
	case 5:
		_, _ = c.Get(context.Background(), key)
	default:
		_, _ = c.Get(ctx, key)
	}
	return 1
}
