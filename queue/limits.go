package queue

import (
	"context"
	"time"
)

// limits are the points of an invocation at which things end; zero means never.
//
//	start ────────────── soft ───── hard ───── last ── deadline
//	records are handled │ handlers │ failed   │ logs, response
//	                    │ wind up  │ records' │
//	                    │          │ waits    │
type limits struct {
	soft time.Time // nothing starts any more, the handlers' contexts end
	hard time.Time // handlers that have not returned are abandoned, the sink's context ends
	last time.Time // the calls that postpone failed records end
}

const (
	minMargin = 500 * time.Millisecond
	maxMargin = 5 * time.Second
)

// limits divides the time until ctx's deadline.
func (o *Options) limits(ctx context.Context, now time.Time) limits {
	deadline, ok := ctx.Deadline()
	if !ok {
		return limits{}
	}
	m := o.margin(deadline.Sub(now))
	return limits{
		soft: deadline.Add(-m),
		hard: deadline.Add(-m / 2),
		last: deadline.Add(-m / 8),
	}
}

// margin returns how much of the time that is left is not for handlers. A fixed
// margin would leave nothing to an invocation with 300 ms, and next to nothing
// of 15 minutes to wind up in.
func (o *Options) margin(left time.Duration) time.Duration {
	if o.Margin > 0 {
		return max(min(o.Margin, left/2), 0)
	}
	return max(min(min(max(left/20, minMargin), maxMargin), left/4), 0)
}

// context returns a context that ends with ctx or at t.
func (limits) context(ctx context.Context, t time.Time) (context.Context, context.CancelFunc) {
	if t.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, t)
}
