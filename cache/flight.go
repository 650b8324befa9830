package cache

import (
	"context"
	"slices"
	"sync/atomic"
	"time"
)

// A flight is one load of one key, that any number of callers wait for.
type flight[K comparable, V any] struct {
	key     K
	started Reading
	ctx     loadContext // no caller's: it ends after the load timeout
	change  uint64      // the latest change of key before it started
	bypass  bool        // Options.Store says nothing new

	// The cache's lock protects these.
	dropped  bool // not to be joined, nor stored
	timedOut bool // whoever waits gets no other answer

	timer atomic.Pointer[time.Timer] // of giveUp, made for the first who needs it
	done  chan struct{}              // closed when the fields below are set, or timedOut
	ended chan struct{}              // closed when OnEvict and the Store were called too

	node     *node[K, V]   // what was found
	keep     bool          // node is to be stored
	gone     bool          // err says that there is no value
	returned bool          // the load did, instead of panicking or exiting
	stored   bool          // node came from the Store
	limit    time.Duration // of its life: what the Store says is left
	err      error
}

// claim returns a new flight, which the caller has to run. Nobody else starts
// one for the key from now on. c.mu is held.
func (c *Cache[K, V]) claim(ctx context.Context, key K, now Reading, at time.Time) *flight[K, V] {
	f := &flight[K, V]{key: key, started: now, done: make(chan struct{}), limit: forever}
	f.ended = f.done
	if c.changed != nil || c.options.OnEvict != nil {
		f.ended = make(chan struct{})
	}
	if c.changed != nil {
		f.change = c.changed.latest(key)
		f.bypass = f.change > 0
	}
	f.ctx.start(ctx, at.Add(c.options.LoadTimeout))
	c.stats.Loads++
	if !findable(key) {
		f.dropped = true
		c.others = append(c.others, f)
		return f
	}
	if c.flights == nil {
		c.flights = make(map[K]*flight[K, V])
	}
	c.flights[key] = f
	return f
}

// joinable returns the flight of key, or nil. A flight that was frozen
// half-way, or hangs, is not joined. c.mu is held.
func (c *Cache[K, V]) joinable(key K, now Reading, at time.Time) *flight[K, V] {
	f := c.flights[key]
	if f == nil {
		return nil
	}
	if now.within(f.started, c.options.LoadTimeout) && at.Before(f.ctx.deadline) {
		return f
	}
	c.drop(key)
	return nil
}

// drop makes sure that a load of key that is under way is neither joined nor
// stored. c.mu is held.
func (c *Cache[K, V]) drop(key K) {
	if f := c.flights[key]; f != nil {
		f.dropped = true
		delete(c.flights, key)
		c.others = append(c.others, f)
	}
}

// fail makes the flight answer that the load did not return.
func (f *flight[K, V]) fail(err error) {
	f.node, f.err, f.keep, f.gone = nil, err, false, false
}

// land takes in the result of a flight and hands it to those who wait. Of flights
// that are one load, the first counts its time. It reports whether the flight's
// value was stored.
func (c *Cache[K, V]) land(f *flight[K, V], first bool) (stored bool) {
	if f.err != nil {
		f.err = &LoadError{Key: f.key, Err: f.err, notFound: f.gone}
	}
	c.mu.Lock()
	defer c.unlock()
	defer f.finish() // in one step with storing: nobody finds neither
	now, at := c.now()
	took := at.Sub(f.ctx.deadline) + c.options.LoadTimeout
	if first {
		c.stats.LoadTime += took
	}
	if f.err != nil && !f.gone {
		c.stats.LoadErrors++
	}
	if !c.arrived(f) {
		return false
	}
	late := took >= c.options.LoadTimeout || !now.within(f.started, c.options.LoadTimeout)
	if late && (f.err == nil || f.gone) {
		return false // perhaps frozen half-way: who knows when it was true
	}
	c.settle(f, now)
	return f.keep && f.err == nil
}

// finish hands the result of the flight to those who wait. The cache's lock is
// held.
func (f *flight[K, V]) finish() {
	if f.timedOut {
		return
	}
	close(f.done)
	if t := f.timer.Load(); t != nil {
		t.Stop()
	}
}

// arrived notes that the load of f is over. It reports whether f was not
// dropped. c.mu is held.
func (c *Cache[K, V]) arrived(f *flight[K, V]) bool {
	if f.dropped {
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
	switch {
	case f.err == nil && f.keep:
		c.store(f.key, f.node, now)
	case f.err == nil:
		c.store(f.key, nil, now)
	case f.gone:
		if old := c.find(f.key, now); old != nil {
			c.remove(old, Deleted)
		}
		if f.keep {
			c.store(f.key, f.node, now)
		}
	default:
		c.postpone(f.key, now)
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

// result waits for the flight and returns what it found, ctx's error, or that the
// load timed out.
func (c *Cache[K, V]) result(ctx context.Context, f *flight[K, V]) (*node[K, V], error) {
	if end, ok := ctx.Deadline(); !ok || !end.Before(f.ctx.deadline) {
		c.arm(f) // else ctx ends first
	}
	if ended := ctx.Done(); ended == nil {
		<-f.done
	} else {
		select {
		case <-f.done:
		case <-ended:
			return nil, ctx.Err()
		}
	}
	if f.timedOut {
		return nil, &LoadError{Key: f.key, Err: ErrLoadTimeout}
	}
	return f.node, f.err
}

// arm makes sure that f answers after the load timeout, even if its load does not
// return.
func (c *Cache[K, V]) arm(f *flight[K, V]) {
	if f.timer.Load() != nil {
		return
	}
	t := time.AfterFunc(time.Until(f.ctx.deadline), func() { c.giveUp(f) })
	f.timer.Store(t) // that of another, who came at the same time, does no harm
	select {
	case <-f.done: // too early to have seen the timer, perhaps
		t.Stop()
	default:
	}
}

// giveUp makes f answer that it timed out, unless it has answered.
func (c *Cache[K, V]) giveUp(f *flight[K, V]) {
	c.mu.Lock()
	defer c.unlock()
	select {
	case <-f.done:
		return
	default:
	}
	f.timedOut = true
	close(f.done)
	if !f.dropped { // it may never land to say so
		c.drop(f.key)
		c.postpone(f.key, c.clock.Now())
	}
}
