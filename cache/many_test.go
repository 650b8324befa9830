package cache_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

func manyOrigin() *cachetest.Loader[string, int] {
	return cachetest.NewLoader(map[string]int{"a": 1, "b": 2, "c": 3})
}

func TestGetManyLoadsWhatIsMissingInOneCall(t *testing.T) {
	origin := manyOrigin()
	var calls [][]string
	c := cache.New(&cache.Options[string, int]{LoadMany: func(ctx context.Context, keys []string) (map[string]int, error) {
		calls = append(calls, keys)
		return origin.LoadMany(ctx, keys)
	}})
	c.Set("a", 10)
	got, err := c.GetMany(t.Context(), []string{"a", "b", "c", "b", "none"})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"a": 10, "b": 2, "c": 3}, got)
	require.Len(t, calls, 1)
	require.ElementsMatch(t, []string{"b", "c", "none"}, calls[0])

	got, err = c.GetMany(t.Context(), []string{"a", "b", "c"})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"a": 10, "b": 2, "c": 3}, got)
	require.Len(t, calls, 1)
	require.Equal(t, cache.Stats{Hits: 4, Misses: 3, Loads: 3, LoadTime: c.Stats().LoadTime}, c.Stats())
}

func TestGetManyWithoutLoadManyLoadsEach(t *testing.T) {
	origin := manyOrigin()
	c := cache.New(&cache.Options[string, int]{Load: origin.Load})
	got, err := c.GetMany(t.Context(), []string{"a", "b", "none"})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"a": 1, "b": 2}, got)
	require.ElementsMatch(t, []string{"a", "b", "none"}, origin.Calls())
}

func TestGetUsesLoadManyIfThereIsNoLoad(t *testing.T) {
	origin := manyOrigin()
	c := cache.New(&cache.Options[string, int]{LoadMany: origin.LoadMany})
	v, err := c.Get(t.Context(), "b")
	require.NoError(t, err)
	require.Equal(t, 2, v)
	_, err = c.Get(t.Context(), "none")
	require.ErrorIs(t, err, cache.ErrNotFound)
	origin.Fail(errDown)
	_, err = c.Get(t.Context(), "c")
	require.ErrorIs(t, err, errDown)
}

func TestGetManyJoinsALoadUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := manyOrigin()
		c := cache.New(&cache.Options[string, int]{Load: origin.Load, LoadMany: origin.LoadMany})
		release := origin.Hold()
		go func() { _, _ = c.Get(t.Context(), "a") }()
		synctest.Wait()
		time.AfterFunc(time.Second, release)
		got, err := c.GetMany(t.Context(), []string{"a", "b"})
		require.NoError(t, err)
		require.Equal(t, map[string]int{"a": 1, "b": 2}, got)
		require.Equal(t, []string{"a", "b"}, origin.Calls())
	})
}

func TestGetJoinsALoadOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := manyOrigin()
		c := cache.New(&cache.Options[string, int]{Load: origin.Load, LoadMany: origin.LoadMany})
		release := origin.Hold()
		go func() { _, _ = c.GetMany(t.Context(), []string{"a", "b"}) }()
		synctest.Wait()
		time.AfterFunc(time.Second, release)
		v, err := c.Get(t.Context(), "b")
		require.NoError(t, err)
		require.Equal(t, 2, v)
		require.Equal(t, 1, origin.Count("b"))
	})
}

func TestGetManyReturnsWhatDidNotFail(t *testing.T) {
	origin := manyOrigin()
	c := cache.New(&cache.Options[string, int]{LoadMany: origin.LoadMany})
	c.Set("a", 1)
	origin.Fail(errDown)
	got, err := c.GetMany(t.Context(), []string{"a", "b", "c"})
	require.Equal(t, map[string]int{"a": 1}, got)
	var many *cache.ManyError[string]
	require.ErrorAs(t, err, &many)
	require.Len(t, many.Errors, 2)
	require.ErrorIs(t, many.Errors["b"], errDown)
	require.ErrorIs(t, err, errDown)
}

func TestGetManyWhosePanicReachesAll(t *testing.T) {
	c := cache.New(&cache.Options[string, int]{LoadMany: func(context.Context, []string) (map[string]int, error) {
		panic("boom")
	}})
	_, err := c.GetMany(t.Context(), []string{"a", "b"})
	var many *cache.ManyError[string]
	require.ErrorAs(t, err, &many)
	require.Len(t, many.Errors, 2)
	var panicked *cache.PanicError
	require.ErrorAs(t, err, &panicked)
	require.Equal(t, "boom", panicked.Value)
	require.NoError(t, c.Wait(t.Context()))
}

func TestGetManyEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := manyOrigin()
		c := cache.New(&cache.Options[string, int]{LoadMany: origin.LoadMany})
		c.Set("a", 1)
		release := origin.Hold()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got, err := c.GetMany(ctx, []string{"a", "b"})
		require.Equal(t, context.DeadlineExceeded, err)
		require.Equal(t, map[string]int{"a": 1}, got)
		release()
		require.NoError(t, c.Wait(t.Context()))

		_, err = c.GetMany(ctx, []string{"a"})
		require.Equal(t, context.DeadlineExceeded, err)
	})
}

func TestSoftTimeoutOfManyIsOneForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := manyOrigin()
		c := cache.New(&cache.Options[string, int]{Load: origin.Load, TTL: ttl, Jitter: exact,
			StaleWhileRevalidate: time.Minute, SoftTimeout: time.Second})
		keys := []string{"a", "b", "c"}
		_, err := c.GetMany(t.Context(), keys)
		require.NoError(t, err)
		pass(ttl)
		release := origin.Hold()
		began := time.Now()
		got, err := c.GetMany(t.Context(), keys)
		require.NoError(t, err)
		require.Len(t, got, 3)
		require.Equal(t, time.Second, time.Since(began))
		release()
	})
}

func TestLoadManyMayFailForSomeKeysOnly(t *testing.T) {
	c := cache.New(&cache.Options[string, int]{
		LoadMany: func(context.Context, []string) (map[string]int, error) {
			return map[string]int{"a": 1}, &cache.ManyError[string]{Errors: map[string]error{"b": errDown}}
		},
	})
	values, err := c.GetMany(t.Context(), []string{"a", "b", "c"})
	require.Equal(t, map[string]int{"a": 1}, values)
	var many *cache.ManyError[string]
	require.ErrorAs(t, err, &many)
	require.Len(t, many.Errors, 1, "c has no value, which is no failure")
	require.ErrorIs(t, many.Errors["b"], errDown)
	_, ok := c.Lookup("a")
	require.True(t, ok)
}

func TestGetManyAsksOnceForEachKeyAndKeepsOnlyThose(t *testing.T) {
	var calls [][]int
	c := cache.New(&cache.Options[int, int]{LoadMany: func(_ context.Context, keys []int) (map[int]int, error) {
		calls = append(calls, keys)
		return map[int]int{1: 1, 2: 2, 99: 99}, nil
	}})
	values, err := c.GetMany(t.Context(), []int{1, 2, 1, 3, 2, 3, 1})
	require.NoError(t, err)
	require.Equal(t, map[int]int{1: 1, 2: 2}, values)
	require.Len(t, calls, 1)
	require.ElementsMatch(t, []int{1, 2, 3}, calls[0])
	require.Equal(t, 2, c.Len(), "99 was not asked for")
	require.EqualValues(t, 3, c.Stats().Misses)
}
