package cache

import (
	"hash/maphash"
	"iter"
	"sync/atomic"
)

// A table is a hash table that is read without a lock. Changes need the
// cache's lock. It is for nodes, which are found through their own keys.
//
// A reader sees each change as a whole or not at all: what it walks is never
// changed in a way that would lead it astray, only cut short or replaced. It may
// miss a node that is just being replaced; whoever finds nothing looks again
// with the lock.
//
// It is here because sync.Map takes keys and nodes as interfaces, which costs a
// third more time to read and 60 bytes more per entry.
type table[K comparable, V any] struct {
	seed  maphash.Seed
	chain atomic.Pointer[chains[K, V]] // nil while nothing was put
}

// chains are as many as a power of two. The low bits of its key's hash say
// which one a node is on.
type chains[K comparable, V any] []atomic.Pointer[link[K, V]]

type link[K comparable, V any] struct {
	hash uint64
	node *node[K, V]
	next atomic.Pointer[link[K, V]]
}

// fewest is the number of chains of a small table.
const fewest = 16

func newTable[K comparable, V any]() *table[K, V] {
	return &table[K, V]{seed: maphash.MakeSeed()}
}

func (c chains[K, V]) of(hash uint64) *atomic.Pointer[link[K, V]] {
	return &c[hash&uint64(len(c)-1)]
}

func (t *table[K, V]) get(key K) *node[K, V] {
	all := t.chain.Load()
	if all == nil {
		return nil
	}
	hash := maphash.Comparable(t.seed, key)
	for l := all.of(hash).Load(); l != nil; l = l.next.Load() {
		if l.hash == hash && l.node.key == key {
			return l.node
		}
	}
	return nil
}

// put adds a node whose key is not in the table, which has so many nodes.
func (t *table[K, V]) put(n *node[K, V], size int) {
	all := t.chain.Load()
	if all == nil || size >= len(*all) {
		all = t.grow(all)
	}
	all.push(maphash.Comparable(t.seed, n.key), n)
}

func (c chains[K, V]) push(hash uint64, n *node[K, V]) {
	head := c.of(hash)
	l := &link[K, V]{hash: hash, node: n}
	l.next.Store(head.Load())
	head.Store(l)
}

// grow doubles the number of chains. It makes new links, because somebody may
// be walking the old ones.
func (t *table[K, V]) grow(old *chains[K, V]) *chains[K, V] {
	if old == nil {
		all := make(chains[K, V], fewest)
		t.chain.Store(&all)
		return &all
	}
	all := make(chains[K, V], 2*len(*old))
	for l := range old.links() {
		all.push(l.hash, l.node)
	}
	t.chain.Store(&all)
	return &all
}

// remove takes out a node that is in the table. Its link still leads on, for
// those who are at it.
func (t *table[K, V]) remove(n *node[K, V]) {
	at := t.chain.Load().of(maphash.Comparable(t.seed, n.key))
	for l := at.Load(); l != nil; l = at.Load() {
		if l.node == n {
			at.Store(l.next.Load())
			return
		}
		at = &l.next
	}
}

func (t *table[K, V]) clear() { t.chain.Store(nil) }

func (c chains[K, V]) links() iter.Seq[*link[K, V]] {
	return func(yield func(*link[K, V]) bool) {
		for i := range c {
			for l := c[i].Load(); l != nil; l = l.next.Load() {
				if !yield(l) {
					return
				}
			}
		}
	}
}

func (t *table[K, V]) all() iter.Seq[*node[K, V]] {
	return func(yield func(*node[K, V]) bool) {
		all := t.chain.Load()
		if all == nil {
			return
		}
		for l := range all.links() {
			if !yield(l.node) {
				return
			}
		}
	}
}
