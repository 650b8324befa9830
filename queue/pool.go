package queue

import (
	"context"
	"runtime"
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
	// failed is called after a task that did not succeed, unless it is nil.
	failed func(index int)
	// context is the handlers': when it ends, nothing more starts.
	context context.Context //nolint:containedctx // lives as long as the batch
	// beat is called every interval while the pool runs, unless that is 0.
	interval time.Duration
	beat     func()

	start   func()        // starts a worker, as one value for all of them
	spare   atomic.Int64  // workers that may still be started
	running atomic.Int64  // workers that are not done
	done    chan struct{} // closed when none is running
	alone   bool          // there is one worker,
	cursor  int64         // and this is the lane that it takes next
	bound   atomic.Int64  // no task from this index on starts
	over    atomic.Bool   // the pool has given up

	_    [64]byte // what all workers write keeps away from what they read
	next atomic.Int64
	_    [64]byte
}

// prepare makes p ready to run the tasks of b.
func (p *pool) prepare(ctx context.Context, b *batch) {
	p.batch, p.context, p.done = b, ctx, make(chan struct{})
	p.start = p.work
	p.bound.Store(int64(len(b.tasks)))
}

// run starts the workers and waits until they are done. It gives up on those
// that are still busy at the time hard or, when that is zero, some time after
// the context has ended.
func (p *pool) run(concurrency int, hard time.Time) {
	if p.count() == 0 {
		return
	}
	workers := min(concurrency, p.count())
	p.alone = workers == 1
	p.spare.Store(int64(workers - 1))
	p.running.Store(1)
	go p.start()
	runtime.Gosched() // handlers that do not wait are done after this, without a wait for them
	if !p.await(hard) {
		p.giveUp()
		return
	}
	p.sweep(false) // nothing runs any more
}

// grace is how long handlers may take to notice that their context was
// cancelled when no deadline says it. Lambda always sets one.
const grace = time.Second

// await waits until no worker runs. It tells whether that came in time: before
// hard or, when that is zero, within the grace after the end of the context.
func (p *pool) await(hard time.Time) bool {
	var over, beats <-chan time.Time
	if p.interval > 0 {
		ticker := time.NewTicker(p.interval)
		defer ticker.Stop()
		beats = ticker.C
	}
	for ended := p.context.Done(); ; {
		select {
		case <-p.done:
			return true
		case <-over:
			return false
		case <-ended:
			wait := grace
			if !hard.IsZero() {
				wait = time.Until(hard)
			}
			ended, over = nil, time.After(wait)
		case <-beats:
			p.beat()
		}
	}
}

// giveUp takes the tasks away from the workers that are still busy. The pool's
// context has ended, so that they take no more.
func (p *pool) giveUp() {
	p.over.Store(true)
	p.sweep(true)
}

// sweep closes all tasks that are not done. Those that a worker took and may be
// busy with are abandoned.
func (p *pool) sweep(busy bool) {
	taken := 0 // tasks are taken in their order
	switch {
	case !busy || p.lanes != nil: // within lanes the state tells
	case p.alone:
		for taken < len(p.tasks) && p.tasks[taken].state.Load() != stateIdle {
			taken++
		}
		taken++ // the one that the worker is busy with
	default:
		taken = int(p.next.Load())
	}
	for i := range p.tasks {
		t := &p.tasks[i]
		switch {
		case t.state.Load() == stateDone:
		case i < taken:
			t.state.CompareAndSwap(stateIdle, stateAbandoned)
		case !t.state.CompareAndSwap(stateIdle, stateSkipped):
			t.state.CompareAndSwap(stateStarted, stateAbandoned)
		}
	}
}

func (p *pool) count() int {
	if p.lanes != nil {
		return len(p.lanes)
	}
	return len(p.tasks)
}

// work is a worker: it runs lanes until there are none.
func (p *pool) work() {
	var at position
	for p.serve(&at) {
	}
	if p.running.Add(-1) == 0 {
		close(p.done)
	}
}

// A position is the task that a worker is at.
type position struct {
	index   int
	started bool // the worker has taken a lane before
}

// serve runs lanes, and tells whether a panic ended that early. There is one
// recover for all, since one for each costs as much as the rest of a task. A
// handler that ends the goroutine with runtime.Goexit takes the worker with it;
// another takes its place.
func (p *pool) serve(at *position) (again bool) {
	clean := false
	defer func() {
		if clean {
			return
		}
		t := &p.tasks[at.index]
		t.err, t.accepted = ErrExited, false
		v := recover()
		if v != nil {
			t.err = &PanicError{Value: v, Stack: debug.Stack()}
		}
		p.settle(t, at.index)
		if again = v != nil; !again {
			go p.start()
		}
	}()
	count := int64(p.count())
	for !p.stopped() {
		lane := p.take()
		if lane >= count {
			break
		}
		if !at.started {
			at.started = true
			p.startNext(lane < count-1)
		}
		if p.lanes == nil {
			p.runTask(at, int(lane))
		} else {
			p.runLane(at, p.lanes[lane])
		}
	}
	clean = true
	return false
}

// startNext starts another worker if there is work for it.
func (p *pool) startNext(more bool) {
	if more && p.spare.Add(-1) >= 0 {
		p.running.Add(1)
		go p.start()
	}
}

// take returns the next lane. A worker that is alone needs no counter that others
// see, which costs as much as the rest of a task.
func (p *pool) take() int64 {
	if !p.alone {
		return p.next.Add(1) - 1
	}
	p.cursor++
	return p.cursor - 1
}

// runLane runs tasks one after the other, as long as they succeed.
func (p *pool) runLane(at *position, indexes []int) {
	for _, index := range indexes {
		if p.stopped() || !p.tasks[index].state.CompareAndSwap(stateIdle, stateStarted) || !p.runTask(at, index) {
			return
		}
	}
}

// stopped tells whether no task may start any more.
func (p *pool) stopped() bool { return p.context.Err() != nil }

// runTask runs one task and tells whether its lane goes on.
func (p *pool) runTask(at *position, index int) (more bool) {
	t := &p.tasks[index]
	if int64(index) >= p.bound.Load() {
		t.state.Store(stateSkipped)
		return false
	}
	at.index = index
	p.attempt(p.context, t)
	return p.settle(t, index)
}

// settle publishes the result of a task, unless the collector gave up on it, and
// tells whether its lane goes on.
func (p *pool) settle(t *task, index int) (more bool) {
	more = t.err == nil || t.accepted
	if !more && p.failed != nil {
		p.failed(index)
	}
	from := stateIdle
	if p.lanes != nil {
		from = stateStarted
	}
	t.state.CompareAndSwap(from, stateDone)
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
