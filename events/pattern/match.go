package pattern

import (
	"encoding/binary"
	"slices"
	"strings"
)

// A condition is one path of an alternative and what it asks.
type condition struct {
	field
	name string
	path int // its number among the paths
	// keep is how much of the path the next one shares. Beyond that, it no
	// longer matters which element of an array a value came from.
	keep int
}

// An alternative is one way for a pattern to match: all its conditions hold.
type alternative []condition

// newAlternative sorts the conditions by path. EventBridge does so too, and the
// order matters where an absent field meets an array.
func newAlternative(r rule, p *paths) alternative {
	a := make(alternative, 0, len(r))
	for path, f := range r {
		a = append(a, condition{field: f, name: path, path: p.add(path)})
	}
	slices.SortFunc(a, func(x, y condition) int { return strings.Compare(x.name, y.name) })
	for i := range len(a) - 1 {
		a[i].keep = shared(a[i].name, a[i+1].name)
	}
	return a
}

// shared returns the length of the longest common prefix.
func shared(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func (a alternative) match(e *event) bool {
	for i := range a {
		if !a[i].holds(e) {
			return false
		}
	}
	return !e.arrays || a.together(e)
}

// holds reports whether the condition holds on its own. With arrays of objects
// an absent field is a matter of the element.
func (c *condition) holds(e *event) bool {
	if c.absent && (e.arrays || e.first[c.path] < 0) {
		return true
	}
	for o := range e.at(c.path) {
		if c.accepts(&o.value) {
			return true
		}
	}
	return false
}

func (c *condition) accepts(v *value) bool {
	for _, m := range c.matchers {
		if m.match(v) {
			return true
		}
	}
	return false
}

// together reports whether the conditions hold for the same elements of arrays.
// It goes from condition to condition with every choice of elements that is
// still possible. A choice forgets an array as soon as no further path leads
// through it, so there are never more choices than elements.
func (a alternative) together(e *event) bool {
	choices := []choice{nil}
	for i := range a {
		choices = a[i].extend(e, choices)
		if len(choices) == 0 {
			return false
		}
	}
	return true
}

// A choice is a set of elements of arrays, one of each, in the order of the
// arrays.
type choice []member

// extend returns what is left of choices after the condition.
func (c *condition) extend(e *event, choices []choice) []choice {
	var next []choice
	seen := make(map[string]bool)
	keep := func(grown choice) {
		if key := grown.key(); !seen[key] {
			seen[key] = true
			next = append(next, grown)
		}
	}
	for _, chosen := range choices {
		present := false
		for o := range e.at(c.path) {
			grown, ok := chosen.with(o.within)
			present = present || ok
			if ok && c.accepts(&o.value) {
				keep(grown.upTo(c.keep))
			}
		}
		if c.absent && !present {
			keep(chosen.upTo(c.keep))
		}
	}
	return next
}

// with returns the choice with the elements of within, unless the two disagree
// about an array.
func (c choice) with(within []member) (choice, bool) {
	out := slices.Clone(c)
	for _, m := range within {
		at, found := slices.BinarySearchFunc(out, m.array, func(x member, array int) int { return x.array - array })
		switch {
		case !found:
			out = slices.Insert(out, at, m)
		case out[at].index != m.index:
			return nil, false
		}
	}
	return out, true
}

// upTo drops the arrays whose path is longer than n.
func (c choice) upTo(n int) choice {
	out := make(choice, 0, len(c))
	for _, m := range c {
		if m.length <= n {
			out = append(out, m)
		}
	}
	return out
}

func (c choice) key() string {
	var b []byte
	for _, m := range c {
		b = binary.AppendUvarint(b, uint64(m.array))
		b = binary.AppendUvarint(b, uint64(m.index))
	}
	return string(b)
}
