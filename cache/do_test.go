package cache_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

var errDenied = errors.New("denied")

func denied(err error) bool { return errors.Is(err, errDenied) }

// A door opens for its password.
type door struct {
	password string
	knocks   []string
}

func (d *door) open(_ context.Context, password string) error {
	d.knocks = append(d.knocks, password)
	if password != d.password {
		return fmt.Errorf("password %q: %w", password, errDenied)
	}
	return nil
}

func TestDoSurvivesARotation(t *testing.T) {
	for name, o := range everyArrangement() {
		t.Run(name, func(t *testing.T) {
			origin := cachetest.NewLoader(map[string]string{"k": "old"})
			o.Load = origin.Load
			c := cache.New(&o)
			d := &door{password: "old"}
			require.NoError(t, c.Do(t.Context(), "k", d.open, denied))

			d.password = "new"
			origin.Put("k", "new")
			require.NoError(t, c.Do(t.Context(), "k", d.open, denied))
			require.NoError(t, c.Do(t.Context(), "k", d.open, denied))
			require.Equal(t, []string{"old", "old", "new", "new"}, d.knocks)
			require.Equal(t, 2, origin.Count("k"))
		})
	}
}

// everyArrangement returns the arrangements in which a value lies differently.
func everyArrangement() map[string]cache.Options[string, string] {
	return map[string]cache.Options[string, string]{
		"LRU":           {},
		"S3FIFO":        {Policy: cache.S3FIFO},
		"ParallelReads": {Policy: cache.S3FIFO, ParallelReads: true},
		"Clone":         {Clone: func(v string) string { return string([]byte(v)) }},
	}
}

func TestDoRetriesOnce(t *testing.T) {
	origin := cachetest.NewLoader(map[string]string{"k": "wrong"})
	c := cache.New(&cache.Options[string, string]{Load: origin.Load})
	d := &door{password: "right"}
	err := c.Do(t.Context(), "k", d.open, denied)
	require.EqualError(t, err, `password "wrong": denied`)
	require.Len(t, d.knocks, 2)
	require.Equal(t, 2, origin.Count("k"))
}

func TestDoLeavesOtherErrorsAlone(t *testing.T) {
	c := cache.New(&cache.Options[string, int]{Load: func(context.Context, string) (int, error) { return 1, nil }})
	calls := 0
	err := c.Do(t.Context(), "k", func(context.Context, int) error { calls++; return errDown }, denied)
	require.Equal(t, errDown, err)
	require.Equal(t, 1, calls)
	_, ok := c.Lookup("k")
	require.True(t, ok, "the value is not dropped")
}

func TestDoWithoutAValue(t *testing.T) {
	c := cache.New(&cache.Options[string, string]{Load: cachetest.NewLoader[string, string](nil).Load})
	err := c.Do(t.Context(), "k", func(context.Context, string) error { panic("not reached") }, denied)
	require.ErrorIs(t, err, cache.ErrNotFound)
}

func TestDoTellsWhyThereIsNoSecondTry(t *testing.T) {
	origin := cachetest.NewLoader(map[string]string{"k": "old"})
	c := cache.New(&cache.Options[string, string]{Load: origin.Load, StaleIfError: time.Hour})
	d := &door{password: "new"}
	origin.Fail(nil, errDown)
	err := c.Do(t.Context(), "k", d.open, denied)
	require.ErrorIs(t, err, errDenied)
	require.ErrorIs(t, err, errDown)
	require.Len(t, d.knocks, 1)
	_, ok := c.Lookup("k")
	require.False(t, ok, "the value is known to be wrong")
}

func TestDoDropsAStaleValueToo(t *testing.T) {
	clock := cachetest.NewClock()
	origin := cachetest.NewLoader(map[string]string{"k": "old"})
	c := cache.New(&cache.Options[string, string]{Load: origin.Load, Clock: clock, TTL: ttl, StaleIfError: time.Hour})
	d := &door{password: "old"}
	require.NoError(t, c.Do(t.Context(), "k", d.open, denied))

	clock.Advance(ttl)
	d.password = "new"
	origin.Put("k", "new")
	origin.Fail(errDown)
	require.NoError(t, c.Do(t.Context(), "k", d.open, denied))
	require.Equal(t, []string{"old", "old", "new"}, d.knocks)
}

// Fifty invocations find out at once that the password is old: it is loaded
// once more, not fifty times, and nobody throws the new one away.
func TestManyWhoFindOutTogetherShareOneLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, origin := loading("old")
		_, err := c.Get(t.Context(), "k")
		require.NoError(t, err)
		origin.Put("k", "new")

		errs := make(chan error)
		for i := range 50 {
			go func() {
				errs <- c.Do(t.Context(), "k", func(_ context.Context, password string) error {
					pass(time.Duration(i) * time.Millisecond)
					if password != "new" {
						return errDenied
					}
					return nil
				}, denied)
			}()
		}
		for range 50 {
			require.NoError(t, <-errs)
		}
		require.Equal(t, 2, origin.Count("k"))
	})
}

// A refresh that began before the password was found to be old may bring the old
// one again. It is not joined.
func TestDoDoesNotJoinAnEarlierLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		values := make(chan string, 2)
		c := cache.New(&cache.Options[string, string]{
			Jitter: exact, StaleWhileRevalidate: time.Hour,
			Load: func(context.Context, string) (string, error) { return <-values, nil },
		})
		values <- "old"
		_, err := c.Get(t.Context(), "k")
		require.NoError(t, err)
		pass(cache.DefaultTTL)

		d := &door{password: "new"}
		done := make(chan error)
		go func() { done <- c.Do(t.Context(), "k", d.open, denied) }() // stale, and a refresh
		synctest.Wait()
		require.EqualValues(t, 3, c.Stats().Loads)
		values <- "new" // to one of the two, it does not matter which
		values <- "new"
		require.NoError(t, <-done)
		require.Equal(t, []string{"old", "new"}, d.knocks)
		require.NoError(t, c.Wait(t.Context()))
	})
}

func TestDoDoesNotAskTheStore(t *testing.T) {
	origin := cachetest.NewLoader(map[string]string{"k": "new"})
	stored := "old"
	c := cache.New(&cache.Options[string, string]{
		Load: origin.Load,
		Store: cache.Store[string, string]{
			Get: func(context.Context, string) (string, time.Time, error) {
				return stored, time.Now().Add(time.Hour), nil
			},
			Put: func(_ context.Context, _, value string, _ time.Time) error { stored = value; return nil },
		},
	})
	d := &door{password: "new"}
	require.NoError(t, c.Do(t.Context(), "k", d.open, denied))
	require.Equal(t, []string{"old", "new"}, d.knocks)
	require.NoError(t, c.Wait(t.Context()))
	require.Equal(t, "new", stored)
}

func TestDoEndsWithItsContext(t *testing.T) {
	c := cache.New(&cache.Options[string, string]{Load: cachetest.NewLoader(map[string]string{"k": "v"}).Load})
	ctx, cancel := context.WithCancel(t.Context())
	err := c.Do(ctx, "k", func(context.Context, string) error { cancel(); return errDenied }, denied)
	require.ErrorIs(t, err, errDenied)
	require.ErrorIs(t, err, context.Canceled)
}
