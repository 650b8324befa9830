package cache

import (
	"iter"
	"sync"
	"time"
)

// A Cache keeps values in the memory of one execution environment. Make one
// with [New], once per process. All methods may be called concurrently.
//
// Values are shared, not copied: what Get and Lookup return is what was stored.
// Do not modify what a value refers to.
type Cache[K comparable, V any] struct {
	options Options[K, V]
	clock   Clock

	mu      sync.Mutex
	nodes   map[K]*node[K, V]
	order   *lru[K, V]
	flights map[K]*flight[K, V] // loads that a new caller may join
	dropped []*flight[K, V]     // loads under way whose result nobody wants stored
	stats   Stats
}

// New returns an empty cache. It starts no goroutine and reserves no memory for
// entries, so it costs nothing during a cold start. A nil options means all
// defaults. It panics if an option is impossible, naming the field and the rule.
func New[K comparable, V any](options *Options[K, V]) *Cache[K, V] {
	c := &Cache[K, V]{
		options: options.resolve(),
		nodes:   make(map[K]*node[K, V]),
		order:   newLRU[K, V](),
		flights: make(map[K]*flight[K, V]),
	}
	c.clock = c.options.Clock
	if c.clock == nil {
		c.clock = system{start: time.Now()}
	}
	return c
}

// Lookup returns the value of key if it is in the cache and has not expired. It
// never loads and never waits for a load.
func (c *Cache[K, V]) Lookup(key K) (V, bool) {
	if n := c.hit(key); n != nil {
		return n.value, true
	}
	c.mu.Lock()
	c.stats.Misses++
	c.mu.Unlock()
	var none V
	return none, false
}

// hit returns the unexpired node of key, or nil, and counts it if there is one.
func (c *Cache[K, V]) hit(key K) *node[K, V] {
	now := c.clock.Now()
	c.mu.Lock()
	n := c.nodes[key]
	if n == nil || !n.fresh(now) {
		c.mu.Unlock()
		return nil
	}
	c.order.touch(n)
	c.stats.Hits++
	c.mu.Unlock()
	return n
}

// Set stores a value, for the time to live of the options. A load of the key
// that is under way answers those who wait for it, but does not replace value.
func (c *Cache[K, V]) Set(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
	c.store(key, value, c.clock.Now())
}

// Delete removes a key. A load of the key that is under way answers those who
// wait for it, but its result is not stored, and the next Get loads again.
func (c *Cache[K, V]) Delete(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
	if n := c.nodes[key]; n != nil {
		c.remove(n)
	}
}

// Len returns the number of unexpired entries. It looks at each of them.
func (c *Cache[K, V]) Len() int { return len(c.live()) }

// Stats returns what the cache has done so far.
func (c *Cache[K, V]) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// Clear removes all entries, as if each had been deleted.
func (c *Cache[K, V]) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range c.flights {
		c.drop(key)
	}
	clear(c.nodes)
	c.order = newLRU[K, V]()
}

// All returns an iterator over the unexpired entries at the time of the call,
// in no particular order. It holds no lock while it yields, so the loop may use
// the cache, and it counts as no use of the entries.
func (c *Cache[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, n := range c.live() {
			if !yield(n.key, n.value) {
				return
			}
		}
	}
}

// live returns the unexpired nodes.
func (c *Cache[K, V]) live() []*node[K, V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.Now()
	live := make([]*node[K, V], 0, len(c.nodes))
	for _, n := range c.nodes {
		if n.fresh(now) {
			live = append(live, n)
		}
	}
	return live
}
