package compare

import (
	"maps"
	"slices"
)

// mutate changes one member somewhere in the document: it goes away, or becomes
// something of another type or out of range.
func (m *maker) mutate(in Document) {
	type place struct {
		set func(v any)
		del func()
	}
	var places []place
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case Document:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				places = append(places, place{func(x any) { v[name] = x }, func() { delete(v, name) }})
				walk(v[name])
			}
		case []any:
			for i := range v {
				places = append(places, place{func(x any) { v[i] = x }, func() { v[i] = nil }})
				walk(v[i])
			}
		}
	}
	walk(in)
	if len(places) == 0 {
		return
	}
	p := pick(m, places...)
	if m.chance(0.4) {
		p.del()
		return
	}
	p.set(pick[any](m, nil, "", "x", "ab", 0, -1, 1.5, 1e10, true, Document{}, []any{}, []any{"a"}, []any{Document{}}, Document{"a": Document{"S": "b"}}, Document{"S": "k0"}, "NONE"))
}

// clone returns a deep copy of a document.
func clone(v any) any {
	switch v := v.(type) {
	case Document:
		out := make(Document, len(v))
		for name, member := range v {
			out[name] = clone(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = clone(v[i])
		}
		return out
	}
	return v
}
