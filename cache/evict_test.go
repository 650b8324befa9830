package cache_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

// arrangements are the ways in which a cache can keep its entries. What does
// not depend on them is tested with each.
var arrangements = map[string]cache.Options[int, int]{
	"LRU":           {},
	"S3FIFO":        {Policy: cache.S3FIFO},
	"ParallelReads": {Policy: cache.S3FIFO, ParallelReads: true},
}

func forEachArrangement(t *testing.T, test func(*testing.T, cache.Options[int, int])) {
	for name, o := range arrangements {
		t.Run(name, func(t *testing.T) { test(t, o) })
	}
}

func TestCapacityIsNeverExceeded(t *testing.T) {
	for _, capacity := range []int{1, 2, 9, 10, 100} {
		forEachArrangement(t, func(t *testing.T, o cache.Options[int, int]) {
			o.Capacity = capacity
			c := cache.New(&o)
			for k := range 1000 {
				c.Set(k, k)
				c.Lookup(k / 2)
				require.Equal(t, min(k+1, capacity), c.Len())
				_, ok := c.Lookup(k)
				require.True(t, ok, "the newest is there")
			}
			require.Equal(t, uint64(1000-capacity), c.Stats().Evictions)
		})
	}
}

func TestBytesAreBounded(t *testing.T) {
	forEachArrangement(t, func(t *testing.T, o cache.Options[int, int]) {
		o.MaxBytes = 100
		o.Size = func(_, value int) int64 { return int64(value) }
		c := cache.New(&o)
		sum := func() (sum int) {
			for _, v := range c.All() {
				sum += v
			}
			return sum
		}
		for k := range 50 {
			c.Set(k, k)
			c.Set(k/2, 2*k)
			require.LessOrEqual(t, sum(), 100)
			_, ok := c.Lookup(k / 2)
			require.Equal(t, 2*k <= 100, ok)
		}
		c.Set(1, 101)
		_, ok := c.Lookup(1)
		require.False(t, ok, "too large on its own")
		c.Set(2, 100)
		require.Equal(t, []int{2}, keys(c), "just fits")
		c.Set(3, -1)
		require.Equal(t, 2, c.Len(), "a negative size is none")
		c.Delete(2)
		c.Set(4, 100)
		require.Equal(t, 2, c.Len(), "the deleted bytes are free again")
	})
}

func TestHugeSizesDoNotOverflow(t *testing.T) {
	c := cache.New(&cache.Options[string, int64]{
		MaxBytes: math.MaxInt64,
		Size:     func(_ string, size int64) int64 { return size },
	})
	c.Set("a", math.MaxInt64)
	c.Set("b", math.MaxInt64)
	require.Equal(t, []string{"b"}, keys(c))
}

// A log collects what OnEvict reports.
type log []string

func (l *log) note(key, value int, cause cache.Cause) {
	*l = append(*l, fmt.Sprint(key, "=", value, " ", cause))
}

func (l *log) take() []string {
	taken := *l
	*l = nil
	slices.Sort(taken)
	return taken
}

func TestHookReportsEachValueOnceWithItsCause(t *testing.T) {
	forEachArrangement(t, func(t *testing.T, o cache.Options[int, int]) {
		clock := cachetest.NewClock()
		var l log
		o.OnEvict, o.Clock, o.TTL, o.Jitter, o.Capacity = l.note, clock, ttl, exact, 2
		c := cache.New(&o)

		c.Set(1, 1)
		c.Set(1, 11)
		require.Equal(t, []string{"1=1 Replaced"}, l.take())
		c.Delete(1)
		c.Delete(1)
		require.Equal(t, []string{"1=11 Deleted"}, l.take())
		c.Set(1, 1)
		c.Set(2, 2)
		c.Set(3, 3)
		require.Equal(t, []string{"1=1 Evicted"}, l.take())
		clock.Freeze(time.Hour)
		require.Empty(t, l.take(), "nobody came across")
		c.Lookup(2)
		require.Equal(t, []string{"2=2 Expired"}, l.take())
		c.Set(3, 33)
		require.Equal(t, []string{"3=3 Expired"}, l.take(), "what it replaced had expired before")
		c.Set(4, 4)
		c.Clear()
		require.Equal(t, []string{"3=33 Deleted", "4=4 Deleted"}, l.take())
	})
}

func TestHookMayUseTheCache(t *testing.T) {
	var c *cache.Cache[int, int]
	c = cache.New(&cache.Options[int, int]{Capacity: 1, OnEvict: func(key, value int, _ cache.Cause) {
		if key < 10 {
			c.Set(key+10, value)
		}
		c.Lookup(key)
	}})
	c.Set(1, 1)
	c.Set(2, 2)
	require.Equal(t, []int{12}, keys(c), "11 drove out 2, whose 12 drove out 11")
}

func TestTimeToLiveOfOneEntry(t *testing.T) {
	clock := cachetest.NewClock()
	c := cache.New(&cache.Options[string, time.Duration]{
		TTL: ttl, Jitter: exact, Clock: clock,
		TTLFor: func(key string, value time.Duration) time.Duration { return value },
	})
	c.Set("default", 0)
	c.Set("short", time.Minute)
	c.Set("long", time.Hour)
	c.Set("not at all", time.Hour)
	c.Set("not at all", -1)
	require.ElementsMatch(t, []string{"default", "short", "long"}, keys(c))
	clock.Advance(time.Minute)
	require.ElementsMatch(t, []string{"default", "long"}, keys(c))
	clock.Advance(ttl)
	require.Equal(t, []string{"long"}, keys(c))
	clock.Advance(time.Hour)
	require.Empty(t, keys(c))
}

func TestLoadedValueThatIsNotKeptIsStillReturned(t *testing.T) {
	origin := cachetest.NewLoader(map[string]string{"k": "v"})
	c := cache.New(&cache.Options[string, string]{Load: origin.Load, TTLFor: func(string, string) time.Duration { return -1 }})
	for range 2 {
		v, err := c.Get(t.Context(), "k")
		require.NoError(t, err)
		require.Equal(t, "v", v)
	}
	require.Equal(t, 2, origin.Count("k"))
}

func TestCallersCannotChangeWhatOthersSee(t *testing.T) {
	origin := cachetest.NewLoader(map[string][]int{"k": {1}})
	c := cache.New(&cache.Options[string, []int]{Load: origin.Load, Clone: slices.Clone[[]int]})
	read := map[string]func() []int{
		"Get":     func() []int { v, _ := c.Get(t.Context(), "k"); return v },
		"Lookup":  func() []int { v, _ := c.Lookup("k"); return v },
		"GetMany": func() []int { v, _ := c.GetMany(t.Context(), []string{"k"}); return v["k"] },
		"All": func() []int {
			for _, v := range c.All() {
				return v
			}
			return nil
		},
	}
	require.Equal(t, []int{1}, read["Get"]()) // loads
	for name, f := range read {
		v := f()
		require.Equal(t, []int{1}, v, name)
		v[0] = 9
		require.Equal(t, []int{1}, f(), name)
	}
	mine := []int{2}
	c.Set("k", mine)
	mine[0] = 9
	require.Equal(t, []int{2}, read["Get"]())
}

// One pass over many keys that are read once must not drive out those that are
// read again and again.
func TestS3FIFOSurvivesAScan(t *testing.T) {
	c := cache.New(&cache.Options[int, int]{Policy: cache.S3FIFO, Capacity: 100})
	for range 3 {
		for k := range 50 {
			if _, ok := c.Lookup(k); !ok {
				c.Set(k, k)
			}
		}
	}
	for k := 1000; k < 2000; k++ {
		c.Set(k, k)
	}
	for k := range 50 {
		_, ok := c.Lookup(k)
		require.True(t, ok, k)
	}
}

// A key that comes back soon after it was evicted is not on probation again.
func TestS3FIFORemembersWhatItEvicted(t *testing.T) {
	c := cache.New(&cache.Options[int, int]{Policy: cache.S3FIFO, Capacity: 20})
	for k := range 21 {
		c.Set(k, k)
	}
	_, ok := c.Lookup(0)
	require.False(t, ok)
	c.Set(0, 0)
	for k := 100; k < 200; k++ {
		c.Set(k, k)
	}
	_, ok = c.Lookup(0)
	require.True(t, ok)
}

func TestNames(t *testing.T) {
	require.Equal(t, "LRU S3FIFO Policy(7)", fmt.Sprint(cache.LRU, " ", cache.S3FIFO, " ", cache.Policy(7)))
	require.Equal(t, "[Evicted Expired Deleted Replaced Cause(7)]",
		fmt.Sprint([]cache.Cause{cache.Evicted, cache.Expired, cache.Deleted, cache.Replaced, 7}))
}
