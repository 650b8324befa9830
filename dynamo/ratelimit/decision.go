package ratelimit

import (
	"errors"
	"fmt"
	"time"
)

// A Decision is the answer to [Limiter.Allow].
type Decision struct {
	// Allowed tells whether the caller may go on.
	Allowed bool
	// Limit is the bucket's burst.
	Limit int
	// Remaining is how many tokens are left, at most: others may have taken some
	// since this process last asked the table.
	Remaining int
	// RetryAfter is the time until the same question can be answered with yes,
	// at the earliest. It is 0 when it just was.
	RetryAfter time.Duration
	// ResetAfter is the time until the bucket is full if nobody takes anything.
	ResetAfter time.Duration
	// Local tells that no request was needed.
	Local bool
	// Err is the failure of the table under [FailOpen] or [FailLocal], a
	// [*StoreError]; the other fields then are what that policy says.
	Err error
}

// A Failure is what a [Limiter] does when the table does not answer: it is
// throttled, unreachable, missing, or slower than [Options.Timeout].
type Failure int

const (
	// FailClosed allows nothing: Allow returns the error.
	FailClosed Failure = iota
	// FailOpen allows everything.
	FailOpen
	// FailLocal lets each process go by a bucket of its own, with the same
	// limit, until the table answers again.
	FailLocal
)

// A StoreError is a decision that the table had no part in.
type StoreError struct {
	// Key is the key that was to be limited.
	Key string
	// Err is the SDK's error, or [context.DeadlineExceeded] after
	// [Options.Timeout].
	Err error
}

// Error names the key and the cause.
func (e *StoreError) Error() string { return fmt.Sprintf("ratelimit: key %q: %v", e.Key, e.Err) }

// Unwrap returns the cause.
func (e *StoreError) Unwrap() error { return e.Err }

var (
	// ErrTokens means that more tokens were asked for than the bucket can hold,
	// or none. Nothing was sent.
	ErrTokens = errors.New("impossible number of tokens")
	// ErrKey means that the key is empty. Nothing was sent.
	ErrKey = errors.New("key is empty")
)

// A level is how full a bucket is. Its mark is a time in nanoseconds since 1970:
// every token that came before it is taken or has run over. So the bucket holds
// what came between the mark and now, at most its burst; taking tokens moves the
// mark by their cost.
type level struct {
	mark   int64
	slot   int  // which attribute holds the mark
	exists bool // there is an item; without one the bucket is full
}

// answer is the decision about n tokens that the given mark leads to.
func (l *Limiter) answer(mark, now int64, n int, allowed bool) Decision {
	held := l.fill
	if mark > now-l.fill {
		held = now - mark
	}
	d := Decision{Allowed: allowed, Limit: l.limit.Burst, ResetAfter: time.Duration(l.fill - held)}
	d.Remaining = l.limit.tokens(held)
	if !allowed {
		// A refusal in spite of enough tokens lost a race; the next attempt
		// knows more.
		d.RetryAfter = time.Duration(max(l.limit.cost(n)-held, 1))
	}
	return d
}
