package cache

import (
	"iter"
	"maps"
)

// findable reports whether a map finds key again. It never finds NaN, or what
// contains it, as that equals nothing; nor could it be removed. Nothing is kept
// for such a key.
func findable[K comparable](key K) bool {
	same := key
	return key == same
}

// An index finds nodes by key. Changes need the cache's lock. Reads need it
// too, unless shared is set.
type index[K comparable, V any] struct {
	nodes  map[K]*node[K, V] // made by the first put
	shared *table[K, V]      // instead of nodes
	size   int
}

func newIndex[K comparable, V any](shared bool) index[K, V] {
	if shared {
		return index[K, V]{shared: newTable[K, V]()}
	}
	return index[K, V]{}
}

func (x *index[K, V]) get(key K) *node[K, V] {
	if x.shared == nil {
		return x.nodes[key]
	}
	return x.shared.get(key)
}

// put adds a node whose key is not in the index.
func (x *index[K, V]) put(n *node[K, V]) {
	if x.shared != nil {
		x.shared.put(n, x.size)
	} else {
		if x.nodes == nil {
			x.nodes = make(map[K]*node[K, V])
		}
		x.nodes[n.key] = n
	}
	x.size++
}

// remove takes out a node that is in the index.
func (x *index[K, V]) remove(n *node[K, V]) {
	x.size--
	if x.shared == nil {
		delete(x.nodes, n.key)
		return
	}
	x.shared.remove(n)
}

func (x *index[K, V]) all() iter.Seq[*node[K, V]] {
	if x.shared != nil {
		return x.shared.all()
	}
	return maps.Values(x.nodes)
}

// clear removes all nodes.
func (x *index[K, V]) clear() {
	x.size = 0
	x.nodes = nil
	if x.shared != nil {
		x.shared.clear()
	}
}
