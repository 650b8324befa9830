package cache

import (
	"iter"
	"sync"
)

// An index finds nodes by key. Changes need the cache's lock. Reads need it
// too, unless shared is set.
type index[K comparable, V any] struct {
	nodes  map[K]*node[K, V]
	shared *sync.Map // K to *node[K, V], instead of nodes
	size   int
}

func newIndex[K comparable, V any](shared bool) index[K, V] {
	if shared {
		return index[K, V]{shared: new(sync.Map)}
	}
	return index[K, V]{nodes: make(map[K]*node[K, V])}
}

func (x *index[K, V]) get(key K) *node[K, V] {
	if x.shared == nil {
		return x.nodes[key]
	}
	n, _ := x.shared.Load(key)
	found, _ := n.(*node[K, V])
	return found
}

// put adds a node whose key is not in the index.
func (x *index[K, V]) put(n *node[K, V]) {
	x.size++
	if x.shared == nil {
		x.nodes[n.key] = n
		return
	}
	x.shared.Store(n.key, n)
}

// remove takes out a node that is in the index.
func (x *index[K, V]) remove(n *node[K, V]) {
	x.size--
	if x.shared == nil {
		delete(x.nodes, n.key)
		return
	}
	x.shared.Delete(n.key)
}

func (x *index[K, V]) all() iter.Seq[*node[K, V]] {
	return func(yield func(*node[K, V]) bool) {
		if x.shared != nil {
			x.shared.Range(func(_, n any) bool { return yield(n.(*node[K, V])) })
			return
		}
		for _, n := range x.nodes {
			if !yield(n) {
				return
			}
		}
	}
}

// clear removes all nodes. Those who read without a lock keep the same map.
func (x *index[K, V]) clear() {
	x.size = 0
	if x.shared != nil {
		x.shared.Clear()
		return
	}
	x.nodes = make(map[K]*node[K, V])
}
