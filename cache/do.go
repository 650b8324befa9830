package cache

import (
	"context"
	"fmt"
)

// Do calls f with the value of key. If f fails because that value is out of
// date, such as a password that was changed since it was loaded, Do drops the
// value, loads it again, and calls f once more with what it got. The function
// outdated decides which errors of f say so.
//
// Do returns what the last call of f returned, as it is. If the value cannot be
// got in the first place, it returns the error of [Cache.Get]; if it cannot be
// loaded again, an error that wraps both that of f and that of the load. The
// value stays dropped then: it is known to be wrong.
//
// However many callers find out about the same value at a time, it is dropped
// once and loaded once. Neither a stale value nor Options.Store answers in its
// place.
func (c *Cache[K, V]) Do(ctx context.Context, key K, f func(ctx context.Context, value V) error, outdated func(error) bool) error {
	n, err := c.lease(ctx, key)
	if err != nil {
		return err
	}
	failed := f(ctx, c.give(n.value))
	if failed == nil || !outdated(failed) {
		return failed
	}
	c.retire(key, n)
	if n, err = c.lease(ctx, key); err != nil {
		return fmt.Errorf("%w (and its value, which may be out of date, could not be loaded again: %w)", failed, err)
	}
	return f(ctx, c.give(n.value))
}

// lease is Get, of the node.
func (c *Cache[K, V]) lease(ctx context.Context, key K) (*node[K, V], error) {
	if n := c.hit(key); n != nil {
		return n, nil
	}
	return c.obtain(ctx, key)
}

// retire makes sure that the value of n, which a caller found to be out of date,
// is not served again, and that the next load of key is one that begins now. It
// does nothing if another value was stored since, or if another caller was here
// with the same one: then a new value is there, or on its way.
func (c *Cache[K, V]) retire(key K, n *node[K, V]) {
	c.mu.Lock()
	defer c.unlock()
	if n.retired {
		return
	}
	n.retired = true
	current := c.index.get(key)
	if current != nil && current != n {
		return
	}
	c.change(key)
	if current != nil {
		c.remove(current, Deleted)
	}
}
