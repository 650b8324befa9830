package cachetest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

func TestClockMoves(t *testing.T) {
	clock := cachetest.NewClock()
	start := clock.Now()
	moved := func() cache.Reading {
		now := clock.Now()
		return cache.Reading{Wall: now.Wall - start.Wall, Mono: now.Mono - start.Mono}
	}
	require.Equal(t, cache.Reading{}, moved(), "only by hand")
	clock.Advance(2)
	require.Equal(t, cache.Reading{Wall: 2, Mono: 2}, moved())
	clock.Freeze(3)
	require.Equal(t, cache.Reading{Wall: 5, Mono: 2}, moved())
	clock.Step(-10)
	require.Equal(t, cache.Reading{Wall: -5, Mono: 2}, moved())
}

func TestTimeDoesNotPassBackwards(t *testing.T) {
	clock := cachetest.NewClock()
	require.Panics(t, func() { clock.Advance(-1) })
	require.Panics(t, func() { clock.Freeze(-1) })
}

func TestLoaderAnswersAndCounts(t *testing.T) {
	values := map[string]int{"a": 1}
	l := cachetest.NewLoader(values)
	values["a"] = 9
	v, err := l.Load(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, 1, v, "the values were copied")
	_, err = l.Load(t.Context(), "b")
	require.ErrorIs(t, err, cache.ErrNotFound)

	l.Put("b", 2)
	l.Remove("a")
	v, err = l.Load(t.Context(), "b")
	require.NoError(t, err)
	require.Equal(t, 2, v)
	_, err = l.Load(t.Context(), "a")
	require.ErrorIs(t, err, cache.ErrNotFound)
	require.Equal(t, []string{"a", "b", "b", "a"}, l.Calls())
	require.Equal(t, 2, l.Count("b"))
}

func TestLoaderFailsAsTold(t *testing.T) {
	l := cachetest.NewLoader(map[string]int{"a": 1})
	down := errors.New("down")
	l.Fail(down, nil, down)
	for _, want := range []error{down, nil, down, nil} {
		_, err := l.Load(t.Context(), "a")
		require.Equal(t, want, err)
	}
}

func TestLoaderHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := cachetest.NewLoader(map[string]int{"a": 1})
		release := l.Hold()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := l.Load(ctx, "a")
		require.Equal(t, context.DeadlineExceeded, err)

		time.AfterFunc(time.Minute, release)
		began := time.Now()
		_, err = l.Load(t.Context(), "a")
		require.NoError(t, err)
		require.Equal(t, time.Minute, time.Since(began))
		release()
		_, err = l.Load(t.Context(), "a")
		require.NoError(t, err, "not held any more")
	})
}
