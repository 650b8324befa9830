package queuetest

import (
	"context"
	"time"
)

// Run invokes the handler as messages become visible, up to Concurrency
// invocations at a time, until ctx ends; it then waits for those that run and
// returns ctx's error. It sleeps until a message is sent or becomes visible.
func (m *Mapping) Run(ctx context.Context) error {
	r := &runner{m: m, finished: make(chan struct{}, m.scale.limit)}
	for ctx.Err() == nil {
		wait, changed := r.step(ctx)
		next, stop := after(wait)
		select {
		case <-ctx.Done():
		case <-changed:
		case <-next:
		case <-r.finished:
			r.running--
		}
		stop()
	}
	r.release()
	for ; r.running > 0; r.running-- {
		<-r.finished
	}
	return ctx.Err()
}

// A runner is one call of Run; only its goroutine uses it.
type runner struct {
	m        *Mapping
	running  int
	finished chan struct{}
	batch    *gathered // being gathered, nil when there is none
	since    time.Time // when the gathering began
}

// step starts what can be started. It returns how long nothing will happen by
// itself, 0 for ever, and a channel that tells of everything else.
func (r *runner) step(ctx context.Context) (wait time.Duration, changed <-chan struct{}) {
	f := r.m.fake
	f.lock()
	defer f.mu.Unlock()
	for r.mayStart() {
		now := f.now()
		if r.batch == nil {
			r.batch, r.since = &gathered{}, now
		}
		r.m.gather(r.batch)
		if len(r.batch.messages) == 0 {
			r.batch = nil
			break
		}
		if over := r.since.Add(r.m.options.Window); !r.batch.full && over.After(now) {
			wait = over.Sub(now)
			break
		}
		r.start(ctx)
	}
	return r.sooner(wait), f.changed
}

// mayStart tells whether there is a place for another invocation.
func (r *runner) mayStart() bool {
	s := &r.m.scale
	if r.running < s.level {
		return true
	}
	if q := r.m.fake.queues[r.m.queue]; q != nil && q.available(r.m.fake.now()) {
		s.waiting(r.m.fake.now()) // may have made one
	} else {
		s.room(false)
	}
	return r.running < s.level
}

func (r *runner) start(ctx context.Context) {
	b := r.batch
	r.batch = nil
	r.running++
	go func() {
		r.m.invoke(ctx, b)
		r.finished <- struct{}{}
	}()
}

// sooner returns wait, or the time until something else can be done when that is
// shorter: until the next message becomes visible when there is room for it, or
// until there is when one waits.
func (r *runner) sooner(wait time.Duration) time.Duration {
	f := r.m.fake
	q := f.queues[r.m.queue]
	if q == nil {
		return wait
	}
	now := f.now()
	if r.running >= r.m.scale.level {
		if q.available(now) {
			return r.m.scale.waiting(now)
		}
		return wait
	}
	r.m.scale.room(r.running == 0 && r.batch == nil)
	next := f.nextChange(q, now)
	if next.IsZero() {
		return wait
	}
	if d := max(next.Sub(now), minWait); wait == 0 || d < wait {
		return d
	}
	return wait
}

// release makes messages that were gathered in vain visible again.
func (r *runner) release() {
	if r.batch == nil {
		return
	}
	f := r.m.fake
	f.lock()
	defer f.mu.Unlock()
	q := f.queues[r.m.queue]
	if q == nil {
		return
	}
	for _, b := range r.batch.messages {
		if m, latest, _ := q.receipt(b.handle); m != nil && latest {
			m.visible = f.now()
		}
	}
	f.wake()
}
