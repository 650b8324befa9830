package value

import (
	"cmp"
	"slices"
)

// An Item is a set of named values sorted by name. Like values, items are never
// changed once made.
type Item []Attribute

// An Attribute is a named value.
type Attribute struct {
	Name  string
	Value Value
}

func (m Item) find(name string) (int, bool) {
	return slices.BinarySearchFunc(m, name, func(a Attribute, name string) int {
		return cmp.Compare(a.Name, name)
	})
}

// Get returns the attribute of that name.
func (m Item) Get(name string) (Value, bool) {
	if i, ok := m.find(name); ok {
		return m[i].Value, true
	}
	return Value{}, false
}

// Has tells that there is an attribute of that name.
func (m Item) Has(name string) bool {
	_, ok := m.find(name)
	return ok
}

// With returns m with the attribute set to v.
func (m Item) With(name string, v Value) Item {
	i, ok := m.find(name)
	if ok {
		out := slices.Clone(m)
		out[i].Value = v
		return out
	}
	out := make(Item, 0, len(m)+1)
	out = append(out, m[:i]...)
	out = append(out, Attribute{name, v})
	return append(out, m[i:]...)
}

// Without returns m without the attribute.
func (m Item) Without(name string) Item {
	i, ok := m.find(name)
	if !ok {
		return m
	}
	out := make(Item, 0, len(m)-1)
	out = append(out, m[:i]...)
	return append(out, m[i+1:]...)
}

// Pick returns the attributes of those names that m has.
func (m Item) Pick(names []string) Item {
	var out Item
	for _, a := range m {
		if slices.Contains(names, a.Name) {
			out = append(out, a)
		}
	}
	return out
}

// Equal tells that both items have the same attributes.
func (m Item) Equal(n Item) bool {
	return slices.EqualFunc(m, n, func(a, b Attribute) bool {
		return a.Name == b.Name && a.Value.Equal(b.Value)
	})
}
