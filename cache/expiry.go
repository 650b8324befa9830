package cache

import (
	"math"
	"math/rand/v2"
	"time"
)

// forever is the longest duration.
const forever = time.Duration(math.MaxInt64)

// within reports whether less than d has passed since then, on both clocks. A
// clock that stood still (a freeze) or lags (a thaw before the time is set
// again) cannot make an entry look younger than the other clock knows it to be.
//
// If the wall clock shows a time before then, it was stepped back, and no
// longer tells how long a later freeze takes; the age is unknown, and within is
// false. The error is one load too many, never an expired value. As unsigned
// numbers, negative differences are larger than any duration, so that two
// comparisons are all it takes.
func (r Reading) within(then Reading, d time.Duration) bool {
	return uint64(r.Wall-then.Wall) < uint64(d) && uint64(r.Mono-then.Mono) < uint64(d)
}

// jittered returns a time to live shortened by a random part of at most share.
// It never lengthens: the TTL stays an upper bound.
func jittered(ttl time.Duration, share float64) time.Duration {
	most := time.Duration(float64(ttl) * share)
	if most <= 0 {
		return ttl
	}
	return ttl - rand.N(most)
}

// sum adds durations, staying at the longest one instead of overflowing.
func sum(a, b time.Duration) time.Duration {
	if a > forever-b {
		return forever
	}
	return a + b
}
