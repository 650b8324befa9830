package console

import (
	"sync/atomic"
	"time"

	"github.com/go-thaw/thaw/cache"
)

// A Clock is the time of the platform: the real one, and whatever it was frozen
// for. It is safe for concurrent use.
type Clock struct {
	start  time.Time
	frozen atomic.Int64
}

// NewClock returns a clock that shows the real time.
func NewClock() *Clock { return &Clock{start: time.Now()} }

// Freeze lets d pass on the wall and stop the monotonic clock meanwhile, which is
// the worst that a freeze of the environment does.
func (c *Clock) Freeze(d time.Duration) { c.frozen.Add(int64(d)) }

// Time is the wall clock, for tables, bus and queues.
func (c *Clock) Time() time.Time { return time.Now().Add(time.Duration(c.frozen.Load())) }

// Now reads both clocks, for a cache.
func (c *Clock) Now() cache.Reading {
	now := time.Now()
	return cache.Reading{Wall: now.UnixNano() + c.frozen.Load(), Mono: int64(now.Sub(c.start))}
}
