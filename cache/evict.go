package cache

import "time"

// sweepAtMost is how many expired entries a store removes, besides making room
// for its own: two for one, so that expired entries go faster than new ones
// come, without a goroutine that a freeze would stop and without a pause.
const sweepAtMost = 2

// A departure is a value that left the cache, for OnEvict.
type departure[K comparable, V any] struct {
	node  *node[K, V]
	cause Cause
}

// measure sets the size of n and how long it lives: the time to live of the
// options, but no longer than most. It reports whether n is to be kept. It calls
// the functions of the options, so c.mu is not held.
func (c *Cache[K, V]) measure(n *node[K, V], most time.Duration) bool {
	o := &c.options
	ttl := o.TTL
	if o.TTLFor != nil {
		if own := o.TTLFor(n.key, n.value); own != 0 {
			ttl = own
		}
	}
	if o.Size != nil {
		n.size = max(0, o.Size(n.key, n.value))
	}
	if ttl = min(ttl, most); ttl <= 0 || n.size > o.MaxBytes {
		return false
	}
	n.ttl = jittered(ttl, o.Jitter)
	return true
}

// store puts a node in the place of what the cache has for the key. A nil node
// only removes that. c.mu is held, and was when the clock was read.
func (c *Cache[K, V]) store(key K, n *node[K, V], now Reading) {
	old := c.find(key, now)
	if old != nil {
		c.remove(old, Replaced)
	}
	if c.order == nil {
		c.reorder()
	}
	c.sweep(now)
	if n == nil || !findable(key) {
		return
	}
	for c.index.size > 0 && (c.index.size >= c.options.Capacity || c.tooBig(n.size)) {
		c.forget(c.order.evict(), Evicted)
	}
	c.index.put(n)
	c.order.add(n, old)
	c.bytes += n.size
}

// tooBig reports whether so many bytes more would be too many. It subtracts
// because the sum of two sizes may overflow.
func (c *Cache[K, V]) tooBig(size int64) bool {
	return c.options.MaxBytes > 0 && c.bytes > c.options.MaxBytes-size
}

// sweep removes a few expired entries from the cold end. c.mu is held.
func (c *Cache[K, V]) sweep(now Reading) {
	for i := range sweepAtMost {
		if n := c.order.cold(i); n != nil && !c.useful(n, now) {
			c.remove(n, Expired)
		}
	}
}

// remove takes a node out. c.mu is held.
func (c *Cache[K, V]) remove(n *node[K, V], cause Cause) {
	c.order.remove(n)
	c.forget(n, cause)
}

// forget removes a node that is not in the order any more. c.mu is held.
func (c *Cache[K, V]) forget(n *node[K, V], cause Cause) {
	c.index.remove(n)
	c.bytes -= n.size
	switch cause {
	case Evicted:
		c.stats.Evictions++
	case Expired:
		c.stats.Expirations++
	}
	c.depart(n, cause)
}

// depart notes a node for OnEvict. c.mu is held.
func (c *Cache[K, V]) depart(n *node[K, V], cause Cause) {
	if c.options.OnEvict != nil && n.absent == nil {
		c.left = append(c.left, departure[K, V]{n, cause})
	}
}

// unlock unlocks c.mu and then reports what has left: the hook may use the
// cache, or take its time.
func (c *Cache[K, V]) unlock() {
	left := c.left
	c.left = nil
	c.mu.Unlock()
	for _, d := range left {
		c.options.OnEvict(d.node.key, d.node.value, d.cause)
	}
}
