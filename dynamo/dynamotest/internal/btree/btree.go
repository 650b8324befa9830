// Package btree holds an ordered map from strings: a B-tree whose clones share
// their nodes until one of them is written to.
package btree

import (
	"iter"
	"slices"
)

// degree is the least number of kids of an inner node other than the root.
// Nodes of up to 63 keys keep a million keys within four levels.
const (
	degree  = 32
	maxKeys = 2*degree - 1
)

// A Tree is an ordered map. The zero value is empty and ready to use. Readers
// may share a tree as long as nobody writes to it.
type Tree[V any] struct {
	root *node[V]
	size int
	// mark is that of the nodes which belong to this tree alone.
	mark *mark
}

// A mark is told apart by its address, so it must not be of size zero.
type mark struct{ _ byte }

type node[V any] struct {
	mark *mark
	keys []string
	vals []V
	kids []*node[V] // empty in a leaf
}

// Len returns the number of keys.
func (t *Tree[V]) Len() int { return t.size }

// Clone returns a copy of the tree in constant time. Writing to either copies
// the nodes on the way.
func (t *Tree[V]) Clone() Tree[V] {
	t.mark = new(mark)
	return Tree[V]{root: t.root, size: t.size, mark: new(mark)}
}

// Get returns the value of key.
func (t *Tree[V]) Get(key string) (v V, ok bool) {
	for n := t.root; n != nil; {
		i, found := slices.BinarySearch(n.keys, key)
		if found {
			return n.vals[i], true
		}
		if len(n.kids) == 0 {
			break
		}
		n = n.kids[i]
	}
	return v, false
}

// Set gives key the value v.
func (t *Tree[V]) Set(key string, v V) {
	if t.mark == nil {
		t.mark = new(mark)
	}
	if t.root == nil {
		t.root = &node[V]{mark: t.mark}
	}
	t.root = t.own(t.root)
	if len(t.root.keys) == maxKeys {
		t.root = &node[V]{mark: t.mark, kids: []*node[V]{t.root}}
		t.split(t.root, 0)
	}
	t.insert(t.root, key, v)
}

// own returns n, or a copy of it when another tree may see n.
func (t *Tree[V]) own(n *node[V]) *node[V] {
	if n.mark == t.mark {
		return n
	}
	return &node[V]{
		mark: t.mark,
		keys: append(make([]string, 0, maxKeys), n.keys...),
		vals: append(make([]V, 0, maxKeys), n.vals...),
		kids: slices.Clone(n.kids),
	}
}

// kid returns n's kid i for writing. n must be owned.
func (t *Tree[V]) kid(n *node[V], i int) *node[V] {
	n.kids[i] = t.own(n.kids[i])
	return n.kids[i]
}

// insert sets key below n, which is owned and not full.
func (t *Tree[V]) insert(n *node[V], key string, v V) {
	for {
		i, found := slices.BinarySearch(n.keys, key)
		if found {
			n.vals[i] = v
			return
		}
		if len(n.kids) == 0 {
			n.keys = slices.Insert(n.keys, i, key)
			n.vals = slices.Insert(n.vals, i, v)
			t.size++
			return
		}
		if len(n.kids[i].keys) == maxKeys {
			t.split(n, i)
			continue // the middle key came up to n
		}
		n = t.kid(n, i)
	}
}

// split divides n's full kid i in two around its middle key.
func (t *Tree[V]) split(n *node[V], i int) {
	left := t.kid(n, i)
	right := &node[V]{
		mark: t.mark,
		keys: append(make([]string, 0, maxKeys), left.keys[degree:]...),
		vals: append(make([]V, 0, maxKeys), left.vals[degree:]...),
	}
	if len(left.kids) > 0 {
		right.kids = slices.Clone(left.kids[degree:])
		clear(left.kids[degree:])
		left.kids = left.kids[:degree]
	}
	n.keys = slices.Insert(n.keys, i, left.keys[degree-1])
	n.vals = slices.Insert(n.vals, i, left.vals[degree-1])
	n.kids = slices.Insert(n.kids, i+1, right)
	clear(left.keys[degree-1:])
	clear(left.vals[degree-1:])
	left.keys, left.vals = left.keys[:degree-1], left.vals[:degree-1]
}

// Delete removes key and tells whether it was there.
func (t *Tree[V]) Delete(key string) bool {
	if _, ok := t.Get(key); !ok {
		return false
	}
	t.root = t.own(t.root)
	t.remove(t.root, key)
	t.size--
	if len(t.root.keys) == 0 {
		if len(t.root.kids) == 0 {
			t.root = nil
		} else {
			t.root = t.root.kids[0]
		}
	}
	return true
}

// remove takes key, which exists, from below n, which is owned and, unless it
// is the root, has a key to spare.
func (t *Tree[V]) remove(n *node[V], key string) {
	i, found := slices.BinarySearch(n.keys, key)
	switch {
	case len(n.kids) == 0:
		n.keys = slices.Delete(n.keys, i, i+1)
		n.vals = slices.Delete(n.vals, i, i+1)
	case !found:
		t.remove(t.spare(n, i), key)
	case len(n.kids[i].keys) >= degree:
		left := t.kid(n, i)
		n.keys[i], n.vals[i] = left.last()
		t.remove(left, n.keys[i])
	case len(n.kids[i+1].keys) >= degree:
		right := t.kid(n, i+1)
		n.keys[i], n.vals[i] = right.first()
		t.remove(right, n.keys[i])
	default:
		t.remove(t.merge(n, i), key)
	}
}

func (n *node[V]) last() (string, V) {
	for len(n.kids) > 0 {
		n = n.kids[len(n.kids)-1]
	}
	return n.keys[len(n.keys)-1], n.vals[len(n.vals)-1]
}

func (n *node[V]) first() (string, V) {
	for len(n.kids) > 0 {
		n = n.kids[0]
	}
	return n.keys[0], n.vals[0]
}

// spare returns n's kid i after seeing to it that it has a key to spare: from a
// sibling, or by merging it with one.
func (t *Tree[V]) spare(n *node[V], i int) *node[V] {
	switch {
	case len(n.kids[i].keys) >= degree:
		return t.kid(n, i)
	case i > 0 && len(n.kids[i-1].keys) >= degree:
		return t.fromLeft(n, i)
	case i < len(n.keys) && len(n.kids[i+1].keys) >= degree:
		return t.fromRight(n, i)
	case i < len(n.keys):
		return t.merge(n, i)
	}
	return t.merge(n, i-1)
}

func (t *Tree[V]) fromLeft(n *node[V], i int) *node[V] {
	kid, left := t.kid(n, i), t.kid(n, i-1)
	end := len(left.keys) - 1
	kid.keys = slices.Insert(kid.keys, 0, n.keys[i-1])
	kid.vals = slices.Insert(kid.vals, 0, n.vals[i-1])
	n.keys[i-1], n.vals[i-1] = left.keys[end], left.vals[end]
	left.keys = slices.Delete(left.keys, end, end+1)
	left.vals = slices.Delete(left.vals, end, end+1)
	if len(left.kids) > 0 {
		kid.kids = slices.Insert(kid.kids, 0, left.kids[end+1])
		left.kids = slices.Delete(left.kids, end+1, end+2)
	}
	return kid
}

func (t *Tree[V]) fromRight(n *node[V], i int) *node[V] {
	kid, right := t.kid(n, i), t.kid(n, i+1)
	kid.keys = append(kid.keys, n.keys[i])
	kid.vals = append(kid.vals, n.vals[i])
	n.keys[i], n.vals[i] = right.keys[0], right.vals[0]
	right.keys = slices.Delete(right.keys, 0, 1)
	right.vals = slices.Delete(right.vals, 0, 1)
	if len(right.kids) > 0 {
		kid.kids = append(kid.kids, right.kids[0])
		right.kids = slices.Delete(right.kids, 0, 1)
	}
	return kid
}

// merge joins n's kids i and i+1 around key i, and returns the joined kid.
func (t *Tree[V]) merge(n *node[V], i int) *node[V] {
	left, right := t.kid(n, i), n.kids[i+1]
	left.keys = append(append(left.keys, n.keys[i]), right.keys...)
	left.vals = append(append(left.vals, n.vals[i]), right.vals...)
	left.kids = append(left.kids, right.kids...)
	n.keys = slices.Delete(n.keys, i, i+1)
	n.vals = slices.Delete(n.vals, i, i+1)
	n.kids = slices.Delete(n.kids, i+1, i+2)
	return left
}

// From walks the keys from key on in ascending order.
func (t *Tree[V]) From(key string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		if t.root != nil {
			t.root.ascend(key, yield)
		}
	}
}

func (n *node[V]) ascend(from string, yield func(string, V) bool) bool {
	i, _ := slices.BinarySearch(n.keys, from)
	for ; i < len(n.keys); i++ {
		if len(n.kids) > 0 && !n.kids[i].ascend(from, yield) {
			return false
		}
		if !yield(n.keys[i], n.vals[i]) {
			return false
		}
	}
	return len(n.kids) == 0 || n.kids[len(n.keys)].ascend(from, yield)
}

// Before walks the keys below key in descending order.
func (t *Tree[V]) Before(key string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		if t.root != nil {
			t.root.descend(key, yield)
		}
	}
}

func (n *node[V]) descend(before string, yield func(string, V) bool) bool {
	i, _ := slices.BinarySearch(n.keys, before)
	if len(n.kids) > 0 && !n.kids[i].descend(before, yield) {
		return false
	}
	for i--; i >= 0; i-- {
		if !yield(n.keys[i], n.vals[i]) {
			return false
		}
		if len(n.kids) > 0 && !n.kids[i].descend(before, yield) {
			return false
		}
	}
	return true
}
