package cache

import (
	"cmp"
	"math"
	"slices"

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

// lru evicts the least recently used node, exactly.
//
// Moving a node to the front of a linked list on every hit would cost as much
// as finding it. Instead, a hit writes down when it was; nodes that were hit are
// to be moved, and are, in the order of their last hits, when one of them comes
// up for eviction. Until then those that were not are the less recently used. The
// order is the same as if each hit had moved its node at once.
type lru[K comparable, V any] struct {
	nodes  *list[K, V]
	tick   uint32        // when the latest hit was
	moving []*node[K, V] // to be moved to the front, each once
}

// maxMoving bounds the nodes to be moved: 128 KB of pointers, and a millisecond or
// two to move them all.
const maxMoving = 1 << 14

func newLRU[K comparable, V any]() *lru[K, V] { return &lru[K, V]{nodes: newList[K, V]()} }

// touch notes a hit of n.
func (l *lru[K, V]) touch(n *node[K, V]) {
	if n.place == 0 || l.tick == math.MaxUint32 {
		l.mark(n)
	}
	l.tick++
	n.used = l.tick
}

// mark notes that n is to be moved.
func (l *lru[K, V]) mark(n *node[K, V]) {
	if len(l.moving) == maxMoving || l.tick == math.MaxUint32 {
		l.move()
	}
	l.moving = append(l.moving, n)
	n.place = uint32(len(l.moving)) //nolint:gosec // at most maxMoving
}

// unmark notes that n is not to be moved.
func (l *lru[K, V]) unmark(n *node[K, V]) {
	end := len(l.moving) - 1
	last := l.moving[end]
	l.moving[n.place-1], last.place = last, n.place
	l.moving[end] = nil
	l.moving = l.moving[:end]
	n.place = 0
}

// move moves the nodes that were hit to the front.
func (l *lru[K, V]) move() {
	slices.SortFunc(l.moving, func(a, b *node[K, V]) int { return cmp.Compare(a.used, b.used) })
	for _, n := range l.moving {
		l.nodes.Get(n)
		n.place = 0
	}
	clear(l.moving) // let go of nodes that are removed later
	l.moving = l.moving[:0]
	l.tick = 0
}

func (l *lru[K, V]) add(n, _ *node[K, V]) {
	l.nodes.Add(n, struct{}{})
	if len(l.moving) > 0 { // it is newer than those that are moved before it
		l.touch(n)
	}
}

func (l *lru[K, V]) remove(n *node[K, V]) {
	if n.place > 0 {
		l.unmark(n)
	}
	l.nodes.Remove(n)
}

func (l *lru[K, V]) evict() *node[K, V] {
	if n, _, _ := l.nodes.GetOldest(); n != nil && n.place > 0 {
		l.move()
	}
	n, _, _ := l.nodes.RemoveOldest()
	return n
}

// cold may return a node that is to be moved.
func (l *lru[K, V]) cold(int) *node[K, V] {
	n, _, _ := l.nodes.GetOldest()
	return n
}
