package cache_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

// loading returns a cache on an origin that has the one key "k", in a bubble
// where the system's clocks are fake.
func loading(values ...string) (*cache.Cache[string, string], *cachetest.Loader[string, string]) {
	origin := cachetest.NewLoader[string, string](nil)
	for _, v := range values {
		origin.Put("k", v)
	}
	return cache.New(&cache.Options[string, string]{Load: origin.Load, Jitter: exact}), origin
}

// pass lets time pass, in a bubble.
func pass(d time.Duration) { <-time.After(d) }

// A result is what Get answered.
type result struct {
	value string
	err   error
}

// get asks for "k" on another goroutine.
func get(ctx context.Context, c *cache.Cache[string, string]) <-chan result {
	answer := make(chan result, 1)
	go func() {
		v, err := c.Get(ctx, "k")
		answer <- result{v, err}
	}()
	return answer
}

func TestFiftyCallersShareOneLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := loading("v")
		release := origin.Hold()
		var answers []<-chan result
		for range 50 {
			answers = append(answers, get(t.Context(), c))
		}
		synctest.Wait()
		release()
		for _, answer := range answers {
			require.Equal(t, result{value: "v"}, <-answer)
		}
		require.Equal(t, []string{"k"}, origin.Calls())
		require.Equal(t, uint64(50), c.Stats().Misses)
		require.Equal(t, uint64(1), c.Stats().Loads)
	})
}

func TestHitsAfterTheLoad(t *testing.T) {
	c, origin := loading("v")
	for range 3 {
		v, err := c.Get(t.Context(), "k")
		require.NoError(t, err)
		require.Equal(t, "v", v)
	}
	require.Equal(t, 1, origin.Count("k"))
	require.Equal(t, uint64(2), c.Stats().Hits)
}

func TestLeaderWhoLeavesDoesNotFailTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := loading("v")
		release := origin.Hold()
		ctx, cancel := context.WithCancel(t.Context())
		leader := get(ctx, c)
		synctest.Wait()
		follower := get(t.Context(), c)
		synctest.Wait()
		cancel()
		require.Equal(t, result{err: context.Canceled}, <-leader)
		release()
		require.Equal(t, result{value: "v"}, <-follower)
		require.Equal(t, 1, origin.Count("k"))
	})
}

func TestFollowerLeavesAtItsOwnDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := loading("v")
		release := origin.Hold()
		leader := get(t.Context(), c)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		began := time.Now()
		require.Equal(t, result{err: context.DeadlineExceeded}, <-get(ctx, c))
		require.Equal(t, 30*time.Millisecond, time.Since(began))
		release()
		require.Equal(t, result{value: "v"}, <-leader)
	})
}

func TestValueIsStoredAlthoughEverybodyLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := loading("v")
		release := origin.Hold()
		ctx, cancel := context.WithCancel(t.Context())
		leader := get(ctx, c)
		synctest.Wait()
		cancel()
		<-leader
		release()
		require.NoError(t, c.Wait(t.Context()))
		v, ok := c.Lookup("k")
		require.True(t, ok)
		require.Equal(t, "v", v)
	})
}

func TestEndedContextStartsNoLoad(t *testing.T) {
	c, origin := loading("v")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Get(ctx, "k")
	require.Equal(t, context.Canceled, err)
	require.Empty(t, origin.Calls())

	c.Set("k", "set")
	v, err := c.Get(ctx, "k")
	require.NoError(t, err, "a hit needs no time")
	require.Equal(t, "set", v)
}

func TestLoadSeesTheValuesOfTheContextAndItsOwnDeadline(t *testing.T) {
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		c := cache.New(&cache.Options[string, any]{
			LoadTimeout: time.Minute,
			Load: func(ctx context.Context, _ string) (any, error) {
				deadline, ok := ctx.Deadline()
				require.True(t, ok)
				require.Equal(t, time.Minute, time.Until(deadline))
				return ctx.Value(key{}), nil
			},
		})
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "trace"), time.Hour)
		defer cancel()
		v, err := c.Get(ctx, "k")
		require.NoError(t, err)
		require.Equal(t, "trace", v)
	})
}

func TestErrorReachesAllAndIsNotCached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := loading("v")
		down := errors.New("down")
		origin.Fail(down)
		release := origin.Hold()
		answers := []<-chan result{get(t.Context(), c), get(t.Context(), c)}
		synctest.Wait()
		release()
		for _, answer := range answers {
			got := <-answer
			var failed *cache.LoadError
			require.ErrorAs(t, got.err, &failed)
			require.Equal(t, &cache.LoadError{Key: "k", Err: down}, failed)
			require.EqualError(t, got.err, "cache: load k: down")
		}
		require.Equal(t, result{value: "v"}, <-get(t.Context(), c))
		require.Equal(t, 2, origin.Count("k"))
		require.Equal(t, uint64(1), c.Stats().LoadErrors)
	})
}

func TestNoLoader(t *testing.T) {
	c := cache.New[string, int](nil)
	_, err := c.Get(t.Context(), "k")
	require.ErrorIs(t, err, cache.ErrNoLoader)
	c.Set("k", 1)
	v, err := c.Get(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, 1, v)
}

func TestPanicOfALoaderIsAnErrorForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := make(chan struct{})
		cause := errors.New("boom")
		c := cache.New(&cache.Options[string, string]{Load: func(context.Context, string) (string, error) {
			<-begin
			panic(cause)
		}})
		answers := []<-chan result{get(t.Context(), c), get(t.Context(), c)}
		synctest.Wait()
		close(begin)
		for _, answer := range answers {
			got := <-answer
			var panicked *cache.PanicError
			require.ErrorAs(t, got.err, &panicked)
			require.ErrorIs(t, got.err, cause)
			require.Contains(t, string(panicked.Stack), "load_test.go")
		}
		require.NoError(t, c.Wait(t.Context()), "nothing is wedged")
		require.ErrorIs(t, (<-get(t.Context(), c)).err, cause)
		require.Equal(t, uint64(2), c.Stats().Loads)
	})
}

func TestGoexitOfALoaderIsAnErrorForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := make(chan struct{})
		c := cache.New(&cache.Options[string, string]{Load: func(context.Context, string) (string, error) {
			<-begin
			runtime.Goexit()
			return "never", nil
		}})
		answers := []<-chan result{get(t.Context(), c), get(t.Context(), c)}
		synctest.Wait()
		close(begin)
		for _, answer := range answers {
			require.ErrorIs(t, (<-answer).err, cache.ErrLoaderExited)
		}
	})
}

func TestHangingLoadIsLeftAtItsTimeoutAndNotJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		var loads atomic.Int32
		c := cache.New(&cache.Options[string, string]{Load: func(context.Context, string) (string, error) {
			if loads.Add(1) == 1 {
				<-hang // whatever the context says
				return "old", nil
			}
			return "new", nil
		}})
		began := time.Now()
		require.ErrorIs(t, (<-get(t.Context(), c)).err, cache.ErrLoadTimeout)
		require.Equal(t, cache.DefaultLoadTimeout, time.Since(began))
		require.NoError(t, c.Wait(t.Context()), "Wait does not wait for it either")
		require.Equal(t, result{value: "new"}, <-get(t.Context(), c))
		close(hang)
		synctest.Wait()
		require.Equal(t, result{value: "new"}, <-get(t.Context(), c), "the late value is not stored")
	})
}

func TestTimeoutOfAnObedientLoader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := loading("v")
		defer origin.Hold()()
		got := <-get(t.Context(), c)
		require.ErrorIs(t, got.err, cache.ErrLoadTimeout)
	})
}

func TestLoadFrozenHalfWayIsNotJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := cachetest.NewClock()
		origin := cachetest.NewLoader(map[string]string{"k": "old"})
		c := cache.New(&cache.Options[string, string]{Load: origin.Load, Clock: clock, Jitter: exact})
		release := origin.Hold()
		first := get(t.Context(), c)
		synctest.Wait()
		clock.Freeze(time.Hour)
		second := get(t.Context(), c)
		synctest.Wait()
		require.Equal(t, 2, origin.Count("k"), "the second caller got a load of its own")
		release()
		require.Equal(t, result{value: "old"}, <-first)
		require.Equal(t, result{value: "old"}, <-second)
		_, ok := c.Lookup("k")
		require.True(t, ok)
	})
}

func TestLoadFrozenHalfWayIsNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := cachetest.NewClock()
		origin := cachetest.NewLoader(map[string]string{"k": "old"})
		c := cache.New(&cache.Options[string, string]{Load: origin.Load, Clock: clock})
		release := origin.Hold()
		first := get(t.Context(), c)
		synctest.Wait()
		clock.Freeze(time.Minute) // beyond the load timeout, within the TTL
		release()
		<-first
		_, ok := c.Lookup("k")
		require.False(t, ok)
	})
}

func TestDeleteDuringALoadIsNotUndone(t *testing.T) {
	invalidations := map[string]func(*cache.Cache[string, string]){
		"Delete": func(c *cache.Cache[string, string]) { c.Delete("k") },
		"Clear":  func(c *cache.Cache[string, string]) { c.Clear() },
	}
	for name, invalidate := range invalidations {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, origin := loading("old")
				release := origin.Hold()
				before := get(t.Context(), c)
				synctest.Wait()
				invalidate(c)
				after := get(t.Context(), c)
				synctest.Wait()
				require.Equal(t, 2, origin.Count("k"), "who asks after the deletion gets a load from after it")
				release()
				require.Equal(t, result{value: "old"}, <-before)
				<-after
				require.NoError(t, c.Wait(t.Context()))
			})
		})
	}
}

func TestDeletedKeyStaysAwayWhenItsLoadEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := loading("old")
		release := origin.Hold()
		before := get(t.Context(), c)
		synctest.Wait()
		c.Delete("k")
		release()
		require.Equal(t, result{value: "old"}, <-before, "a value and no error")
		_, ok := c.Lookup("k")
		require.False(t, ok)
	})
}

func TestSetDuringALoadIsNotUndone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := loading("old")
		release := origin.Hold()
		before := get(t.Context(), c)
		synctest.Wait()
		c.Set("k", "new")
		release()
		<-before
		v, ok := c.Lookup("k")
		require.True(t, ok)
		require.Equal(t, "new", v)
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := loading("v")
		release := origin.Hold()
		answer := get(t.Context(), c)
		synctest.Wait()
		c.Delete("k") // Wait waits for loads nobody wants stored, too
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.Equal(t, context.DeadlineExceeded, c.Wait(ctx))
		release()
		require.NoError(t, c.Wait(t.Context()))
		<-answer
	})
}

// Keys are compared as Go compares them: two keys that print alike are two.
func TestKeysThatPrintAlikeAreNotMixedUp(t *testing.T) {
	type key struct{ Tenant, User string }
	synctest.Test(t, func(t *testing.T) {
		begin := make(chan struct{})
		c := cache.New(&cache.Options[key, key]{Load: func(_ context.Context, k key) (key, error) {
			<-begin
			return k, nil
		}})
		keys := []key{{"acme", "user 1"}, {"acme user", "1"}}
		var group sync.WaitGroup
		for _, k := range keys {
			group.Go(func() {
				v, err := c.Get(t.Context(), k)
				require.NoError(t, err)
				require.Equal(t, k, v)
			})
		}
		synctest.Wait()
		close(begin)
		group.Wait()
		require.Equal(t, uint64(2), c.Stats().Loads)
	})
}

func TestHitIsNotHeldUpByTheLoadOfAnotherKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := loading("v")
		c.Set("other", "here")
		release := origin.Hold()
		answer := get(t.Context(), c)
		synctest.Wait()
		began := time.Now()
		v, err := c.Get(t.Context(), "other")
		require.NoError(t, err)
		require.Equal(t, "here", v)
		require.Zero(t, time.Since(began))
		release()
		<-answer
	})
}

// However callers and the end of a load interleave, a key that does not expire
// is loaded once: the value is stored and the load is over in one step.
func TestNoSecondLoadAtTheEndOfTheFirst(t *testing.T) {
	for range 500 {
		c, origin := loading("v")
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				_, err := c.Get(t.Context(), "k")
				require.NoError(t, err)
			})
		}
		group.Wait()
		require.Equal(t, 1, origin.Count("k"))
	}
}

// Whatever their context, callers leave a load that hangs: at their own deadline,
// or at the load timeout.
func TestEveryContextLeavesALoadThatHangs(t *testing.T) {
	contexts := map[string]func() (context.Context, context.CancelFunc){
		"endless":    func() (context.Context, context.CancelFunc) { return context.Background(), func() {} },
		"cancelable": func() (context.Context, context.CancelFunc) { return context.WithCancel(context.Background()) },
		"later deadline": func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), time.Hour)
		},
		"sooner deadline": func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), time.Second)
		},
	}
	for name, newContext := range contexts {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				origin := cachetest.NewLoader(map[string]int{"k": 1})
				release := origin.Hold()
				c := cache.New(&cache.Options[string, int]{LoadTimeout: time.Minute,
					Load: func(ctx context.Context, key string) (int, error) {
						return origin.Load(context.WithoutCancel(ctx), key)
					}})
				ctx, cancel := newContext()
				defer cancel()
				want, after := cache.ErrLoadTimeout, time.Minute
				if name == "sooner deadline" {
					want, after = context.DeadlineExceeded, time.Second
				}
				start := time.Now()
				var callers sync.WaitGroup
				for range 5 {
					callers.Go(func() {
						_, err := c.Get(ctx, "k")
						require.ErrorIs(t, err, want)
					})
				}
				callers.Wait()
				require.Equal(t, after, time.Since(start))
				require.NoError(t, c.Wait(context.Background()))
				require.Equal(t, time.Minute, time.Since(start), "Wait does not wait longer either")
				release()
				synctest.Wait()
				require.Zero(t, c.Len(), "what came too late is not stored")
				require.Len(t, origin.Calls(), 1)
			})
		})
	}
}

// A load that waits for itself ends with its timeout.
func TestLoadThatAsksForItsOwnKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *cache.Cache[int, int]
		c = cache.New(&cache.Options[int, int]{Load: func(ctx context.Context, key int) (int, error) { return c.Get(ctx, key) }})
		_, err := c.Get(t.Context(), 1)
		require.ErrorIs(t, err, cache.ErrLoadTimeout)
		require.EqualValues(t, 1, c.Stats().Loads)
	})
}

// A load may change the key that it loads. It answers, and what it changed stays.
func TestLoadThatChangesItsOwnKey(t *testing.T) {
	changes := map[string]struct {
		change func(c *cache.Cache[int, int])
		want   []int
	}{
		"Delete": {func(c *cache.Cache[int, int]) { c.Delete(1) }, nil},
		"Clear":  {func(c *cache.Cache[int, int]) { c.Clear() }, nil},
		"Set":    {func(c *cache.Cache[int, int]) { c.Set(1, 5) }, []int{5}},
	}
	for name, test := range changes {
		t.Run(name, func(t *testing.T) {
			var c *cache.Cache[int, int]
			c = cache.New(&cache.Options[int, int]{Load: func(context.Context, int) (int, error) {
				test.change(c)
				return 1, nil
			}})
			v, err := c.Get(t.Context(), 1)
			require.NoError(t, err)
			require.Equal(t, 1, v)
			var kept []int
			for _, v := range c.All() {
				kept = append(kept, v)
			}
			require.Equal(t, test.want, kept)
		})
	}
}

// The wall clock is set back while a load runs: nobody can tell how old its result
// is.
func TestStepBackDuringALoad(t *testing.T) {
	clock := cachetest.NewClock()
	c := cache.New(&cache.Options[int, int]{Clock: clock, Load: func(context.Context, int) (int, error) {
		clock.Step(-time.Second)
		return 1, nil
	}})
	v, err := c.Get(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, 1, v)
	require.Zero(t, c.Len())
}

// The cache's clock may stand still, as a pinned one does. A load that came after
// its timeout is late all the same.
func TestLateLoadUnderAClockThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cache.New(&cache.Options[int, int]{Clock: cachetest.NewClock(), LoadTimeout: time.Minute, Load: func(context.Context, int) (int, error) {
			<-time.After(time.Hour)
			return 1, nil
		}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Get(ctx, 1)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		<-time.After(time.Hour)
		synctest.Wait()
		require.Zero(t, c.Len())
	})
}
