package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"
)

// A flight is one load that any number of callers wait for.
type flight[K comparable, V any] struct {
	key     K
	started Reading
	ctx     context.Context // ends after the load timeout
	cancel  context.CancelFunc

	done  chan struct{} // closed after value and err are set
	value V
	err   error
}

// Get returns the value of key from the cache, or loads it. However many
// callers ask for a key, one load runs, and all get its result.
//
// A hit does not look at ctx. While waiting for a load Get returns ctx's error,
// as it is, as soon as ctx ends; the load goes on and its value is stored. The
// error of the load comes back as a [*LoadError].
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	if n := c.hit(key); n != nil {
		return n.value, nil
	}
	var none V
	if err := ctx.Err(); err != nil {
		return none, err
	}
	n, f := c.join(ctx, key)
	if n != nil {
		return n.value, nil
	}
	return f.wait(ctx)
}

// join returns the unexpired node of key, or else the flight to wait for, which
// it starts if there is none.
func (c *Cache[K, V]) join(ctx context.Context, key K) (*node[K, V], *flight[K, V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The clock is read under the lock: a reading from before it may be older
	// than a value that was stored meanwhile, which would then look as if the
	// clock had been stepped back. For the same reason the entry is looked at
	// again: a load may just have ended.
	now := c.clock.Now()
	if n := c.nodes[key]; n != nil && n.fresh(now) {
		c.order.touch(n)
		c.stats.Hits++
		return n, nil
	}
	c.stats.Misses++
	if f := c.flights[key]; f != nil {
		if now.within(f.started, c.options.LoadTimeout) && f.ctx.Err() == nil {
			return nil, f
		}
		c.drop(key) // frozen half-way, or stuck
	}
	return nil, c.start(ctx, key, now)
}

// start begins a load. c.mu is held.
func (c *Cache[K, V]) start(ctx context.Context, key K, now Reading) *flight[K, V] {
	f := &flight[K, V]{key: key, started: now, done: make(chan struct{})}
	f.ctx, f.cancel = context.WithTimeout(context.WithoutCancel(ctx), c.options.LoadTimeout)
	c.flights[key] = f
	c.stats.Loads++
	go c.fly(f)
	return f
}

// fly runs the load. Whatever Load does, the flight ends.
func (c *Cache[K, V]) fly(f *flight[K, V]) {
	defer f.cancel()
	began := time.Now()
	f.err = ErrLoaderExited
	defer func() {
		if r := recover(); r != nil {
			f.err = &PanicError{Value: r, Stack: debug.Stack()}
		}
		c.land(f, time.Since(began))
	}()
	f.value, f.err = c.load(f.ctx, f.key)
}

func (c *Cache[K, V]) load(ctx context.Context, key K) (V, error) {
	if c.options.Load == nil {
		var none V
		return none, ErrNoLoader
	}
	v, err := c.options.Load(ctx, key)
	if err != nil && ctx.Err() != nil && !errors.Is(err, ErrLoadTimeout) {
		err = fmt.Errorf("%w: %w", ErrLoadTimeout, err)
	}
	return v, err
}

// land stores the result of a flight and hands it to those who wait.
func (c *Cache[K, V]) land(f *flight[K, V], took time.Duration) {
	if f.err != nil {
		var none V
		f.value, f.err = none, &LoadError{Key: f.key, Err: f.err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(f.done) // in one step with storing: nobody finds neither
	c.stats.LoadTime += took
	if f.err != nil {
		c.stats.LoadErrors++
	}
	if c.flights[f.key] != f {
		c.dropped = slices.DeleteFunc(c.dropped, func(d *flight[K, V]) bool { return d == f })
		return
	}
	delete(c.flights, f.key)
	now := c.clock.Now()
	if f.err == nil && now.within(f.started, c.options.LoadTimeout) {
		c.store(f.key, f.value, f.started)
	}
}

// drop makes sure that a load of key that is under way is neither joined nor
// stored. c.mu is held.
func (c *Cache[K, V]) drop(key K) {
	if f := c.flights[key]; f != nil {
		delete(c.flights, key)
		c.dropped = append(c.dropped, f)
	}
}

// wait returns the result of the flight, or ctx's error when ctx ends first.
func (f *flight[K, V]) wait(ctx context.Context) (V, error) {
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	case <-f.ctx.Done():
	}
	select {
	case <-f.done: // it ended, which is why its context did
		return f.value, f.err
	default:
		var none V
		return none, &LoadError{Key: f.key, Err: ErrLoadTimeout}
	}
}

// Wait returns when all loads that were under way when it was called have
// ended, or with ctx's error when ctx ends first. Loads whose callers went away
// (a deadline, a cancelled request) still run; call Wait before the handler
// returns, so that the environment is not frozen in the middle of one.
//
// The results of the loads are not Wait's to report. It does not wait for a
// load beyond its LoadTimeout.
func (c *Cache[K, V]) Wait(ctx context.Context) error {
	for _, f := range c.underWay() {
		if _, _ = f.wait(ctx); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return ctx.Err()
}

func (c *Cache[K, V]) underWay() []*flight[K, V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.Clone(c.dropped)
	for _, f := range c.flights {
		all = append(all, f)
	}
	return all
}
