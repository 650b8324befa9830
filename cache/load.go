package cache

import (
	"context"
	"errors"
	"time"
)

// Get returns the value of key from the cache, or loads it. However many
// callers ask for a key, one load runs, and all get its result.
//
// A hit does not look at ctx. While waiting for a load Get returns ctx's error,
// as it is, as soon as ctx ends; the load goes on and its value is stored. The
// error of the load comes back as a [*LoadError].
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	n := c.hit(key)
	if n == nil {
		var err error
		if n, err = c.obtain(ctx, key); err != nil {
			var none V
			return none, err
		}
	}
	if c.options.Clone == nil {
		return n.value, nil // give would copy it once more
	}
	return c.options.Clone(n.value), nil
}

// obtain is Get for a key that was not hit. The node that it returns may be one
// that is not kept.
func (c *Cache[K, V]) obtain(ctx context.Context, key K) (*node[K, V], error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := c.ask(ctx, key)
	if p.run {
		go c.fly(p.flight)
	}
	return c.answer(ctx, p)
}

// Refresh loads the value of key, whether or not the cache has one, and returns
// it. It does not join a load that began before, and does not read
// Options.Store. If it fails, what the cache has for key stays.
func (c *Cache[K, V]) Refresh(ctx context.Context, key K) (V, error) {
	var none V
	if err := ctx.Err(); err != nil {
		return none, err
	}
	f := c.restart(ctx, key)
	go c.fly(f)
	n, err := c.answer(ctx, plan[K, V]{flight: f})
	if err != nil {
		return none, err
	}
	return c.give(n.value), nil
}

func (c *Cache[K, V]) restart(ctx context.Context, key K) *flight[K, V] {
	c.mu.Lock()
	defer c.unlock()
	c.drop(key)
	c.stats.Misses++
	now, at := c.now()
	f := c.claim(ctx, key, now, at)
	f.bypass = true
	return f
}

// A plan is what to do for a caller.
type plan[K comparable, V any] struct {
	node   *node[K, V]   // answer with it, if flight is nil or fails
	flight *flight[K, V] // wait for it
	run    bool          // start flight
	soft   time.Time     // wait no longer than this, unless zero
	now    bool          // do not wait at all
}

// ask decides what to do for a caller who wants key.
func (c *Cache[K, V]) ask(ctx context.Context, key K) plan[K, V] {
	c.mu.Lock()
	defer c.unlock()
	return c.plan(ctx, key)
}

// plan is ask with c.mu held.
//
// The clock is read under the lock: a reading from before it may be older than
// a value that was stored meanwhile, which would then look as if the clock had
// been stepped back. For the same reason the entry is looked at again: a load
// may just have ended.
func (c *Cache[K, V]) plan(ctx context.Context, key K) plan[K, V] {
	now, at := c.now()
	n := c.find(key, now)
	switch {
	case n == nil:
	case n.fresh(now):
		c.count(n)
		return plan[K, V]{node: n, now: true}
	case !n.retry(now):
		c.stats.Stale++
		return plan[K, V]{node: n, now: true}
	}
	p := plan[K, V]{node: n, flight: c.joinable(key, now, at)}
	if p.flight == nil {
		p.flight = c.claim(ctx, key, now, at)
		p.run = true
	}
	if n != nil && now.within(n.stored, sum(n.ttl, c.options.StaleWhileRevalidate)) {
		p.now = c.options.SoftTimeout == 0
		p.soft = at.Add(c.options.SoftTimeout)
	}
	if p.now {
		c.stats.Stale++
	} else {
		c.stats.Misses++
	}
	return p
}

// count counts a hit of a fresh node. c.mu is held.
func (c *Cache[K, V]) count(n *node[K, V]) {
	c.use(n)
	if n.absent != nil {
		c.stats.NegativeHits++
		return
	}
	c.stats.Hits++
}

// answer carries out a plan, and returns what obtain does.
func (c *Cache[K, V]) answer(ctx context.Context, p plan[K, V]) (*node[K, V], error) {
	if p.now {
		if p.node.absent != nil {
			return nil, p.node.absent
		}
		return p.node, nil
	}
	n, err := c.await(ctx, p)
	if err == nil || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return n, err
	}
	if c.fallBack(p) {
		return p.node, nil
	}
	// If the node was removed during a soft wait, there is only the flight
	// to wait for; if that failed, it fails again at once.
	return c.result(ctx, p.flight)
}

// await returns the result of the plan's flight, or an error after the soft
// timeout.
func (c *Cache[K, V]) await(ctx context.Context, p plan[K, V]) (*node[K, V], error) {
	if p.soft.IsZero() {
		return c.result(ctx, p.flight)
	}
	soft, cancel := context.WithDeadline(ctx, p.soft)
	defer cancel()
	return c.result(soft, p.flight)
}

// fallBack reports whether the stale node of a plan may be served because the
// flight failed: it must still be what the cache has, and within its time, which
// has passed while the caller waited.
func (c *Cache[K, V]) fallBack(p plan[K, V]) bool {
	if p.node == nil {
		return false
	}
	c.mu.Lock()
	defer c.unlock()
	if c.find(p.node.key, c.clock.Now()) != p.node {
		return false
	}
	c.stats.Misses--
	c.stats.Stale++
	return true
}
