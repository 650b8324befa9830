package awsfake

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A Cut says when a call's connection is lost.
type Cut int

const (
	// CutNone leaves the connection alone.
	CutNone Cut = iota
	// CutBefore loses the connection before the operation runs.
	CutBefore
	// CutAfter loses the connection after the operation took effect, so that
	// the caller never learns of it.
	CutAfter
)

// A Fault changes what happens to a call. The fields combine: a fault may delay
// a call and then fail it.
type Fault struct {
	// Times is the number of calls the fault applies to; 0 means 1.
	Times int
	// Delay is waited before anything else happens; a caller whose context
	// ends first gets its context's error and the operation does not run.
	Delay time.Duration
	// Error is answered instead of running the operation.
	Error *Error
	// Cut loses the connection before or after the operation.
	Cut Cut
}

// faults is a queue of faults per operation; the empty name stands for any.
type faults struct {
	mu      sync.Mutex
	pending []pendingFault
}

type pendingFault struct {
	operation string
	left      int
	fault     Fault
}

func (q *faults) add(operation string, f Fault) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending = append(q.pending, pendingFault{operation, max(f.Times, 1), f})
}

func (q *faults) clear() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending = nil
}

// next takes the oldest fault that applies to operation.
func (q *faults) next(operation string) (Fault, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.pending {
		p := &q.pending[i]
		if p.operation != "" && p.operation != operation {
			continue
		}
		fault := p.fault
		if p.left--; p.left == 0 {
			q.pending = slices.Delete(q.pending, i, i+1)
		}
		return fault, true
	}
	return Fault{}, false
}

// wait waits for d or the end of ctx.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
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
