package cache_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

const ttl = 300 * time.Second

// exact switches jitter off, so that an entry lives for its TTL to the
// nanosecond.
const exact = -1

func TestExpiryByTwoClocks(t *testing.T) {
	tests := []struct {
		name string
		pass func(*cachetest.Clock)
		want bool
	}{
		{"nothing happens", func(*cachetest.Clock) {}, true},
		{"just before the TTL", func(c *cachetest.Clock) { c.Advance(ttl - 1) }, true},
		{"at the TTL", func(c *cachetest.Clock) { c.Advance(ttl) }, false},
		{"freeze, both clocks advance", func(c *cachetest.Clock) { c.Advance(time.Hour) }, false},
		{"freeze, monotonic clock stops", func(c *cachetest.Clock) { c.Freeze(time.Hour) }, false},
		{"freeze, wall clock lags at the thaw", func(c *cachetest.Clock) { c.Advance(time.Hour); c.Step(-time.Hour) }, false},
		{"wall clock steps back, then 400 s of running", func(c *cachetest.Clock) { c.Step(-time.Hour); c.Advance(400 * time.Second) }, false},
		{"wall clock steps back, then a freeze stops the monotonic clock", func(c *cachetest.Clock) { c.Step(-time.Hour); c.Freeze(time.Hour - time.Second) }, false},
		{"wall clock steps forward", func(c *cachetest.Clock) { c.Step(time.Hour) }, false},
		{"wall clock steps back a little", func(c *cachetest.Clock) { c.Step(-1) }, false},
		{"many short freezes", func(c *cachetest.Clock) {
			for range 301 {
				c.Freeze(time.Second)
			}
		}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			clock := cachetest.NewClock()
			c := cache.New(&cache.Options[string, int]{TTL: ttl, Jitter: exact, Clock: clock})
			c.Set("k", 1)
			test.pass(clock)
			_, ok := c.Lookup("k")
			require.Equal(t, test.want, ok)
			require.Equal(t, test.want, c.Len() == 1)
		})
	}
}

// The one row of the table that nobody inside the process can tell: an environment
// is restored with both clocks as they were, an hour later. The test clock cannot
// show that, as nothing it shows moves; so this shows what a restore hook has to
// do instead, and that without it the entry is served.
func TestBothClocksStopAndARestoreHookClears(t *testing.T) {
	clock := cachetest.NewClock()
	c := cache.New(&cache.Options[string, int]{TTL: ttl, Jitter: exact, Clock: clock})
	c.Set("k", 1)
	snapshot := clock.Now()
	// An hour passes, of which the process knows nothing.
	require.Equal(t, snapshot, clock.Now())
	_, ok := c.Lookup("k")
	require.True(t, ok, "documented, not desired")
	c.Clear() // the restore hook
	_, ok = c.Lookup("k")
	require.False(t, ok)
}

// A clock that starts at 0 is a clock: a microVM that just booted reads small
// numbers, and an entry stored at 0 is not one that was never stored.
func TestExpiryAtTheOriginOfTheClocks(t *testing.T) {
	now := cache.Reading{}
	c := cache.New(&cache.Options[string, int]{TTL: ttl, Jitter: exact, Clock: clockFunc(func() cache.Reading { return now })})
	_, ok := c.Lookup("k")
	require.False(t, ok)

	c.Set("k", 1)
	_, ok = c.Lookup("k")
	require.True(t, ok)
	now = cache.Reading{Wall: int64(ttl), Mono: 0}
	_, ok = c.Lookup("k")
	require.False(t, ok)
}

type clockFunc func() cache.Reading

func (f clockFunc) Now() cache.Reading { return f() }

// Reads do not extend an entry's life: a key that is polled is still reloaded.
func TestReadsDoNotExtendLife(t *testing.T) {
	clock := cachetest.NewClock()
	c := cache.New(&cache.Options[string, int]{TTL: ttl, Jitter: exact, Clock: clock})
	c.Set("k", 1)
	for range 5 {
		_, ok := c.Lookup("k")
		require.True(t, ok)
		clock.Advance(ttl / 5)
	}
	_, ok := c.Lookup("k")
	require.False(t, ok)
}

func TestJitterOnlyShortens(t *testing.T) {
	clock := cachetest.NewClock()
	c := cache.New(&cache.Options[int, int]{TTL: ttl, Capacity: 10_000, Clock: clock})
	for k := range 10_000 {
		c.Set(k, k)
	}
	clock.Advance(ttl - ttl/10)
	require.Greater(t, c.Len(), 9_900, "the default is at most a tenth")
	clock.Advance(ttl / 20)
	require.InDelta(t, 5_000, c.Len(), 300, "and uniform")
	clock.Advance(ttl / 20)
	require.Zero(t, c.Len(), "the TTL is an upper bound")
}

func TestLargestTTL(t *testing.T) {
	clock := cachetest.NewClock()
	c := cache.New(&cache.Options[string, int]{TTL: 1<<63 - 1, Jitter: exact, Clock: clock})
	c.Set("k", 1)
	clock.Advance(100 * 365 * 24 * time.Hour)
	_, ok := c.Lookup("k")
	require.True(t, ok)
}

func TestSystemClocks(t *testing.T) {
	clocks := map[string]cache.Clock{"default": nil, "monotonic": cache.MonotonicClock()}
	for name, clock := range clocks {
		t.Run(name, func(t *testing.T) {
			long := cache.New(&cache.Options[string, int]{TTL: time.Hour, Clock: clock})
			long.Set("k", 1)
			_, ok := long.Lookup("k")
			require.True(t, ok)

			short := cache.New(&cache.Options[string, int]{TTL: time.Nanosecond, Clock: clock})
			short.Set("k", 1)
			for before := time.Now(); time.Since(before) < time.Microsecond; {
			}
			_, ok = short.Lookup("k")
			require.False(t, ok)
		})
	}
}
