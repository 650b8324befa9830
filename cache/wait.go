package cache

import (
	"context"
	"slices"
	"time"
)

// Wait returns when all loads that were under way when it was called have
// ended, or with ctx's error when ctx ends first. Loads whose callers did not
// wait (a stale value was good enough, a deadline passed) still run; call Wait
// before the handler returns, so that the environment is not frozen in the
// middle of one. [Wrap] does that.
//
// What comes of the loads is not Wait's to report. It does not wait for a load
// beyond its LoadTimeout.
func (c *Cache[K, V]) Wait(ctx context.Context) error {
	for _, f := range c.underWay() {
		if f.wait(ctx); ctx.Err() != nil {
			break
		}
	}
	return ctx.Err()
}

// wait waits for the end of the flight, of its time, or of ctx.
func (f *flight[K, V]) wait(ctx context.Context) {
	timeout := time.NewTimer(time.Until(f.ctx.deadline))
	defer timeout.Stop()
	select {
	case <-f.ended:
	case <-ctx.Done():
	case <-timeout.C:
	}
}

func (c *Cache[K, V]) underWay() []*flight[K, V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.Clone(c.others)
	for _, f := range c.flights {
		all = append(all, f)
	}
	return all
}

// A Handler is what Lambda calls. It has the method of lambda.Handler of
// github.com/aws/aws-lambda-go, so the two are assignable to each other.
type Handler interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// A Waiter is a [Cache] of any type.
type Waiter interface {
	Wait(ctx context.Context) error
}

// Wrap returns a handler that calls h and then waits for the loads that are
// under way in the caches, so that refreshes overlap the handler and are
// finished before the environment may be frozen. It waits no longer than the
// invocation's context, and returns what h returned.
func Wrap(h Handler, caches ...Waiter) Handler { return &waiting{h, caches} }

type waiting struct {
	next   Handler
	caches []Waiter
}

func (w *waiting) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	defer func() {
		for _, c := range w.caches {
			// The only error is ctx's, and then there is no time left to do
			// anything about it. The response matters more than a refresh.
			_ = c.Wait(ctx)
		}
	}()
	return w.next.Invoke(ctx, payload)
}
