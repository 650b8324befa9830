package cache

import (
	"iter"
	"sync"
	"time"
)

// A Cache keeps values in the memory of one execution environment. Make one
// with [New], once per process. All methods may be called concurrently.
//
// Unless Options.Clone is set, values are shared, not copied: what Get and
// Lookup return is what was stored. Do not modify what a value refers to.
type Cache[K comparable, V any] struct {
	options Options[K, V]
	clock   Clock
	system  *system  // clock, if that is what it is
	recent  *recent  // of system, for hits
	hits    *stripes // of parallel reads, else nil; instead of recent

	mu      sync.Mutex
	index   index[K, V]
	order   order[K, V] // nil until something was stored
	lru     *lru[K, V]  // order, if that is what it is
	bytes   int64       // sum of the sizes
	flights map[K]*flight[K, V]
	others  []*flight[K, V] // still running, but not to be joined
	changed *changes[K]     // since they were last written to the store
	left    []departure[K, V]
	stats   Stats
}

// New returns an empty cache. It starts no goroutine and reserves no memory for
// entries, so it costs nothing during a cold start. A nil options means all
// defaults. It panics if an option is impossible, naming the field and the rule.
func New[K comparable, V any](options *Options[K, V]) *Cache[K, V] {
	c := &Cache[K, V]{options: options.resolve()}
	c.clock = c.options.Clock
	if c.clock == nil {
		c.system = newSystem()
		c.clock = c.system
	}
	if c.options.ParallelReads {
		c.hits = new(stripes)
	} else {
		c.recent = new(recent)
	}
	if c.options.Store.Get != nil {
		c.changed = newChanges[K](c.options.Capacity)
	}
	c.index = newIndex[K, V](c.options.ParallelReads)
	return c
}

// reorder begins with an empty order.
func (c *Cache[K, V]) reorder() {
	if c.options.Policy == S3FIFO {
		c.order = newS3FIFO[K, V](c.options.Capacity)
		return
	}
	c.lru = newLRU[K, V]()
	c.order = c.lru
}

// Lookup returns the value of key if it is in the cache and has not expired. It
// never loads, never waits for a load and never answers with a stale value.
func (c *Cache[K, V]) Lookup(key K) (V, bool) {
	n := c.hit(key)
	if n == nil {
		n = c.lookAgain(key)
	}
	if n == nil {
		var none V
		return none, false
	}
	if c.options.Clone == nil {
		return n.value, true // give would copy it once more
	}
	return c.options.Clone(n.value), true
}

// lookAgain is hit for a read that found nothing. It reads the clock with the
// lock, as plan does, and for the same reasons. It counts a miss, and removes
// an entry of no use.
func (c *Cache[K, V]) lookAgain(key K) *node[K, V] {
	c.mu.Lock()
	defer c.unlock()
	now := c.clock.Now()
	n := c.find(key, now)
	if n == nil || !n.fresh(now) || n.absent != nil {
		c.stats.Misses++
		return nil
	}
	c.count(n)
	return n
}

// hit returns the unexpired value of key, or nil, and counts it if there is
// one.
func (c *Cache[K, V]) hit(key K) *node[K, V] {
	if c.hits != nil {
		return c.hitInParallel(key)
	}
	c.mu.Lock()
	defer c.mu.Unlock() // a key of an interface type may panic, and so may a clock
	n := c.index.nodes[key]
	if n == nil || !n.fresh(c.hitTime(c.recent)) || n.absent != nil {
		return nil
	}
	if c.lru != nil {
		c.lru.touch(n)
	} else {
		n.use()
	}
	c.stats.Hits++
	return n
}

func (c *Cache[K, V]) hitInParallel(key K) *node[K, V] {
	n := c.index.shared.get(key)
	stripe := c.hits.own()
	if n == nil || !n.fresh(c.hitTime(&stripe.recent)) || n.absent != nil {
		return nil
	}
	n.use()
	stripe.hits.Add(1)
	return n
}

// hitTime reads the clock for a hit.
func (c *Cache[K, V]) hitTime(last *recent) Reading {
	if c.system != nil {
		return c.system.hit(last)
	}
	return c.clock.Now()
}

// now reads the clock, and tells the time for what has timers.
func (c *Cache[K, V]) now() (Reading, time.Time) {
	now := time.Now()
	if c.system != nil {
		return c.system.read(now), now
	}
	return c.clock.Now(), now
}

// use tells the order that n was hit. c.mu is held.
func (c *Cache[K, V]) use(n *node[K, V]) {
	if c.lru != nil {
		c.lru.touch(n)
		return
	}
	n.use()
}

// find returns the node of key, fresh or stale, and removes it if it is of no
// use any more. c.mu is held.
func (c *Cache[K, V]) find(key K, now Reading) *node[K, V] {
	n := c.index.get(key)
	if n == nil || c.useful(n, now) {
		return n
	}
	c.remove(n, Expired)
	return nil
}

// give returns a value for a caller.
func (c *Cache[K, V]) give(value V) V {
	if c.options.Clone == nil {
		return value
	}
	return c.options.Clone(value)
}

// Set stores a value, for the time to live of the options. A load of the key
// that is under way answers those who wait for it, but does not replace value.
// Options.Store is not written to, and not read by the next load of key.
func (c *Cache[K, V]) Set(key K, value V) {
	n := &node[K, V]{key: key, value: c.give(value)}
	keep := c.measure(n, forever)
	c.mu.Lock()
	defer c.unlock()
	c.change(key)
	now := c.clock.Now()
	n.stored = now
	if !keep {
		n = nil
	}
	c.store(key, n, now)
}

// Delete removes a key. A load of the key that is under way answers those who
// wait for it, but its result is not stored, and the next Get loads again, from
// Load and not from Options.Store.
//
// Other environments keep what they have until it expires.
func (c *Cache[K, V]) Delete(key K) {
	c.mu.Lock()
	defer c.unlock()
	c.change(key)
	if n := c.find(key, c.clock.Now()); n != nil {
		c.remove(n, Deleted)
	}
}

// Clear removes all entries, as if each had been deleted. As it cannot know all
// keys, those that are only in Options.Store may be read from there again.
func (c *Cache[K, V]) Clear() {
	c.mu.Lock()
	defer c.unlock()
	for key := range c.flights {
		c.change(key)
	}
	for n := range c.index.all() {
		c.change(n.key)
		c.depart(n, Deleted)
	}
	c.index.clear()
	c.bytes = 0
	c.order, c.lru = nil, nil
}

// change notes that key is not what loads under way or the store say. c.mu is
// held.
func (c *Cache[K, V]) change(key K) {
	c.drop(key)
	if c.changed != nil && findable(key) {
		c.changed.add(key)
	}
}

// Len returns the number of unexpired values. It looks at each of them.
func (c *Cache[K, V]) Len() int { return len(c.live()) }

// All returns an iterator over the unexpired values at the time it begins, in
// no particular order. It holds no lock while it yields, so the loop may use
// the cache, and it counts as no use of the entries.
func (c *Cache[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, n := range c.live() {
			if !yield(n.key, c.give(n.value)) {
				return
			}
		}
	}
}

// live returns the nodes with unexpired values.
func (c *Cache[K, V]) live() []*node[K, V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.Now()
	live := make([]*node[K, V], 0, c.index.size)
	for n := range c.index.all() {
		if n.fresh(now) && n.absent == nil {
			live = append(live, n)
		}
	}
	return live
}

// Stats returns what the cache has done so far.
func (c *Cache[K, V]) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	stats := c.stats
	if c.hits != nil {
		stats.Hits += c.hits.sum()
	}
	return stats
}
