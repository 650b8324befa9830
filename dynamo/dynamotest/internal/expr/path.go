package expr

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// A Step is one step of a document path: an attribute's name, or an index when
// the name is empty.
type Step struct {
	Name  string
	Index int
}

// A Path leads to a value inside an item. Its first step is a name.
type Path []Step

// Top returns the name of the attribute that the path starts at.
func (p Path) Top() string { return p[0].Name }

// String returns the path as DynamoDB writes it in its complaints.
func (p Path) String() string {
	parts := make([]string, len(p))
	for i, s := range p {
		parts[i] = s.String()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (s Step) String() string {
	if s.isIndex() {
		return "[" + strconv.Itoa(s.Index) + "]"
	}
	return s.Name
}

func (s Step) isIndex() bool { return s.Name == "" }

func compareSteps(a, b Step) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Index, b.Index))
}

// compare orders paths step by step, indexes by number.
func (p Path) compare(q Path) int { return slices.CompareFunc(p, q, compareSteps) }

// Lookup returns the value that the path leads to in the item.
func (p Path) Lookup(item value.Item) (value.Value, bool) {
	v, ok := item.Get(p[0].Name)
	for i := 1; ok && i < len(p); i++ {
		v, ok = p[i].of(v)
	}
	return v, ok
}

// of returns the part of v that the step leads to.
func (s Step) of(v value.Value) (value.Value, bool) {
	switch {
	case s.isIndex() && v.Type() == value.L:
		if list := v.List(); s.Index < len(list) {
			return list[s.Index], true
		}
	case !s.isIndex() && v.Type() == value.M:
		return v.Map().Get(s.Name)
	}
	return value.Value{}, false
}

// A clash is how two paths of one expression get into each other's way.
type clash string

const (
	noClash  clash = ""
	overlap  clash = "overlap"
	conflict clash = "conflict"
)

// clashes tells whether one path leads through the other's target, or one
// takes for a map what the other takes for a list.
func (p Path) clashes(q Path) clash {
	n := min(len(p), len(q))
	for i := range n {
		if p[i] == q[i] {
			continue
		}
		if p[i].isIndex() != q[i].isIndex() {
			return conflict
		}
		return noClash
	}
	return overlap
}

// checkClashes returns the complaint about the first two paths that overlap, or
// else about the first two that are in conflict.
func checkClashes(paths []Path) string {
	found := ""
	for i := range paths {
		for j := i + 1; j < len(paths); j++ {
			c := paths[i].clashes(paths[j])
			if c == noClash || c == conflict && found != "" {
				continue
			}
			found = "Two document paths " + string(c) + " with each other; " +
				"must remove or rewrite one of these paths; " +
				"path one: " + paths[i].String() + ", path two: " + paths[j].String()
			if c == overlap {
				return found
			}
		}
	}
	return found
}
