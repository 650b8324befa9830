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
	began   time.Time   // started, for timers
	ctx     loadContext // no caller's: it ends after the load timeout
	bypass  bool        // Options.Store says nothing new
	change  uint64      // the latest change of key before it started

	done     chan struct{} // closed when the fields below are set
	value    V
	err      error
	node     *node[K, V]   // to be stored
	gone     bool          // err says that there is no value
	returned bool          // the load did, instead of panicking or exiting
	limit    time.Duration // of its life: what the Store says is left
	stored   bool          // it came from the Store
	ended    chan struct{} // closed when OnEvict and the Store were called too
}

// claim returns a new flight, which the caller has to run. Nobody else starts
// one for the key from now on. c.mu is held.
func (c *Cache[K, V]) claim(ctx context.Context, key K, now Reading) *flight[K, V] {
	f := &flight[K, V]{key: key, started: now, began: time.Now(), done: make(chan struct{}), limit: forever}
	f.ended = f.done
	if c.changed != nil || c.options.OnEvict != nil {
		f.ended = make(chan struct{})
	}
	if c.changed != nil {
		f.change = c.changed.latest(key)
		f.bypass = f.change > 0
	}
	f.ctx.start(ctx, f.began.Add(c.options.LoadTimeout))
	if c.flights == nil {
		c.flights = make(map[K]*flight[K, V])
	}
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
	if now.within(f.started, c.options.LoadTimeout) && !f.ctx.overdue() {
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
	if !c.arrived(f) {
		return false
	}
	now := c.clock.Now()
	late := took >= c.options.LoadTimeout || !now.within(f.started, c.options.LoadTimeout)
	if late && (f.err == nil || f.gone) {
		return false // perhaps frozen half-way: who knows when it was true
	}
	c.settle(f, now)
	return f.node != nil && f.err == nil
}

// arrived notes that the load of f is over. It reports whether f was not
// dropped. c.mu is held.
func (c *Cache[K, V]) arrived(f *flight[K, V]) bool {
	if c.flights[f.key] != f {
		if f.ended == f.done {
			c.leave(f)
		}
		return false
	}
	delete(c.flights, f.key)
	if f.ended != f.done {
		c.others = append(c.others, f)
	}
	return true
}

// leave takes f off the list of others. c.mu is held.
func (c *Cache[K, V]) leave(f *flight[K, V]) {
	c.others = slices.DeleteFunc(c.others, func(other *flight[K, V]) bool { return other == f })
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
	f.ctx.end()
	if f.ended == f.done {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leave(f)
	close(f.ended)
}

// wait returns when ch, one of the flight's channels, is closed, and otherwise
// with the reason why not: ctx's error, or that the load timed out.
func (f *flight[K, V]) wait(ctx context.Context, ch <-chan struct{}) error {
	if end, ok := ctx.Deadline(); ok && end.Before(f.ctx.deadline) {
		select { // ctx ends first, so that this needs no timer
		case <-ch:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	timeout := time.NewTimer(time.Until(f.ctx.deadline))
	defer timeout.Stop()
	select {
	case <-ch:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timeout.C:
	}
	select {
	case <-ch: // at the same time
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
