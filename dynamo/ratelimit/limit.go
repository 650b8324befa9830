package ratelimit

import (
	"fmt"
	"math/bits"
	"time"
)

// A Limit is a token bucket: it holds up to Burst tokens, gets Rate new ones in
// each Per, evenly, and starts full.
type Limit struct {
	// Rate is the number of tokens per Per, at least 1.
	Rate int
	// Per is the time in which Rate tokens come; 0 means a second.
	Per time.Duration
	// Burst is how many tokens can be taken at once after a pause; 0 means Rate.
	Burst int
}

// maxFill is the longest time that an empty bucket may need. It keeps the
// arithmetic in nanoseconds far from its limits.
const maxFill = 10 * 365 * 24 * time.Hour

// withDefaults fills in what is zero and refuses what cannot be counted.
func (l Limit) withDefaults() (Limit, error) {
	if l.Per == 0 {
		l.Per = time.Second
	}
	if l.Burst == 0 {
		l.Burst = l.Rate
	}
	switch {
	case l.Rate < 1:
		return l, fmt.Errorf("Limit.Rate: must be at least 1, got %d", l.Rate)
	case l.Per < 0 || l.Per > maxFill:
		return l, fmt.Errorf("Limit.Per: must be positive and at most %v, got %v", maxFill, l.Per)
	case int64(l.Rate) > int64(l.Per):
		return l, fmt.Errorf("Limit.Rate: must be at most one token per nanosecond, got %d in %v", l.Rate, l.Per)
	case l.Burst < 1:
		return l, fmt.Errorf("Limit.Burst: must be at least 1, got %d", l.Burst)
	}
	if hi, _ := bits.Mul64(uint64(l.Burst), uint64(l.Per)); hi != 0 || l.cost(l.Burst) > int64(maxFill) {
		return l, fmt.Errorf("Limit.Burst: an empty bucket must be full within %v, got %d at %d per %v", maxFill, l.Burst, l.Rate, l.Per)
	}
	return l, nil
}

// cost is the time in nanoseconds in which n tokens come, rounded up.
func (l *Limit) cost(n int) int64 {
	hi, lo := bits.Mul64(uint64(n), uint64(l.Per))
	q, r := bits.Div64(hi, lo, uint64(l.Rate))
	if r > 0 {
		q++
	}
	return int64(q)
}

// tokens is how many come in d nanoseconds: the largest n with cost(n) <= d.
func (l *Limit) tokens(d int64) int {
	if d <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(d), uint64(l.Rate))
	q, _ := bits.Div64(hi, lo, uint64(l.Per))
	return int(q)
}
