package cache

import (
	"sync/atomic"
	"time"
)

// A node is one entry. Its key, value and life never change after it was
// stored, so that they can be read without a lock: a new value is a new node.
type node[K comparable, V any] struct {
	key    K
	value  V
	err    error         // instead of value: that there is none
	stored Reading       // when its life began
	ttl    time.Duration // how long it is fresh
	keep   time.Duration // how long it is of use: ttl and then stale
	size   int64

	hit  int           // of lru: where its latest hit is in the list of hits
	main bool          // of s3fifo: which queue it is in
	uses atomic.Uint32 // of s3fifo: hits since it was last looked at

	failures int           // how often loading its replacement has failed
	failed   Reading       // when it last did
	pause    time.Duration // how long not to try again
}

// maxUses bounds how often a node goes round, so that one that was hot once
// does not stay for ever.
const maxUses = 3

// fresh reports whether the node may be served.
func (n *node[K, V]) fresh(now Reading) bool { return now.within(n.stored, n.ttl) }

// use counts a hit. It may count one too few if two come at once, which nobody
// notices; a hot node is not written to.
func (n *node[K, V]) use() {
	if uses := n.uses.Load(); uses < maxUses {
		n.uses.CompareAndSwap(uses, uses+1)
	}
}
