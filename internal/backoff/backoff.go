// Package backoff waits between attempts: exponentially, with full jitter, and
// never beyond the end of a context.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// A Policy says how long to wait between attempts. Its zero value does not wait.
type Policy struct {
	// Base is the longest wait after the first attempt; it doubles with each.
	Base time.Duration
	// Max bounds the wait; 0 means no bound.
	Max time.Duration
}

// Ceiling returns the longest wait after the given number of failed attempts,
// counted from 1.
func (p Policy) Ceiling(attempt int) time.Duration {
	d := p.Base
	for range attempt - 1 {
		if p.Max > 0 && d >= p.Max {
			break
		}
		if d > d<<1 { // overflow: the wait is already over 146 years
			break
		}
		d <<= 1
	}
	if p.Max > 0 {
		d = min(d, p.Max)
	}
	return d
}

// Delay returns a uniformly random wait of at most Ceiling. Full jitter spreads
// callers that failed together over the whole interval, see
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
func (p Policy) Delay(attempt int) time.Duration {
	ceiling := p.Ceiling(attempt)
	if ceiling <= 0 {
		return 0
	}
	return rand.N(ceiling + 1)
}

// Wait waits for Delay(attempt). It returns the context's error as soon as the
// context ends, and context.DeadlineExceeded at once when the deadline would
// pass before the wait is over: the caller gets the time that is left to report
// what it could not do.
func (p Policy) Wait(ctx context.Context, attempt int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d := p.Delay(attempt)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return context.DeadlineExceeded
	}
	if d == 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
