package cache

import (
	"math/rand/v2"
	"time"

	"github.com/go-thaw/thaw/internal/backoff"
)

// retries says how long a stale entry is served, without another try, after
// loading its replacement failed: about a second at first and half a minute in
// the end. An origin that is down sees that instead of one load per read.
var retries = backoff.Policy{Base: time.Second, Max: 30 * time.Second}

// postpone notes that loading a replacement for n failed. The pause is drawn
// from the upper half of the policy's, so that it is never next to nothing.
func (n *node[K, V]) postpone(now Reading) {
	if n.failing == nil {
		n.failing = new(failing)
	}
	n.failing.times++
	n.failing.at = now
	ceiling := retries.Ceiling(n.failing.times)
	n.failing.pause = ceiling - rand.N(ceiling/2)
}

// postpone notes that loading a replacement for what the cache has for key failed.
// c.mu is held.
func (c *Cache[K, V]) postpone(key K, now Reading) {
	if n := c.find(key, now); n != nil {
		n.postpone(now)
	}
}

// useful reports whether a node may be served or become of use: while it is
// fresh, and then, if it has a value, as long as a stale one may be served.
func (c *Cache[K, V]) useful(n *node[K, V], now Reading) bool {
	keep := n.ttl
	if n.absent == nil {
		keep = sum(keep, max(c.options.StaleWhileRevalidate, c.options.StaleIfError))
	}
	return now.within(n.stored, keep)
}
