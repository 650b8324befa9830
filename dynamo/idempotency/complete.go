package idempotency

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"github.com/go-thaw/thaw/internal/backoff"
)

// An outcome is what is to be stored of an operation that has ended.
type outcome struct {
	result []byte
	failed bool  // it is the message of a remembered error
	bad    error // why there is no result
}

// saving is between attempts to store an outcome. The SDK has repeated each of
// them already.
var saving = backoff.Policy{Base: 50 * time.Millisecond, Max: time.Second}

// How long it is tried to store an outcome: as long as the lock lasts, within
// these bounds. The effect has happened, so that it is worth to wait, also for a
// caller whose context has ended.
const (
	minSaveTime = 2 * time.Second
	maxSaveTime = 10 * time.Second
)

func (s *Store) saveTime(lock *attempt) time.Duration {
	left := time.Duration(lock.until-s.now()) * time.Millisecond
	return min(max(left, minSaveTime), maxSaveTime)
}

// complete turns the lock into a result.
func (c *call) complete(ctx context.Context, lock *attempt, o outcome) error {
	done := &record{
		token: lock.token, completed: true, started: lock.started, payload: lock.payload, failed: o.failed,
		until: millis(c.store.o.Now().Add(c.expiry)),
	}
	if o.bad == nil {
		o.bad = c.fit(ctx, lock, done, o.result)
	} else {
		done.encoding = absent
	}
	err := c.save(ctx, lock, done)
	switch {
	case err == nil:
		c.keep(done, true)
		what := Executed
		if done.encoding == absent {
			what = ExecutedNoResult
		}
		c.store.observe(ctx, c, what, false, o.bad)
		return nil
	case errors.Is(err, ErrLockLost):
		c.store.observe(ctx, c, LockLost, false, err)
		return err
	}
	c.keep(done, false)
	err = &UnsavedError{Operation: c.operation, ID: c.id, Err: err}
	c.store.observe(ctx, c, Unsaved, false, err)
	return err
}

func (c *call) keep(r *record, saved bool) {
	if saved && c.store.local.empty() {
		return // which is checked first: most stores keep nothing here
	}
	c.store.local.keep(c.id, r, saved, c.store.now(), c.store.mono())
}

// save writes done in the place of its lock.
func (c *call) save(ctx context.Context, lock *attempt, done *record) error {
	return c.persist(ctx, lock, func(ctx context.Context) (bool, error) {
		stored, ok, err := c.store.put(ctx, c.id, done, mine, 0)
		if err != nil && invalid(err) && done.encoding != absent { // DynamoDB does not take the result
			done.encoding, done.result = absent, nil
			stored, ok, err = c.store.put(ctx, c.id, done, mine, 0)
		}
		if err == nil && !ok && !completedBy(stored, done.token) {
			return true, c.wrap(ErrLockLost)
		}
		return err == nil || refused(err), err
	})
}

// persist makes a write that must not be given up with the caller: within its
// context at first, and apart from it when that has ended or did not help. write
// reports whether it has come to its end.
func (c *call) persist(ctx context.Context, lock *attempt, write func(context.Context) (bool, error)) error {
	if ctx.Err() == nil {
		if ended, err := write(ctx); ended {
			return err
		}
	}
	ctx, cancel := c.detached(ctx, lock)
	defer cancel()
	for try := 1; ; try++ {
		ended, err := write(ctx)
		if ended || saving.Wait(ctx, try) != nil {
			return err
		}
	}
}

// detached returns a context that does not end with ctx but with the lock.
func (c *call) detached(ctx context.Context, lock *attempt) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), c.store.saveTime(lock))
}

// completedBy tells whether the attempt with that token has completed stored:
// its write was repeated because its first answer was lost.
func completedBy(stored *record, token string) bool {
	return stored != nil && stored.completed && stored.token == token
}

// put is the backend's, and reads the record that is in the way if the server
// did not return it.
func (s *Store) put(ctx context.Context, id string, r *record, c condition, now int64) (*record, bool, error) {
	stored, ok, err := s.backend.put(ctx, id, r, c, now)
	if ok || err != nil || stored != nil {
		return stored, ok, err
	}
	stored, err = s.backend.get(ctx, id)
	return stored, false, err
}

// recall returns a completed record from this process. One that could not be
// stored is written now, unless another attempt has the key by now.
func (c *call) recall(ctx context.Context) *record {
	if c.store.local.empty() {
		return nil
	}
	r, saved := c.store.local.find(c.id, c.store.now(), c.store.mono())
	if r == nil || saved {
		return r
	}
	stored, ok, err := c.store.backend.put(ctx, c.id, r, mineOrNone, 0)
	switch {
	case ok || completedBy(stored, r.token):
		c.keep(r, true)
	case err == nil:
		c.store.local.remove(c.id)
		return nil
	}
	return r
}

// refused tells whether DynamoDB has refused the request for good: no attempt
// was applied, and another would fail as well.
func refused(err error) bool {
	var answered interface{ HTTPStatusCode() int }
	if !errors.As(err, &answered) || answered.HTTPStatusCode()/100 != 4 {
		return false
	}
	return retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err) != aws.TrueTernary
}

func invalid(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "ValidationException"
}

// replay returns what is stored, after checking that it belongs to the payload.
func (c *call) replay(ctx context.Context, r *record, local bool) ([]byte, bool, error) {
	switch {
	case !c.matches(r):
		err := c.wrap(ErrPayloadMismatch)
		c.store.observe(ctx, c, Mismatched, local, err)
		return nil, false, err
	case !r.completed:
		return nil, false, c.refuse(ctx, c.inProgress(r, nil))
	}
	if !local {
		c.keep(r, true)
	}
	result, err := c.load(ctx, r)
	switch {
	case err != nil:
		err = c.wrap(err)
		c.store.observe(ctx, c, ReplayedNoResult, local, err)
		return nil, true, err
	case r.failed:
		err = &RememberedError{Message: string(result)}
	}
	c.store.observe(ctx, c, Replayed, local, err)
	return result, true, err
}

// load returns the stored result.
func (c *call) load(ctx context.Context, r *record) ([]byte, error) {
	switch r.encoding {
	case plain:
		return r.result, nil
	case gzipped:
		return unzip(r.result)
	case offloaded:
		hook := c.store.o.Offload
		if hook == nil {
			return nil, fmt.Errorf("%w: it was handed to Options.Offload, which is not set", ErrNoResult)
		}
		result, err := hook.Get(ctx, string(r.result))
		if err != nil {
			return nil, fmt.Errorf("get the result that was handed to Options.Offload: %w", err)
		}
		return result, nil
	case absent:
		return nil, ErrNoResult
	}
	return nil, fmt.Errorf("%w: encoding %q is not known", ErrNoResult, r.encoding)
}
