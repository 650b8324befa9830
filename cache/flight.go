package cache

import (
	"context"
	"slices"
	"time"
)

// A flight is one load of one key, that any number of callers wait for.
type flight[K comparable, V any] struct {
	key     K
	started Reading
	ctx     context.Context //nolint:containedctx // no caller's: it belongs to the load, and ends after its timeout
	cancel  context.CancelFunc
	bypass  bool   // Options.Store says nothing new
	change  uint64 // the latest change of key before it started

	done   chan struct{} // closed when the fields below are set
	value  V
	err    error
	node   *node[K, V]   // to be stored
	gone   bool          // err says that there is no value
	limit  time.Duration // of its life: what the Store says is left
	stored bool          // it came from the Store
	ended  chan struct{} // closed when OnEvict and the Store were called too
}

// claim returns a new flight, which the caller has to run. Nobody else starts
// one for the key from now on. c.mu is held.
func (c *Cache[K, V]) claim(ctx context.Context, key K, now Reading) *flight[K, V] {
	f := &flight[K, V]{key: key, started: now, done: make(chan struct{}), limit: forever}
	f.ended = f.done
	if c.changed != nil || c.options.OnEvict != nil {
		f.ended = make(chan struct{})
	}
	if c.changed != nil {
		f.change = c.changed.latest(key)
		f.bypass = f.change > 0
	}
	f.ctx, f.cancel = context.WithTimeout(context.WithoutCancel(ctx), c.options.LoadTimeout)
	c.flights[key] = f
	c.stats.Loads++
	return f
}

// joinable returns the flight of key, or nil. A flight that was frozen
// half-way, or hangs, is not joined. c.mu is held.
func (c *Cache[K, V]) joinable(key K, now Reading) *flight[K, V] {
	f := c.flights[key]
	if f == nil {
		return nil
	}
	if now.within(f.started, c.options.LoadTimeout) && f.ctx.Err() == nil {
		return f
	}
	c.drop(key)
	return nil
}

// drop makes sure that a load of key that is under way is neither joined nor
// stored. c.mu is held.
func (c *Cache[K, V]) drop(key K) {
	if f := c.flights[key]; f != nil {
		delete(c.flights, key)
		c.others = append(c.others, f)
	}
}

// fail makes the flight answer that the load did not return.
func (f *flight[K, V]) fail(err error) {
	var none V
	f.value, f.err, f.node, f.gone = none, err, nil, false
}

// land takes in the result of a flight and hands it to those who wait. It
// reports whether the flight's value was stored.
func (c *Cache[K, V]) land(f *flight[K, V], took time.Duration) (stored bool) {
	if f.err != nil {
		f.err = &LoadError{Key: f.key, Err: f.err, notFound: f.gone}
	}
	c.mu.Lock()
	defer c.unlock()
	defer close(f.done) // in one step with storing: nobody finds neither
	c.stats.LoadTime += took
	if f.err != nil && !f.gone {
		c.stats.LoadErrors++
	}
	if c.flights[f.key] != f {
		return false // dropped
	}
	delete(c.flights, f.key)
	if f.ended != f.done {
		c.others = append(c.others, f)
	}
	now := c.clock.Now()
	late := f.ctx.Err() != nil || !now.within(f.started, c.options.LoadTimeout)
	if late && (f.err == nil || f.gone) {
		return false // perhaps frozen half-way: who knows when it was true
	}
	c.settle(f, now)
	return f.node != nil && f.err == nil
}

// settle changes the entry of the flight's key to what the flight found. c.mu
// is held.
func (c *Cache[K, V]) settle(f *flight[K, V], now Reading) {
	switch old := c.find(f.key, now); {
	case f.err == nil:
		c.store(f.key, f.node, now)
	case f.gone:
		if old != nil {
			c.remove(old, Deleted)
		}
		if f.node != nil {
			c.store(f.key, f.node, now)
		}
	case old != nil:
		old.postpone(now)
	}
}

// end is the last thing a flight does.
func (c *Cache[K, V]) end(f *flight[K, V]) {
	defer f.cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.others) == 0 {
		return
	}
	c.others = slices.DeleteFunc(c.others, func(other *flight[K, V]) bool { return other == f })
	if f.ended != f.done {
		close(f.ended)
	}
}

// wait returns when ch, one of the flight's channels, is closed, and otherwise
// with the reason why not: ctx's error, or that the load timed out.
func (f *flight[K, V]) wait(ctx context.Context, ch <-chan struct{}) error {
	select {
	case <-ch:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-f.ctx.Done():
	}
	select {
	case <-ch: // it ended, which is why its context did
		return nil
	default:
		return &LoadError{Key: f.key, Err: ErrLoadTimeout}
	}
}

// result returns what the flight found, or why the caller cannot wait for it.
func (f *flight[K, V]) result(ctx context.Context) (V, error) {
	if err := f.wait(ctx, f.done); err != nil {
		var none V
		return none, err
	}
	return f.value, f.err
}
