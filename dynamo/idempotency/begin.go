package idempotency

import (
	"context"
	"time"
)

// maxReserve is the most that is kept of a run's time for storing its outcome.
const maxReserve = 500 * time.Millisecond

// begin returns the context for the operation, and what ends it. It ends a
// little before the lock does, so that there is time to store the outcome. stop
// may be called more than once.
func (c *call) begin(ctx context.Context, lock *attempt) (running context.Context, stop func()) {
	if !c.renew {
		return context.WithDeadline(ctx, lock.begun.Add(lock.lasts-min(lock.lasts/10, maxReserve)))
	}
	running, cancel := context.WithCancelCause(ctx)
	release := func() {}
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		running, release = context.WithTimeout(running, left-min(left/10, maxReserve))
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.renewal(running, cancel, lock)
	}()
	return running, func() {
		cancel(nil)
		<-ended
		release()
	}
}

// renewal extends the lock until ctx ends. When the lock is lost it ends ctx
// itself, with ErrLockLost as the cause: at the lock's end, whatever a request
// that could extend it is doing.
func (c *call) renewal(ctx context.Context, cancel context.CancelCauseFunc, lock *attempt) {
	lose := func() { cancel(c.wrap(ErrLockLost)) }
	watch := time.AfterFunc(time.Until(lock.begun.Add(lock.lasts)), lose)
	defer watch.Stop()
	every := c.timeout / 3
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		began := time.Now()
		switch extended, lost := c.extend(ctx, lock); {
		case lost:
			lose()
			return
		case extended:
			watch.Reset(c.timeout - time.Since(began))
		}
		timer.Reset(every)
	}
}

// extend makes the lock last for another Timeout, or finds out that somebody
// else has it.
func (c *call) extend(ctx context.Context, lock *attempt) (extended, lost bool) {
	longer := *lock.record
	longer.until = millis(c.store.o.Now().Add(c.timeout + c.hold))
	_, ok, err := c.store.backend.put(ctx, c.id, &longer, mine, 0)
	if ok {
		lock.record = &longer
	}
	return ok, !ok && err == nil
}
