package cachetest

import (
	"fmt"
	"sync"
	"time"

	"github.com/go-thaw/thaw/cache"
)

// A Clock is a [cache.Clock] that moves only by hand. Its two readings move
// together or apart, as those of a real environment do. All methods may be
// called concurrently.
type Clock struct {
	mu  sync.Mutex
	now cache.Reading
}

// NewClock returns a clock that shows the start of the year 2026 (UTC) on the
// wall and one hour on the monotonic clock. It is a round time, so that failures
// are easy to read, and the same one always.
func NewClock() *Clock {
	wall := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	return &Clock{now: cache.Reading{Wall: wall.UnixNano(), Mono: int64(time.Hour)}}
}

// Now returns both readings. It implements [cache.Clock].
func (c *Clock) Now() cache.Reading {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance lets time pass while the environment runs: both clocks move by d. It
// panics if d is negative.
func (c *Clock) Advance(d time.Duration) {
	forwards("Advance", d)
	c.move(d, d)
}

// Freeze lets time pass while the environment is frozen and the monotonic clock
// with it: only the wall clock moves. It panics if d is negative.
//
// Where a freeze does not stop the monotonic clock, but the wall clock lags
// until it is set again, use Advance(d) and Step(-d).
func (c *Clock) Freeze(d time.Duration) {
	forwards("Freeze", d)
	c.move(d, 0)
}

// Step sets the wall clock forwards, or back if d is negative, as a time server
// does. No time passes.
func (c *Clock) Step(d time.Duration) { c.move(d, 0) }

func (c *Clock) move(wall, mono time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now.Wall += int64(wall)
	c.now.Mono += int64(mono)
}

func forwards(method string, d time.Duration) {
	if d < 0 {
		panic(fmt.Sprintf("cachetest: Clock.%s: time does not pass backwards, got %v; use Step", method, d))
	}
}
