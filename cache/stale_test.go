package cache_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

var errDown = errors.New("down")

// staling returns a cache that has "old" for "k", which expires after ttl, and
// an origin that has "new" by then.
func staling(t *testing.T, o cache.Options[string, string]) (*cache.Cache[string, string], *cachetest.Loader[string, string]) {
	t.Helper()
	origin := cachetest.NewLoader(map[string]string{"k": "old"})
	o.Load, o.TTL, o.Jitter = origin.Load, ttl, exact
	c := cache.New(&o)
	require.Equal(t, result{value: "old"}, <-get(t.Context(), c))
	origin.Put("k", "new")
	return c, origin
}

func TestStaleValueIsServedWhileItIsRevalidated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := staling(t, cache.Options[string, string]{StaleWhileRevalidate: time.Minute})
		pass(ttl)
		release := origin.Hold()
		for range 10 {
			require.Equal(t, result{value: "old"}, <-get(t.Context(), c))
		}
		synctest.Wait()
		require.Equal(t, 2, origin.Count("k"), "one refresh, however many ask")
		_, ok := c.Lookup("k")
		require.False(t, ok, "Lookup is never stale")
		release()
		require.NoError(t, c.Wait(t.Context()))
		require.Equal(t, result{value: "new"}, <-get(t.Context(), c))
		require.Equal(t, uint64(10), c.Stats().Stale)
	})
}

func TestBeyondTheStaleWindowItIsAPlainMiss(t *testing.T) {
	passes := map[string]func(*cachetest.Clock){
		"running":     func(c *cachetest.Clock) { c.Advance(ttl + time.Minute) },
		"frozen":      func(c *cachetest.Clock) { c.Freeze(ttl + time.Minute) },
		"stepped":     func(c *cachetest.Clock) { c.Step(-time.Second) },
		"wall lagged": func(c *cachetest.Clock) { c.Advance(time.Hour); c.Step(-time.Hour) },
	}
	for name, pass := range passes {
		t.Run(name, func(t *testing.T) {
			clock := cachetest.NewClock()
			c, _ := staling(t, cache.Options[string, string]{
				StaleWhileRevalidate: time.Minute, StaleIfError: time.Minute, Clock: clock})
			pass(clock)
			require.Equal(t, result{value: "new"}, <-get(t.Context(), c))
			require.Zero(t, c.Stats().Stale)
		})
	}
}

// A refresh that hangs does not pin the stale value: it is given up after the
// load timeout, another is tried, and the window ends in any case.
func TestHungRefreshDoesNotPinTheStaleValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := staling(t, cache.Options[string, string]{StaleWhileRevalidate: time.Hour})
		pass(ttl)
		release := origin.Hold()
		require.Equal(t, "old", (<-get(t.Context(), c)).value)
		synctest.Wait()
		pass(cache.DefaultLoadTimeout + 2*time.Second) // and the pause after a failure
		require.Equal(t, "old", (<-get(t.Context(), c)).value)
		synctest.Wait()
		require.Equal(t, 3, origin.Count("k"))
		release()
		require.NoError(t, c.Wait(t.Context()))
		require.Equal(t, result{value: "new"}, <-get(t.Context(), c))
	})
}

func TestSoftTimeoutGivesTheFreshValueAChance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := staling(t, cache.Options[string, string]{
			StaleWhileRevalidate: time.Minute, SoftTimeout: 50 * time.Millisecond})
		pass(ttl)
		release := origin.Hold()
		began := time.Now()
		require.Equal(t, result{value: "old"}, <-get(t.Context(), c))
		require.Equal(t, 50*time.Millisecond, time.Since(began))
		time.AfterFunc(20*time.Millisecond, release)
		require.Equal(t, result{value: "new"}, <-get(t.Context(), c))
		require.Equal(t, 2, origin.Count("k"))
		require.Equal(t, uint64(1), c.Stats().Stale)
	})
}

func TestSoftTimeoutOfADeletedKeyWaitsForTheLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := staling(t, cache.Options[string, string]{
			StaleWhileRevalidate: time.Minute, SoftTimeout: 50 * time.Millisecond})
		pass(ttl)
		release := origin.Hold()
		answer := get(t.Context(), c)
		synctest.Wait()
		c.Delete("k")
		time.AfterFunc(time.Second, release)
		require.Equal(t, result{value: "new"}, <-answer, "what was deleted is not served")
	})
}

func TestSoftTimeoutObeysTheCallersContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := staling(t, cache.Options[string, string]{
			StaleWhileRevalidate: time.Minute, SoftTimeout: time.Second})
		pass(ttl)
		release := origin.Hold()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		require.Equal(t, result{err: context.DeadlineExceeded}, <-get(ctx, c))
		release()
	})
}

func TestStaleIfError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := staling(t, cache.Options[string, string]{StaleIfError: time.Hour})
		pass(ttl)
		origin.Fail(errDown)
		require.Equal(t, result{value: "old"}, <-get(t.Context(), c))
		require.Equal(t, uint64(1), c.Stats().Stale)
		require.Equal(t, uint64(1), c.Stats().Misses, "the first load of all")
	})
}

func TestWithoutStaleIfErrorAnErrorIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := staling(t, cache.Options[string, string]{})
		pass(ttl)
		origin.Fail(errDown)
		require.ErrorIs(t, (<-get(t.Context(), c)).err, errDown)
	})
}

func TestStaleIfErrorEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := staling(t, cache.Options[string, string]{StaleIfError: time.Minute})
		pass(ttl + time.Minute)
		origin.Fail(errDown)
		require.ErrorIs(t, (<-get(t.Context(), c)).err, errDown)
	})
}

// The window is looked at again when the load has failed: it may have taken
// long, or have been frozen.
func TestStaleIfErrorEndsWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := cachetest.NewClock()
		c, origin := staling(t, cache.Options[string, string]{StaleIfError: time.Minute, Clock: clock})
		clock.Advance(ttl)
		origin.Fail(errDown)
		release := origin.Hold()
		answer := get(t.Context(), c)
		synctest.Wait()
		clock.Freeze(time.Hour)
		release()
		require.ErrorIs(t, (<-answer).err, errDown)
	})
}

func TestNotFoundReplacesAStaleValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := staling(t, cache.Options[string, string]{StaleIfError: time.Hour})
		pass(ttl)
		origin.Remove("k")
		require.ErrorIs(t, (<-get(t.Context(), c)).err, cache.ErrNotFound)
		origin.Fail(errDown)
		require.ErrorIs(t, (<-get(t.Context(), c)).err, errDown, "it is gone")
	})
}

// An origin that is down sees a load now and then, not one for each read.
func TestFailuresBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := staling(t, cache.Options[string, string]{StaleIfError: 24 * time.Hour})
		pass(ttl)
		for range 1000 {
			origin.Fail(errDown)
		}
		for range 600 { // ten minutes
			require.Equal(t, result{value: "old"}, <-get(t.Context(), c))
			pass(time.Second)
		}
		tries := origin.Count("k") - 1
		require.InDelta(t, 30, tries, 9, "5 while the pause grows to 30 s, then one per 15 to 30 s")
	})
}

// Callers wait for a hanging origin once in a while, not each time.
func TestTimeoutsBackOff(t *testing.T) {
	loaders := map[string]func(ctx context.Context){
		"obedient":    func(ctx context.Context) { <-ctx.Done() },
		"disobedient": func(context.Context) { pass(time.Minute) },
	}
	for name, hang := range loaders {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var loads atomic.Int32
				c := cache.New(&cache.Options[string, string]{TTL: ttl, Jitter: exact, StaleIfError: time.Hour,
					Load: func(ctx context.Context, _ string) (string, error) {
						if loads.Add(1) > 1 {
							hang(ctx)
						}
						return "old", ctx.Err()
					}})
				_, err := c.Get(t.Context(), "k")
				require.NoError(t, err)
				pass(ttl)
				began := time.Now()
				for range 3 {
					require.Equal(t, result{value: "old"}, <-get(t.Context(), c))
					require.Equal(t, cache.DefaultLoadTimeout, time.Since(began))
				}
				require.Equal(t, int32(2), loads.Load())
				pass(time.Minute) // the bubble waits for nobody
			})
		})
	}
}

func TestBackOffEndsWithSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := staling(t, cache.Options[string, string]{StaleIfError: time.Hour})
		pass(ttl)
		origin.Fail(errDown)
		require.Equal(t, "old", (<-get(t.Context(), c)).value)
		pass(time.Second)
		require.Equal(t, result{value: "new"}, <-get(t.Context(), c))
	})
}

func TestRefreshLoadsWhatIsFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := staling(t, cache.Options[string, string]{})
		v, err := c.Refresh(t.Context(), "k")
		require.NoError(t, err)
		require.Equal(t, "new", v)
		require.Equal(t, result{value: "new"}, <-get(t.Context(), c))

		origin.Fail(errDown)
		_, err = c.Refresh(t.Context(), "k")
		require.ErrorIs(t, err, errDown)
		require.Equal(t, result{value: "new"}, <-get(t.Context(), c), "what is there stays")

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = c.Refresh(ctx, "k")
		require.Equal(t, context.Canceled, err)
		require.Equal(t, 3, origin.Count("k"))
	})
}

func TestRefreshDoesNotJoinAnEarlierLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := loading("old")
		release := origin.Hold()
		earlier := get(t.Context(), c)
		synctest.Wait()
		refreshed := make(chan result, 1)
		go func() {
			v, err := c.Refresh(t.Context(), "k")
			refreshed <- result{v, err}
		}()
		synctest.Wait()
		require.Equal(t, 2, origin.Count("k"))
		release()
		<-earlier
		<-refreshed
	})
}

func TestNegativeCaching(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := cachetest.NewLoader[string, string](nil)
		c := cache.New(&cache.Options[string, string]{
			Load: origin.Load, TTL: ttl, NegativeTTL: time.Minute, Jitter: exact})
		for range 3 {
			err := (<-get(t.Context(), c)).err
			require.ErrorIs(t, err, cache.ErrNotFound)
			require.EqualError(t, err, "cache: load k: not found")
		}
		require.Equal(t, 1, origin.Count("k"))
		require.Equal(t, uint64(2), c.Stats().NegativeHits)
		require.Zero(t, c.Stats().LoadErrors, "an absence is no failure")
		require.Zero(t, c.Len(), "nor a value")
		_, ok := c.Lookup("k")
		require.False(t, ok)

		origin.Put("k", "v")
		pass(time.Minute)
		require.Equal(t, result{value: "v"}, <-get(t.Context(), c), "its time is not that of values")
		pass(time.Minute)
		require.Equal(t, result{value: "v"}, <-get(t.Context(), c))
		require.Equal(t, 2, origin.Count("k"))
	})
}

func TestSetReplacesAnAbsence(t *testing.T) {
	origin := cachetest.NewLoader[string, string](nil)
	c := cache.New(&cache.Options[string, string]{Load: origin.Load, NegativeTTL: time.Minute})
	_, err := c.Get(t.Context(), "k")
	require.ErrorIs(t, err, cache.ErrNotFound)
	c.Set("k", "v")
	v, err := c.Get(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, "v", v)
}

func TestByDefaultAnAbsenceIsNotCached(t *testing.T) {
	c, origin := loading()
	for range 2 {
		_, err := c.Get(t.Context(), "k")
		require.ErrorIs(t, err, cache.ErrNotFound)
	}
	require.Equal(t, 2, origin.Count("k"))
}

func TestOtherErrorsThatMeanNotFound(t *testing.T) {
	noItem := errors.New("no such item")
	loads := 0
	c := cache.New(&cache.Options[string, string]{
		Load:        func(context.Context, string) (string, error) { loads++; return "", noItem },
		NotFound:    func(err error) bool { return errors.Is(err, noItem) },
		NegativeTTL: time.Minute,
	})
	for range 2 {
		_, err := c.Get(t.Context(), "k")
		require.ErrorIs(t, err, noItem)
		require.ErrorIs(t, err, cache.ErrNotFound)
	}
	require.Equal(t, 1, loads)
}
