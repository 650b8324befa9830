package expr

import (
	"cmp"
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// A Projection is a parsed projection expression: paths in ascending order.
type Projection []Path

// ParseProjection parses a projection expression.
func ParseProjection(source string, params *Params) (Projection, error) {
	paths, err := parseProjection(source, params)
	if err != nil {
		return nil, refuse("ProjectionExpression", err)
	}
	return paths, nil
}

func parseProjection(source string, params *Params) (Projection, error) {
	p, err := newParser(source)
	if err != nil {
		return nil, err
	}
	raw := []rawPath{p.path()}
	for p.accept(",") {
		raw = append(raw, p.path())
	}
	if err := cmp.Or(p.finish(), p.checkReserved()); err != nil {
		return nil, err
	}
	out := make(Projection, len(raw))
	for i, r := range raw {
		if out[i], err = r.resolve(params); err != nil {
			return nil, err
		}
	}
	if text := checkClashes(out); text != "" {
		return nil, complaint(text)
	}
	slices.SortFunc(out, Path.compare)
	return out, nil
}

// ProjectUpdated is the projection to what an update wrote to: the paths, but the
// whole attribute of one that leads through a list, because a part of a list
// would not tell where in the list it was.
func ProjectUpdated(paths []Path) Projection {
	whole := make(map[string]bool)
	for _, p := range paths {
		if slices.ContainsFunc(p, Step.isIndex) {
			whole[p.Top()] = true
		}
	}
	var out Projection
	for _, p := range paths {
		if !whole[p.Top()] {
			out = append(out, p)
		}
	}
	for name := range whole {
		out = append(out, Path{{Name: name}})
	}
	slices.SortFunc(out, Path.compare)
	return out
}

// ProjectNames is the projection to whole attributes.
func ProjectNames(names []string) Projection {
	out := make(Projection, len(names))
	for i, name := range names {
		out[i] = Path{{Name: name}}
	}
	slices.SortFunc(out, Path.compare)
	return out
}

// TopLevel returns the names of the attributes that the paths start at.
func (p Projection) TopLevel() []string {
	var names []string
	for _, path := range p {
		if !slices.Contains(names, path.Top()) {
			names = append(names, path.Top())
		}
	}
	return names
}

// Apply returns the parts of the item that the paths lead to. Elements of a
// list move together, in the order of their indexes.
func (p Projection) Apply(item value.Item) value.Item {
	var out value.Item
	for start := 0; start < len(p); {
		stop := start + 1
		for stop < len(p) && p[stop][0] == p[start][0] {
			stop++
		}
		if v, ok := item.Get(p[start].Top()); ok {
			if part, ok := project(v, p[start:stop], 1); ok {
				out = append(out, value.Attribute{Name: p[start].Top(), Value: part})
			}
		}
		start = stop
	}
	return out
}

// project returns the part of v that the paths, which agree before depth, lead
// to. No path ends above another, so one that ends here is alone.
func project(v value.Value, paths []Path, depth int) (value.Value, bool) {
	if len(paths[0]) == depth {
		return v, true
	}
	var list []value.Value
	var attrs value.Item
	for start := 0; start < len(paths); {
		step, stop := paths[start][depth], start+1
		for stop < len(paths) && paths[stop][depth] == step {
			stop++
		}
		if kid, ok := step.of(v); ok {
			if part, ok := project(kid, paths[start:stop], depth+1); ok {
				list = append(list, part)
				attrs = append(attrs, value.Attribute{Name: step.Name, Value: part})
			}
		}
		start = stop
	}
	switch {
	case len(list) == 0:
		return value.Value{}, false
	case v.Type() == value.L:
		return value.List(list), true
	}
	return value.Map(attrs), true
}
