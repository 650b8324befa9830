package cache_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

// Defects that other caches have or had, and how we know that this one has not.
// Those that are not here have a test of their own:
//
//   - expired entries counted, or found but not fetched: TestExpiredEntriesAreNotCounted
//   - a callback under the lock: TestHookMayUseTheCache
//   - a callback lost, or fired for what was not evicted: TestHookReportsEachValueOnceWithItsCause
//   - a clock kept by a goroutine, expired values after a thaw: TestExpiryByTwoClocks, TestStoppedProcessServesNothingExpired
//   - keys that print alike share a load: TestKeysThatPrintAlikeAreNotMixedUp
//   - a read extends life, so that a polled key is never refreshed: TestReadsDoNotExtendLife
//   - iteration races with changes: TestLoopOverAllMayUseTheCache, TestOverlappingInvocations
//   - the leader's cancellation fails the others: TestLeaderWhoLeavesDoesNotFailTheOthers
//   - a follower cannot leave: TestFollowerLeavesAtItsOwnDeadline
//   - a panicking loader wedges its key or ends the process: TestPanicOfALoaderIsAnErrorForAll
//   - Goexit in a loader gives a zero value: TestGoexitOfALoaderIsAnErrorForAll
//   - a load blocks hits of other keys: TestHitIsNotHeldUpByTheLoadOfAnotherKey
//   - invalidation during a load is undone: TestDeleteDuringALoadIsNotUndone, TestSetDuringALoadIsNotUndone
//   - a second load at the end of the first: TestNoSecondLoadAtTheEndOfTheFirst
//   - a time of 0 means "never": TestExpiryAtTheOriginOfTheClocks
//   - a hung refresh pins the stale value: TestHungRefreshDoesNotPinTheStaleValue
//   - a refresh that is lost in a freeze: TestWrapWaitsForRefreshes, TestLoadFrozenHalfWayIsNotJoined

// A goroutine that cannot be stopped keeps a cache that nobody uses any more.
func TestDroppedCachesLeaveNothingBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	var collected atomic.Int32
	for range 50 {
		c := cache.New(&cache.Options[int, int]{Load: one})
		_, err := c.Get(t.Context(), 1)
		require.NoError(t, err)
		require.NoError(t, c.Wait(t.Context()))
		runtime.AddCleanup(c, func(int) { collected.Add(1) }, 0)
	}
	require.Eventually(t, func() bool {
		runtime.GC()
		return collected.Load() >= 49 // the stack may still have one
	}, 10*time.Second, time.Millisecond)
	require.LessOrEqual(t, runtime.NumGoroutine(), before)
}

// Memory does not depend on a janitor that a freeze stops: after it, the first
// stores free two expired entries each.
func TestExpiredEntriesAreFreedAfterAFreezeWithoutAJanitor(t *testing.T) {
	clock := cachetest.NewClock()
	c := cache.New(&cache.Options[int, int]{Capacity: 2000, TTL: ttl, Jitter: exact, Clock: clock})
	for k := range 1000 {
		c.Set(k, k)
	}
	clock.Freeze(time.Hour)
	for k := range 1000 {
		c.Set(5000+k, k)
	}
	require.EqualValues(t, 1000, c.Stats().Expirations)
	require.Equal(t, 1000, c.Len())
}

// What was set is there at once, however many are set in a burst.
func TestNoSetIsLost(t *testing.T) {
	c := cache.New(&cache.Options[int, int]{Capacity: 100_000, Policy: cache.S3FIFO, ParallelReads: true})
	for k := range 100_000 {
		c.Set(k, k)
		v, ok := c.Lookup(k)
		require.True(t, ok)
		require.Equal(t, k, v)
	}
	require.Equal(t, 100_000, c.Len())
}

// A step of the wall clock neither makes the cache grow nor lose its bound.
func TestStepsOfTheClockDoNotAffectTheBound(t *testing.T) {
	clock := cachetest.NewClock()
	c := cache.New(&cache.Options[int, int]{Capacity: 100, TTL: ttl, Clock: clock})
	for k := range 10_000 {
		c.Set(k, k)
		if k%7 == 0 {
			clock.Step(time.Duration(k%3-1) * time.Hour)
		}
		if k%100 == 0 {
			require.LessOrEqual(t, c.Len(), 100)
		}
	}
	require.GreaterOrEqual(t, c.Stats().Expirations+c.Stats().Evictions, uint64(9_900))
}

// Capacity is the number of entries, not of so many per shard, also if all were
// stored at the same moment.
func TestCapacityIsExactWithEqualTimes(t *testing.T) {
	c := cache.New(&cache.Options[int, int]{Capacity: 1000, Policy: cache.S3FIFO, ParallelReads: true, Clock: cachetest.NewClock()})
	for k := range 5000 {
		c.Set(k, k)
	}
	require.Equal(t, 1000, c.Len())
}

// A value that is not an error comes only with a value: no zero value for an
// expired entry, an invalidated load, or an exited loader.
func TestZeroValueNeverMeansFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cache.New(&cache.Options[string, string]{TTL: ttl, Jitter: exact,
			Load: func(context.Context, string) (string, error) {
				pass(time.Second)
				return "v", nil
			}})
		answers := []<-chan result{get(t.Context(), c), get(t.Context(), c)}
		synctest.Wait()
		c.Delete("k")
		c.Clear()
		for _, answer := range answers {
			require.Equal(t, result{value: "v"}, <-answer)
		}
		c.Set("k", "v")
		pass(ttl)
		v, ok := c.Lookup("k")
		require.False(t, ok)
		require.Empty(t, v)
	})
}
