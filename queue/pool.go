package queue

import (
	"context"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// A pool runs the tasks of a batch on a bounded number of workers. The workers
// take lanes by an atomic counter, not from a channel, and live as long as the
// batch: a goroutine per record would grow its stack anew for every decode. A
// worker starts the next one before its first task, so that handlers which do
// not wait for anything are done by the first few.
type pool struct {
	*batch
	// attempt runs one task on the worker's goroutine; what it panics with is
	// the task's failure.
	attempt func(ctx context.Context, t *task)
	// failed is called after a task that did not succeed, and tells whether the
	// rest of its lane goes on.
	failed func(index int) bool
	// context is the handlers': when it ends, nothing more starts.
	context context.Context //nolint:containedctx // lives as long as the batch
	ended   <-chan struct{} // its Done
	// beat is called every interval while the pool runs, unless that is 0.
	interval time.Duration
	beat     func()

	spare   atomic.Int64  // workers that may still be started
	running atomic.Int64  // workers that are not done
	done    chan struct{} // closed when none is running
	next    atomic.Int64
	bound   atomic.Int64 // no task from this index on starts
}

func newPool(ctx context.Context, b *batch) *pool {
	p := &pool{batch: b, context: ctx, ended: ctx.Done(), done: make(chan struct{})}
	p.bound.Store(int64(len(b.tasks)))
	return p
}

// run starts the workers and waits until they are done. It gives up on those
// that are still busy at the time hard or, when that is zero, some time after
// the context has ended.
func (p *pool) run(concurrency int, hard time.Time) {
	if p.count() == 0 {
		return
	}
	p.spare.Store(int64(min(concurrency, p.count()) - 1))
	p.running.Store(1)
	go p.work()
	if !p.await(hard) {
		p.giveUp()
		return
	}
	for i := range p.tasks { // nothing runs any more
		if t := &p.tasks[i]; t.state.Load() == stateIdle {
			t.state.Store(stateSkipped)
		}
	}
}

// grace is how long handlers may take to notice that their context was
// cancelled when no deadline says it. Lambda always sets one.
const grace = time.Second

func (p *pool) await(hard time.Time) bool {
	ended := p.ended
	var over, beats <-chan time.Time
	if !hard.IsZero() {
		timer := time.NewTimer(time.Until(hard))
		defer timer.Stop()
		ended, over = nil, timer.C
	}
	if p.interval > 0 {
		ticker := time.NewTicker(p.interval)
		defer ticker.Stop()
		beats = ticker.C
	}
	for {
		select {
		case <-p.done:
			return true
		case <-over:
			return false
		case <-ended:
			ended, over = nil, time.After(grace)
		case <-beats:
			p.beat()
		}
	}
}

// giveUp takes the tasks away from the workers that are still busy. The pool's
// context has ended, so that they start nothing more.
func (p *pool) giveUp() {
	for i := range p.tasks {
		// In the order in which a worker moves it, so that none gets away.
		state := &p.tasks[i].state
		_ = state.CompareAndSwap(stateIdle, stateSkipped) ||
			state.CompareAndSwap(stateRunning, stateLost) ||
			state.CompareAndSwap(stateHandling, stateAbandoned)
	}
}

func (p *pool) count() int {
	if p.lanes != nil {
		return len(p.lanes)
	}
	return len(p.tasks)
}

// work runs lanes until there are none. A handler that ends the goroutine with
// runtime.Goexit takes the worker with it; another takes its place.
func (p *pool) work() {
	exited := true
	defer func() {
		if exited {
			go p.work()
		} else if p.running.Add(-1) == 0 {
			close(p.done)
		}
	}()
	count := int64(p.count())
	for first := true; ; first = false {
		lane := p.next.Add(1) - 1
		if lane >= count {
			break
		}
		if first && lane < count-1 && p.spare.Add(-1) >= 0 {
			p.running.Add(1)
			go p.work()
		}
		p.runLane(int(lane))
	}
	exited = false
}

func (p *pool) runLane(lane int) {
	if p.lanes == nil {
		p.runTask(lane)
		return
	}
	for _, index := range p.lanes[lane] {
		if !p.runTask(index) {
			return
		}
	}
}

// stopped tells whether no task may start any more.
func (p *pool) stopped() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// runTask runs one task and tells whether its lane goes on.
func (p *pool) runTask(index int) (more bool) {
	t := &p.tasks[index]
	if p.stopped() || int64(index) >= p.bound.Load() || !t.state.CompareAndSwap(stateIdle, stateRunning) {
		return false
	}
	t.err = ErrExited // unless the attempt returns or panics
	defer p.settle(index, &more)
	p.attempt(p.context, t)
	return
}

// settle ends a task, also when its attempt panicked.
func (p *pool) settle(index int, more *bool) {
	if v := recover(); v != nil {
		p.tasks[index].err = &PanicError{Value: v, Stack: debug.Stack()}
	}
	*more = p.finish(index)
}

// finish publishes the result of a task, unless the collector gave up on it.
func (p *pool) finish(index int) (more bool) {
	t := &p.tasks[index]
	more = t.err == nil || t.accepted || p.failed == nil || p.failed(index)
	if !t.state.CompareAndSwap(stateHandling, stateDone) {
		t.state.CompareAndSwap(stateRunning, stateDone)
	}
	return more
}

// stopAfter keeps tasks beyond index from starting.
func (p *pool) stopAfter(index int) {
	for {
		bound := p.bound.Load()
		if int64(index) >= bound-1 || p.bound.CompareAndSwap(bound, int64(index)+1) {
			return
		}
	}
}
