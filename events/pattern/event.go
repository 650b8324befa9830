package pattern

import (
	"strings"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// A node is a name in the tree of all paths that patterns ask for. It leads the
// way through an event; what it does not know is skipped.
type node struct {
	children map[string]*node
	path     int // index of the path that ends here, -1 if none
	length   int // of the path, in bytes
}

func newNode(length int) *node { return &node{path: -1, length: length} }

// paths numbers the paths of patterns.
type paths struct {
	root  *node
	index map[string]int
}

func newPaths() *paths { return &paths{root: newNode(-1), index: make(map[string]int)} }

// add returns the number of path.
func (p *paths) add(path string) int {
	if i, ok := p.index[path]; ok {
		return i
	}
	n := p.root
	for rest, more := path, true; more; {
		var name string
		name, rest, more = strings.Cut(rest, ".")
		child := n.children[name]
		if child == nil {
			child = newNode(n.length + 1 + len(name))
			if n.children == nil {
				n.children = make(map[string]*node)
			}
			n.children[name] = child
		}
		n = child
	}
	n.path = len(p.index)
	p.index[path] = n.path
	return n.path
}

// find returns the node of a key, which may be several names joined by dots.
func (n *node) find(key string) *node {
	for n != nil {
		i := strings.IndexByte(key, '.')
		if i < 0 {
			return n.children[key]
		}
		n, key = n.children[key[:i]], key[i+1:]
	}
	return nil
}

// A member says that a value belongs to an element of an array.
type member struct {
	array, index int
	length       int // of the path of the array
}

// An occurrence is a value at a path.
type occurrence struct {
	value
	within []member // the objects in arrays around it, from the outside in
	next   int      // the next occurrence at the same path, -1 if none
}

// An event is what patterns see of one: the values at their paths.
type event struct {
	first  []int // by path; -1 if none
	last   []int
	values []occurrence
	arrays bool // some value is within an array of objects
}

// reader collects the values of an event.
type reader struct {
	jsonscan.Scanner
	event
	within []member
	count  int // arrays so far
}

// readEvent returns the values of document at the paths below root.
func readEvent(document []byte, root *node, count int) (*event, error) {
	index := make([]int, 2*count)
	for i := range index {
		index[i] = -1
	}
	r := &reader{Scanner: jsonscan.New(string(document))}
	r.first, r.last = index[:count], index[count:]
	r.values = make([]occurrence, 0, count)
	r.object(root)
	if err := r.End(); err != nil {
		return nil, eventError(err)
	}
	return &r.event, nil
}

func (r *reader) object(n *node) {
	for r.Object(); r.Member(); {
		if child := n.find(r.Key()); child != nil {
			r.read(child)
		} else {
			r.Skip()
		}
	}
}

// read reads the value of a key.
func (r *reader) read(n *node) {
	switch kind := r.Kind(); {
	case kind == jsonscan.Object && n.children != nil:
		r.object(n)
	case kind == jsonscan.Array:
		r.array(n)
	case kind == jsonscan.Object || n.path < 0:
		r.Skip()
	default:
		r.scalar(kind, n.path)
	}
}

// array reads the elements of an array. Only objects become members: values
// that stand in the array itself belong to no other field.
func (r *reader) array(n *node) {
	r.count++
	array, i := r.count, 0
	for r.Array(); r.Element(); i++ {
		if kind := r.Kind(); kind != jsonscan.Object && kind != jsonscan.Array {
			r.read(n)
			continue
		}
		r.within = append(r.within, member{array, i, n.length})
		r.read(n)
		r.within = r.within[:len(r.within)-1]
	}
}

func (r *reader) scalar(kind jsonscan.Kind, path int) {
	v := value{kind: kind}
	switch kind {
	case jsonscan.String:
		v.text = r.String()
	case jsonscan.Number:
		v.text = r.Number()
		v.number = parseNumber(v.text)
	default:
		v.text = r.Skip()
	}
	r.add(path, v)
}

func (r *reader) add(path int, v value) {
	o := occurrence{value: v, next: -1}
	if len(r.within) > 0 {
		o.within = append([]member(nil), r.within...)
		r.arrays = true
	}
	at := len(r.values)
	r.values = append(r.values, o)
	if r.first[path] < 0 {
		r.first[path] = at
	} else {
		r.values[r.last[path]].next = at
	}
	r.last[path] = at
}

// at walks the values at a path.
func (e *event) at(path int) func(yield func(*occurrence) bool) {
	return func(yield func(*occurrence) bool) {
		for i := e.first[path]; i >= 0; i = e.values[i].next {
			if !yield(&e.values[i]) {
				return
			}
		}
	}
}
