package cache_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

// A shared is a Store in memory.
type shared struct {
	mu      sync.Mutex
	values  map[string]string
	expires map[string]time.Time
	puts    int
	before  func() // of each call
}

func newShared() *shared {
	return &shared{values: map[string]string{}, expires: map[string]time.Time{}, before: func() {}}
}

func (s *shared) store() cache.Store[string, string] {
	return cache.Store[string, string]{Get: s.get, Put: s.put}
}

func (s *shared) get(_ context.Context, key string) (string, time.Time, error) {
	s.before()
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.values[key]
	if !ok {
		return "", time.Time{}, cache.ErrNotFound
	}
	return v, s.expires[key], nil
}

func (s *shared) put(_ context.Context, key, value string, expires time.Time) error {
	s.before()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key], s.expires[key] = value, expires
	s.puts++
	return nil
}

// environment returns one of several caches on the same store and origin.
func environment(s *shared, origin *cachetest.Loader[string, string], clock *cachetest.Clock) *cache.Cache[string, string] {
	return cache.New(&cache.Options[string, string]{
		Load: origin.Load, LoadMany: origin.LoadMany, TTL: ttl, Jitter: exact, Clock: clock, Store: s.store()})
}

func value(t *testing.T, c *cache.Cache[string, string]) string {
	t.Helper()
	v, err := c.Get(t.Context(), "k")
	require.NoError(t, err)
	require.NoError(t, c.Wait(t.Context()))
	return v
}

func TestSecondTierSparesTheOrigin(t *testing.T) {
	s, clock, origin := newShared(), cachetest.NewClock(), cachetest.NewLoader(map[string]string{"k": "v"})
	for range 3 {
		require.Equal(t, "v", value(t, environment(s, origin, clock)))
	}
	require.Equal(t, 1, origin.Count("k"))
	require.Equal(t, 1, s.puts, "what came from the store does not go back")
}

func TestStoredValueLivesNoLongerThanItHasLeft(t *testing.T) {
	s, clock, origin := newShared(), cachetest.NewClock(), cachetest.NewLoader(map[string]string{"k": "old"})
	environment1, environment2 := environment(s, origin, clock), environment(s, origin, clock)
	value(t, environment1)
	origin.Put("k", "new")
	clock.Advance(ttl - time.Second)
	require.Equal(t, "old", value(t, environment2))
	require.Equal(t, uint64(1), environment2.Stats().StoreHits)
	clock.Advance(time.Second)
	require.Equal(t, "new", value(t, environment2), "neither the cache's nor the store's copy")
}

func TestChangeIsNotUndoneByTheStore(t *testing.T) {
	others := []string{"a", "b", "c"}
	changes := map[string]func(*cache.Cache[string, string]){
		"Delete": func(c *cache.Cache[string, string]) { c.Delete("k") },
		"Clear":  func(c *cache.Cache[string, string]) { c.Clear() },
		"Refresh": func(c *cache.Cache[string, string]) {
			_, _ = c.Refresh(context.Background(), "k")
		},
		"Set": func(c *cache.Cache[string, string]) {
			c.Set("k", "newer")
			for _, other := range others { // drive k out
				_, _ = c.Get(context.Background(), other)
			}
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			s, clock, origin := newShared(), cachetest.NewClock(), cachetest.NewLoader(map[string]string{"k": "old"})
			for _, other := range others {
				origin.Put(other, "")
			}
			c := cache.New(&cache.Options[string, string]{Load: origin.Load, Clock: clock, Store: s.store(), Capacity: 3})
			value(t, c)
			origin.Put("k", "new")
			change(c)
			require.Equal(t, "new", value(t, c))
			require.Equal(t, "new", s.values["k"], "others get it too")
			require.Equal(t, "new", value(t, environment(s, origin, clock)))
			require.Equal(t, 2, origin.Count("k"))
		})
	}
}

func TestChangeDuringALoadIsNotWrittenToTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, origin := newShared(), cachetest.NewLoader(map[string]string{"k": "old"})
		c := environment(s, origin, cachetest.NewClock())
		release := origin.Hold()
		answer := get(t.Context(), c)
		synctest.Wait()
		c.Delete("k")
		release()
		<-answer
		require.NoError(t, c.Wait(t.Context()))
		require.Empty(t, s.values)
	})
}

func TestPanickingStoreIsNotNoticed(t *testing.T) {
	s, origin := newShared(), cachetest.NewLoader(map[string]string{"k": "v"})
	s.before = func() { panic("boom") }
	c := environment(s, origin, cachetest.NewClock())
	require.Equal(t, "v", value(t, c))
	require.Equal(t, uint64(2), c.Stats().StoreErrors)
	require.Zero(t, c.Stats().LoadErrors)
}

func TestFailingStoreIsNotNoticed(t *testing.T) {
	origin := cachetest.NewLoader(map[string]string{"k": "v"})
	c := cache.New(&cache.Options[string, string]{Load: origin.Load, Store: cache.Store[string, string]{
		Get: func(context.Context, string) (string, time.Time, error) { return "", time.Time{}, errDown },
		Put: func(context.Context, string, string, time.Time) error { return errDown },
	}})
	require.Equal(t, "v", value(t, c))
	require.Equal(t, uint64(2), c.Stats().StoreErrors)
}

func TestGoexitInTheStoreWedgesNothing(t *testing.T) {
	s, origin := newShared(), cachetest.NewLoader(map[string]string{"k": "v"})
	c := environment(s, origin, cachetest.NewClock())
	s.before = runtime.Goexit
	_, err := c.Get(t.Context(), "k")
	require.ErrorIs(t, err, cache.ErrLoaderExited)
	require.NoError(t, c.Wait(t.Context()))

	calls := 0
	s.before = func() {
		if calls++; calls == 2 { // Put
			runtime.Goexit()
		}
	}
	require.Equal(t, "v", value(t, c))
	require.NoError(t, c.Wait(t.Context()))
}

func TestNobodyButWaitWaitsForTheStoreToBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := cachetest.NewLoader(map[string]string{"k": "v"})
		c := cache.New(&cache.Options[string, string]{Load: origin.Load, Store: cache.Store[string, string]{
			Get: func(context.Context, string) (string, time.Time, error) { return "", time.Time{}, cache.ErrNotFound },
			Put: func(context.Context, string, string, time.Time) error { pass(time.Second); return nil },
		}})
		began := time.Now()
		_, err := c.Get(t.Context(), "k")
		require.NoError(t, err)
		require.Zero(t, time.Since(began))
		require.NoError(t, c.Wait(t.Context()))
		require.Equal(t, time.Second, time.Since(began))
	})
}

func TestGetManyAsksTheStoreToo(t *testing.T) {
	s, clock, origin := newShared(), cachetest.NewClock(), cachetest.NewLoader(map[string]string{"k": "v", "l": "w"})
	value(t, environment(s, origin, clock))
	for range 2 {
		c := environment(s, origin, clock)
		got, err := c.GetMany(t.Context(), []string{"k", "l", "none"})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"k": "v", "l": "w"}, got)
		require.NoError(t, c.Wait(t.Context()))
	}
	require.Equal(t, 1, origin.Count("k"))
	require.Equal(t, 1, origin.Count("l"))
	require.Equal(t, 2, origin.Count("none"), "absences are not stored")
}

// The hook runs between the end of the load and the writing of the store.
func TestChangeAfterALoadIsNotUndoneByWritingTheStore(t *testing.T) {
	s, clock, origin := newShared(), cachetest.NewClock(), cachetest.NewLoader(map[string]string{"k": "old"})
	var c *cache.Cache[string, string]
	c = cache.New(&cache.Options[string, string]{Load: origin.Load, Clock: clock, TTL: ttl, Store: s.store(),
		OnEvict: func(key, _ string, _ cache.Cause) { c.Delete(key) }})
	c.Set("k", "older")
	_, err := c.Refresh(t.Context(), "k") // replaces "older", which deletes k
	require.NoError(t, err)
	require.NoError(t, c.Wait(t.Context()))
	require.Empty(t, s.values)
}
