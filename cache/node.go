package cache

import "time"

// A node is one entry. Its key, value and life never change after it was
// stored: a new value is a new node. The rest belongs to the order that the
// node is in.
type node[K comparable, V any] struct {
	key   K
	value V

	stored Reading       // when its life began
	ttl    time.Duration // how long it is fresh

	hit int // of lru: where its latest hit is in the list of hits
}

// fresh reports whether the node may be served.
func (n *node[K, V]) fresh(now Reading) bool { return now.within(n.stored, n.ttl) }
