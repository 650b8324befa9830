package cache

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A Store is a second tier: a place outside the process that many environments
// share, such as a DynamoDB table. It is asked before Load, and given what Load
// returned. It holds values only, never the absence of one.
//
// It is a help and not a condition: when it fails, Load answers. Its errors and
// panics are counted in [Stats].StoreErrors. Both functions run under the load
// timeout.
//
// An entry made from a stored value lives no longer than the stored value has
// left. As several machines' wall clocks are involved, their skew adds to the
// time to live.
type Store[K comparable, V any] struct {
	// Get returns the value of key and when it expires. It returns an error
	// that wraps ErrNotFound if there is none. What has expired is not used.
	Get func(ctx context.Context, key K) (value V, expires time.Time, err error)

	// Put stores the value of key until it expires. Nobody waits for it but
	// Cache.Wait.
	Put func(ctx context.Context, key K, value V, expires time.Time) error
}

// getStore gets the value that the store has for the flight, and reports whether
// it has one.
func (c *Cache[K, V]) getStore(f *flight[K, V]) bool {
	if f.bypass {
		return false
	}
	var expires time.Time
	err := c.tryStore(func() (err error) {
		f.node = &node[K, V]{key: f.key}
		f.node.value, expires, err = c.options.Store.Get(&f.ctx, f.key)
		return err
	})
	if err != nil {
		return false
	}
	left := expires.Sub(time.Unix(0, f.started.Wall))
	if left <= 0 {
		return false
	}
	f.limit = left
	f.stored = true
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.StoreHits++
	return true
}

// putStore gives the flight's value to the store, unless it came from there or
// the key was changed since the flight began.
func (c *Cache[K, V]) putStore(f *flight[K, V]) {
	if f.stored || c.latestChange(f.key) != f.change {
		return
	}
	expires := time.Unix(0, f.started.Wall).Add(f.node.ttl)
	err := c.tryStore(func() error { return c.options.Store.Put(&f.ctx, f.key, f.node.value, expires) })
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed.forget(f.key, f.change)
	}
}

func (c *Cache[K, V]) latestChange(key K) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed.latest(key)
}

// tryStore calls the store, and counts its failure.
func (c *Cache[K, V]) tryStore(call func() error) (err error) {
	returned := false
	defer func() {
		if !returned {
			err = &PanicError{Value: recover()}
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.stats.StoreErrors++
		}
	}()
	err = call()
	returned = true
	return err
}

// changes remembers which keys were changed in this environment since the store
// was last given their value, so that Delete is not undone by what the store
// still has. It is bounded as the cache is: the longest unchanged key is
// forgotten. The cache's lock protects it.
type changes[K comparable] struct {
	keys  *simplelru.LRU[K, uint64]
	count uint64
}

func newChanges[K comparable](capacity int) *changes[K] {
	keys, err := simplelru.NewLRU[K, uint64](capacity, nil)
	if err != nil {
		panic(err) // it only refuses a size below 1
	}
	return &changes[K]{keys: keys}
}

// add notes a change of key.
func (c *changes[K]) add(key K) {
	c.count++
	c.keys.Add(key, c.count)
}

// latest returns the number of the latest change of key, or 0.
func (c *changes[K]) latest(key K) uint64 {
	n, _ := c.keys.Peek(key)
	return n
}

// forget notes that the store has what key is since the given change.
func (c *changes[K]) forget(key K, change uint64) {
	if c.latest(key) == change {
		c.keys.Remove(key)
	}
}
