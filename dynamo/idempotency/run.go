package idempotency

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/go-thaw/thaw/internal/backoff"
)

// A call is one call of an operation: the state machine over a backend.
type call struct {
	store *Store
	*settings
	operation, id, payload string
	typed                  typed
}

// typed is the part of a call that knows its types.
type typed interface {
	run(ctx context.Context) error
	encode() ([]byte, error) // what run returned
}

// An attempt is the lock of a call that runs the operation.
type attempt struct {
	*record
	begun time.Time     // when the lock was made, before it was written
	lasts time.Duration // how long the operation may run from then
}

// wrap names the record in err.
func (c *call) wrap(err error) error { return fmt.Errorf("idempotency: %s: %w", c.id, err) }

// contention is between attempts to get a key that came free meanwhile, waiting
// between looks at a lock.
var (
	contention = backoff.Policy{Base: 5 * time.Millisecond, Max: 100 * time.Millisecond}
	waiting    = backoff.Policy{Base: 25 * time.Millisecond, Max: time.Second}
)

// do runs the operation, or returns the stored result of an earlier run.
func (c *call) do(ctx context.Context) (result []byte, replayed bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, c.refuse(ctx, err)
	}
	if r := c.recall(ctx); r != nil {
		return c.replay(ctx, r, true)
	}
	for tries := 1; ; tries++ {
		lock, stored, err := c.acquire(ctx)
		if err == nil && lock == nil && c.wait && c.waitsFor(stored) {
			stored, err = c.await(ctx, stored)
		}
		switch {
		case err != nil:
			return nil, false, c.refuse(ctx, err)
		case lock != nil:
			return nil, false, c.own(ctx, lock)
		case stored != nil && stored.until > c.store.now():
			return c.replay(ctx, stored, false)
		}
		if err := contention.Wait(ctx, tries); err != nil {
			return nil, false, c.refuse(ctx, err)
		}
	}
}

// refuse reports why nothing was run.
func (c *call) refuse(ctx context.Context, err error) error {
	outcome := Refused
	var busy *InProgressError
	if errors.As(err, &busy) {
		outcome = InProgress
	}
	c.store.observe(ctx, c, outcome, false, err)
	return err
}

// acquire writes a lock where there is none, or returns the record that stands
// there; neither if there was one that is gone again.
func (c *call) acquire(ctx context.Context) (*attempt, *record, error) {
	lock, err := c.newLock(ctx)
	if err != nil {
		return nil, nil, err
	}
	stored, ok, err := c.store.put(ctx, c.id, lock.record, free, c.store.now())
	switch {
	case err != nil:
		c.abandon(ctx, lock, err)
		return nil, nil, c.wrap(err)
	case ok || mine.holds(stored, lock.token, 0):
		// With our token in it the record is ours: the write was repeated because
		// its first answer was lost.
		return lock, nil, nil
	}
	return nil, stored, nil
}

// newLock returns the lock to write. It ends at the context's deadline, or after
// Timeout when there is none or the lock is going to be renewed.
func (c *call) newLock(ctx context.Context) (*attempt, error) {
	lasts := c.timeout
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		switch {
		case left <= 0:
			return nil, context.DeadlineExceeded
		case !c.renew && left > c.expiry:
			return nil, c.wrap(fmt.Errorf("%w: results expire after %v, the context ends in %v", ErrExpiry, c.expiry, left))
		case !c.renew || left < lasts:
			lasts = left
		}
	}
	now := c.store.o.Now()
	lock := &struct {
		attempt
		record record
	}{record: record{
		token: rand.Text(), started: now.UnixMilli(), until: millis(now.Add(lasts + c.hold)), payload: c.payload,
	}}
	lock.attempt = attempt{&lock.record, time.Now(), lasts}
	return &lock.attempt, nil
}

// abandonTime bounds the attempt to take a lock back that may have been written.
const abandonTime = time.Second

// abandon removes a lock whose write failed, in case that only the answer was
// lost. If that fails as well, the lock ends at its deadline.
func (c *call) abandon(ctx context.Context, lock *attempt, cause error) {
	if refused(cause) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abandonTime)
	defer cancel()
	_, _, _ = c.store.backend.remove(ctx, c.id, lock.token, mine, 0)
}

// own runs the operation under its lock.
func (c *call) own(ctx context.Context, lock *attempt) error {
	err := ctx.Err()
	if err == nil && (c.store.now() >= lock.until-c.hold.Milliseconds() || time.Since(lock.begun) >= lock.lasts) {
		// The process was frozen, or the answer took its time. Both clocks are
		// asked, since a freeze may stop one of them.
		err = c.wrap(fmt.Errorf("no time was left to run: %w", context.DeadlineExceeded))
	}
	if err != nil {
		return c.refuse(ctx, c.release(ctx, lock, err))
	}
	running, stop := c.begin(ctx, lock)
	returned := false
	defer func() {
		if !returned { // it panicked or ended its goroutine, which goes on
			late := ended(running, stop)
			_ = c.giveUp(ctx, lock, nil, late)
		}
	}()
	err = c.typed.run(running)
	returned = true
	late := ended(running, stop)
	return c.settle(ctx, lock, err, late)
}

// ended stops the context of a run that has ended, and tells whether its time was
// over by then.
func ended(running context.Context, stop func()) (late bool) {
	late = errors.Is(running.Err(), context.DeadlineExceeded)
	stop()
	return late
}

// settle completes or releases the record, as the operation's error demands.
func (c *call) settle(ctx context.Context, lock *attempt, err error, late bool) error {
	var remembered *RememberedError
	switch {
	case err == nil:
		result, bad := c.typed.encode()
		return c.complete(ctx, lock, outcome{result: result, bad: bad})
	case errors.As(err, &remembered):
		lost := c.complete(ctx, lock, outcome{result: []byte(err.Error()), failed: true})
		return join(err, lost)
	}
	return c.giveUp(ctx, lock, err, late)
}

// giveUp releases the key of a run that failed, or leaves it to its hold when
// nobody knows whether the operation took effect.
func (c *call) giveUp(ctx context.Context, lock *attempt, err error, late bool) error {
	if late && c.hold > 0 {
		c.store.observe(ctx, c, Held, false, err)
		return err
	}
	result := c.release(ctx, lock, err)
	what := Released
	if errors.Is(result, ErrLockLost) {
		what = LockLost
	}
	c.store.observe(ctx, c, what, false, result)
	return result
}

// join is errors.Join for a second error that is usually nil: an error that is
// alone keeps its identity.
func join(err, more error) error {
	switch {
	case more == nil:
		return err
	case err == nil:
		return more
	}
	return errors.Join(err, more)
}

// release frees the key and adds to err what went wrong with that. A record that
// is gone is free.
func (c *call) release(ctx context.Context, lock *attempt, err error) error {
	failure := c.persist(ctx, lock, func(ctx context.Context) (bool, error) {
		stored, ok, err := c.store.backend.remove(ctx, c.id, lock.token, mine, 0)
		if err == nil && !ok && stored != nil {
			return true, ErrLockLost
		}
		return err == nil || refused(err), err
	})
	if failure != nil && !errors.Is(failure, ErrLockLost) {
		failure = fmt.Errorf("the key could not be released: %w", failure)
	}
	if failure != nil {
		return join(err, c.wrap(failure))
	}
	return err
}

// waitsFor tells whether stored is a lock that this call may wait for.
func (c *call) waitsFor(stored *record) bool {
	return stored != nil && !stored.completed && stored.until > c.store.now() && c.matches(stored)
}

// await returns the record when it is no longer a lock, nil when it is gone.
func (c *call) await(ctx context.Context, stored *record) (*record, error) {
	for try := 1; ; try++ {
		if err := waiting.Wait(ctx, try); err != nil {
			return nil, c.inProgress(stored, err)
		}
		var err error
		if stored, err = c.store.backend.get(ctx, c.id); err != nil {
			return nil, c.wrap(err)
		}
		if !c.waitsFor(stored) {
			return stored, nil
		}
	}
}

// inProgress describes the lock stored.
func (c *call) inProgress(stored *record, cause error) error {
	now := c.store.now()
	left := max(1, stored.until-now)
	wait := min(left, max(1000, now-stored.started))
	err := error(&InProgressError{
		Operation: c.operation, ID: c.id, RetryAfter: time.Duration(wait) * time.Millisecond,
		Until: time.UnixMilli(stored.until), Err: cause,
	})
	if c.settings != nil && c.retryWith != nil {
		return c.retryWith(time.Duration(wait)*time.Millisecond, err)
	}
	return err
}

// matches tells whether stored belongs to the same payload.
func (c *call) matches(stored *record) bool {
	return c.payload == "" || stored.payload == "" || c.payload == stored.payload
}
