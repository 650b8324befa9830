package cache

import (
	"math"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// list is golang-lru's list of nodes with a map beside it. We keep the bound
// ourselves, so its own never applies.
type list[K comparable, V any] = simplelru.LRU[*node[K, V], struct{}]

func newList[K comparable, V any]() *list[K, V] {
	l, err := simplelru.NewLRU[*node[K, V], struct{}](math.MaxInt, nil)
	if err != nil {
		panic(err) // it only refuses a size below 1
	}
	return l
}

// maxHits bounds the hits that lru remembers: 8 KB of pointers. A node has 16 bits
// for its place among them.
const maxHits = 1024

// lru evicts the least recently used node, exactly.
//
// Moving a node to the front of a linked list on every hit would cost as much
// as finding it. Hits are written down instead, one pointer each, and applied
// in order before the next change, when only the last hit of each node counts.
// The order is the same as if each had moved its node at once.
type lru[K comparable, V any] struct {
	nodes *list[K, V]
	hits  []*node[K, V]
}

func newLRU[K comparable, V any]() *lru[K, V] { return &lru[K, V]{nodes: newList[K, V]()} }

// touch notes a hit of n.
func (l *lru[K, V]) touch(n *node[K, V]) {
	if len(l.hits) == maxHits {
		l.compact()
	}
	n.hit = uint16(len(l.hits))
	l.hits = append(l.hits, n)
}

// compact makes room for hits, by forgetting all but the last one of each node. If
// that is not much, as many nodes are hit in turn, it applies them.
func (l *lru[K, V]) compact() {
	kept := l.hits[:0]
	for i, n := range l.hits {
		if int(n.hit) == i {
			n.hit = uint16(len(kept))
			kept = append(kept, n)
		}
	}
	clear(l.hits[len(kept):])
	l.hits = kept
	if len(kept) > maxHits/2 {
		l.apply()
	}
}

// apply moves the nodes that were hit to the front, and forgets the hits.
func (l *lru[K, V]) apply() {
	for i, n := range l.hits {
		if int(n.hit) == i { // else a later hit of n follows
			l.nodes.Get(n)
		}
	}
	clear(l.hits) // let go of nodes that are removed next
	l.hits = l.hits[:0]
}

func (l *lru[K, V]) add(n, _ *node[K, V]) {
	l.apply()
	l.nodes.Add(n, struct{}{})
}

func (l *lru[K, V]) remove(n *node[K, V]) {
	l.apply()
	l.nodes.Remove(n)
}

func (l *lru[K, V]) evict() *node[K, V] {
	l.apply()
	n, _, _ := l.nodes.RemoveOldest()
	return n
}

func (l *lru[K, V]) cold(int) *node[K, V] {
	l.apply()
	n, _, _ := l.nodes.GetOldest()
	return n
}
