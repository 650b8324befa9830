package pattern

// A Pattern is a parsed event pattern. It does not change and is safe for
// concurrent use.
type Pattern struct {
	source       string
	rules        []rule
	paths        *paths
	alternatives []alternative
}

func compile(source string, rules []rule) *Pattern {
	p := &Pattern{source: source, rules: rules, paths: newPaths()}
	for _, r := range rules {
		p.alternatives = append(p.alternatives, newAlternative(r, p.paths))
	}
	return p
}

// String returns the pattern as it was parsed.
func (p *Pattern) String() string { return p.source }

// MarshalJSON returns the pattern as it was parsed.
func (p *Pattern) MarshalJSON() ([]byte, error) { return []byte(p.source), nil }

// Match reports whether the pattern matches event, one JSON object. It returns
// an [*EventError] when it is none. It keeps nothing of event.
func (p *Pattern) Match(event []byte) (bool, error) {
	e, err := readEvent(event, p.paths.root, len(p.paths.index))
	if err != nil {
		return false, err
	}
	for _, a := range p.alternatives {
		if a.match(e) {
			return true, nil
		}
	}
	return false, nil
}
