package cache

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A loadContext is the context of a load: the values of another context, and an
// end of its own at a deadline. It does what context.WithDeadline over
// context.WithoutCancel does, but makes channel and timer only when somebody asks
// for Done, as all that waits does. A load that only computes does not pay for
// them, which are most of what a load would cost.
type loadContext struct {
	parent   context.Context //nolint:containedctx // it is one
	deadline time.Time
	timed    atomic.Pointer[timedContext] // what is asked, once it was made

	// How it ended before timed was made.
	mu                 sync.Mutex
	canceled, exceeded bool
}

type timedContext struct {
	context.Context //nolint:containedctx // it is one
	cancel          context.CancelFunc
}

func (l *loadContext) start(ctx context.Context, deadline time.Time) {
	l.parent = ctx
	l.deadline = deadline
}

// values is the parent with nothing but its values.
func (l *loadContext) values() context.Context { return context.WithoutCancel(l.parent) }

func (l *loadContext) Deadline() (time.Time, bool) { return l.deadline, true }

func (l *loadContext) Done() <-chan struct{} {
	if t := l.timed.Load(); t != nil {
		return t.Done()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.make().Done()
}

// make returns timed, and makes it if it has to. l.mu is held.
func (l *loadContext) make() *timedContext {
	if t := l.timed.Load(); t != nil {
		return t
	}
	t := new(timedContext)
	if l.canceled {
		t.Context, t.cancel = context.WithCancel(l.values())
		t.cancel()
	} else {
		t.Context, t.cancel = context.WithDeadline(l.values(), l.deadline)
	}
	l.timed.Store(t)
	return t
}

func (l *loadContext) Err() error {
	if t := l.timed.Load(); t != nil {
		return t.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.timed.Load(); t != nil {
		return t.Err()
	}
	if l.canceled {
		return context.Canceled
	}
	if l.exceeded = l.exceeded || !time.Now().Before(l.deadline); l.exceeded {
		return context.DeadlineExceeded
	}
	return nil
}

// Value also answers to the question by which package context recognises its own
// kind, so that contexts derived from this one need no goroutine.
func (l *loadContext) Value(key any) any {
	if t := l.timed.Load(); t != nil {
		return t.Value(key)
	}
	return l.values().Value(key)
}

// end ends the context, if it has not ended yet.
func (l *loadContext) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.timed.Load(); t != nil {
		t.cancel()
	} else {
		l.canceled = !l.exceeded
	}
}
