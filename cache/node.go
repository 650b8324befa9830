package cache

import (
	"sync/atomic"
	"time"
)

// A node is one entry. Its key, value and life never change after it was
// stored, so that they can be read without a lock: a new value is a new node.
// There are many nodes, so the fields are as small as they can be.
type node[K comparable, V any] struct {
	key    K
	value  V
	absent *LoadError    // instead of value: that there is none
	stored Reading       // when its life began
	ttl    time.Duration // how long it is fresh

	used    uint32        // of lru: when it was last hit, if it is to be moved
	place   uint32        // of lru: 1 + its index among those to be moved, or 0
	uses    atomic.Uint32 // of s3fifo: hits since it was last looked at
	main    bool          // of s3fifo: which queue it is in
	retired bool          // found to be out of date, see Cache.Do

	size    int64
	failing *failing // loading its replacement
}

// failing says that loading a replacement for a node failed.
type failing struct {
	times int
	at    Reading
	pause time.Duration // how long not to try again
}

// maxUses bounds how often a node goes round, so that one that was hot once
// does not stay for ever.
const maxUses = 3

// fresh reports whether the node may be served.
func (n *node[K, V]) fresh(now Reading) bool { return now.within(n.stored, n.ttl) }

// retry reports whether a replacement may be loaded: it has not failed lately.
func (n *node[K, V]) retry(now Reading) bool {
	return n.failing == nil || !now.within(n.failing.at, n.failing.pause)
}

// use counts a hit. It may count one too few if two come at once, which nobody
// notices; a hot node is not written to.
func (n *node[K, V]) use() {
	if uses := n.uses.Load(); uses < maxUses {
		n.uses.CompareAndSwap(uses, uses+1)
	}
}
