package demo

import (
	"sync/atomic"
	"time"
)

// A clock is the real one, set forward by hand: what waits for a minute on the
// queue waits for a step.
type clock struct{ offset atomic.Int64 }

func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

func (c *clock) Step(d time.Duration) { c.offset.Add(int64(d)) }
