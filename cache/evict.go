package cache

// sweepAtMost is how many expired entries a store removes, besides making room
// for its own: two for one, so that expired entries go faster than new ones
// come, without a goroutine that a freeze would stop and without a pause.
const sweepAtMost = 2

// store puts a value into the cache. c.mu is held.
func (c *Cache[K, V]) store(key K, value V, now Reading) {
	if old := c.nodes[key]; old != nil {
		c.remove(old)
	}
	c.sweep(now)
	for len(c.nodes) >= c.options.Capacity {
		c.remove(c.order.cold())
		c.stats.Evictions++
	}
	n := &node[K, V]{key: key, value: value, stored: now, ttl: jittered(c.options.TTL, c.options.Jitter)}
	c.nodes[key] = n
	c.order.add(n)
}

// sweep removes a few expired entries from the cold end. c.mu is held.
func (c *Cache[K, V]) sweep(now Reading) {
	for range sweepAtMost {
		n := c.order.cold()
		if n == nil || n.fresh(now) {
			return
		}
		c.remove(n)
		c.stats.Expirations++
	}
}

// remove takes a node out. c.mu is held.
func (c *Cache[K, V]) remove(n *node[K, V]) {
	delete(c.nodes, n.key)
	c.order.remove(n)
}
