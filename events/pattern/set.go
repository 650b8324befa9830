package pattern

import "github.com/go-thaw/thaw/internal/jsonscan"

// A Set matches one event against many patterns at once. The event is read
// once, and patterns that ask for an exact value which the event does not have
// are not looked at. It does not change and is safe for concurrent use.
type Set struct {
	paths *paths
	// texts and numbers lead from an exact value to the alternatives that need
	// one of such values; rest are the alternatives that need none.
	texts   map[textKey][]int
	numbers map[numberKey][]int
	rest    []int
	// alternatives and owners are parallel: the index of the pattern.
	alternatives []alternative
	owners       []int
	size         int
}

type textKey struct {
	path int
	kind jsonscan.Kind
	text string
}

type numberKey struct {
	path  int
	value float64
}

// NewSet returns the set of patterns. The results of [Set.Match] are indexes
// into them.
func NewSet(patterns ...*Pattern) *Set {
	s := &Set{paths: newPaths(), texts: make(map[textKey][]int), numbers: make(map[numberKey][]int), size: len(patterns)}
	for i, p := range patterns {
		for _, r := range p.rules {
			s.alternatives = append(s.alternatives, newAlternative(r, s.paths))
			s.owners = append(s.owners, i)
		}
	}
	s.file()
	return s
}

// file puts every alternative under the values of one condition: of those that
// take exact values only, the one whose values are the rarest among all, since
// it leaves the fewest alternatives to look at.
func (s *Set) file() {
	frequency := make(map[any]int)
	for _, a := range s.alternatives {
		for i := range a {
			for _, key := range a[i].keys() {
				frequency[key]++
			}
		}
	}
	for index, a := range s.alternatives {
		var best []any
		lowest := 0
		for i := range a {
			keys, cost := a[i].keys(), 0
			for _, key := range keys {
				cost += frequency[key]
			}
			if len(keys) > 0 && (best == nil || cost < lowest) {
				best, lowest = keys, cost
			}
		}
		s.add(index, best)
	}
}

func (s *Set) add(index int, keys []any) {
	if len(keys) == 0 {
		s.rest = append(s.rest, index)
	}
	for _, key := range keys {
		switch key := key.(type) {
		case textKey:
			s.texts[key] = append(s.texts[key], index)
		case numberKey:
			s.numbers[key] = append(s.numbers[key], index)
		}
	}
}

// keys returns the values that the condition takes, nil when it takes others
// than exact ones.
func (c *condition) keys() []any {
	if c.absent {
		return nil
	}
	keys := make([]any, 0, len(c.matchers))
	for _, m := range c.matchers {
		switch m := m.(type) {
		case exactString:
			if m.address != nil {
				return nil
			}
			keys = append(keys, textKey{c.path, jsonscan.String, m.text})
		case literal:
			keys = append(keys, textKey{c.path, m.kind(), string(m)})
		case exactNumber:
			if !m.number.ok {
				return nil
			}
			keys = append(keys, numberKey{c.path, m.number.value})
		default:
			return nil
		}
	}
	return keys
}

// Match returns the indexes of the patterns that match event, in ascending
// order. It returns an [*EventError] when event is not a JSON object.
func (s *Set) Match(document []byte) ([]int, error) {
	e, err := readEvent(document, s.paths.root, len(s.paths.index))
	if err != nil {
		return nil, err
	}
	matched := make([]bool, s.size)
	found := 0
	try := func(alternatives []int) {
		for _, i := range alternatives {
			if owner := s.owners[i]; !matched[owner] && s.alternatives[i].match(e) {
				matched[owner] = true
				found++
			}
		}
	}
	try(s.rest)
	for path := range e.first {
		for o := range e.at(path) {
			try(s.texts[textKey{path, o.kind, o.text}])
			if o.number.ok {
				try(s.numbers[numberKey{path, o.number.value}])
			}
		}
	}
	indexes := make([]int, 0, found)
	for i, ok := range matched {
		if ok {
			indexes = append(indexes, i)
		}
	}
	return indexes, nil
}
