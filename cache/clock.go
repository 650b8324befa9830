package cache

import "time"

// A Reading is what both clocks showed at one moment, in nanoseconds. The two
// are independent: a freeze may stop the monotonic clock while the wall clock
// moves on, and a time server may step the wall clock while the monotonic
// clock runs. A [time.Time] cannot express that, because nobody outside
// package time can construct one with a chosen monotonic reading.
type Reading struct {
	// Wall is the wall clock, in nanoseconds since the Unix epoch.
	Wall int64
	// Mono is the monotonic clock, in nanoseconds since a point that is
	// arbitrary but the same for all readings of one clock. 0 has no special
	// meaning.
	Mono int64
}

// A Clock reads both clocks. Now must be safe for concurrent use and must not
// call back into the cache that uses it.
//
// The default is the system's clocks. Package cachetest has a clock that tests
// move by hand, [MonotonicClock] and [PinnedClock] are cheaper ones for those
// who can use them.
type Clock interface {
	Now() Reading
}

// MonotonicClock returns a clock that reads only the system's monotonic clock,
// which is about half the price of reading both.
//
// It is right where a process is never suspended: in containers, on EC2, on
// Lambda Managed Instances. It is wrong on an ordinary Lambda function, where
// the monotonic clock may stand still while the environment is frozen, so that
// an expired entry looks fresh after the thaw. Its wall reading is that of the
// moment when it was made, plus what the monotonic clock counted since.
func MonotonicClock() Clock {
	now := time.Now()
	return &monotonic{start: now, wall: now.UnixNano()}
}

type monotonic struct {
	start time.Time
	wall  int64
}

func (m *monotonic) Now() Reading {
	t := int64(time.Since(m.start))
	return Reading{Wall: m.wall + t, Mono: t}
}
