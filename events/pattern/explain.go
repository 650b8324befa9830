package pattern

import (
	"fmt"
	"strings"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// A Mismatch is a field that keeps a pattern from matching.
type Mismatch struct {
	// Path is the field, its names joined by dots.
	Path string
	// Want is what the pattern asks of it, as it is written there.
	Want string
	// Got are the values that the event has there, as JSON; none when the field
	// is absent.
	Got []string
}

// String returns the mismatch in a line.
func (m Mismatch) String() string {
	got := "nothing"
	if len(m.Got) > 0 {
		got = strings.Join(m.Got, ", ")
	}
	return fmt.Sprintf("%s: want %s, got %s", m.Path, m.Want, got)
}

// Explain returns why the pattern does not match event: the fields that do not,
// in the order of their paths, and nothing when the pattern matches. A pattern
// with $or is explained by the alternative that comes nearest. When every field
// matches on its own but not in the same element of an array, all the fields
// within arrays are returned.
func (p *Pattern) Explain(event []byte) ([]Mismatch, error) {
	e, err := readEvent(event, p.paths.root, len(p.paths.index))
	if err != nil {
		return nil, err
	}
	var nearest []Mismatch
	for i, a := range p.alternatives {
		if a.match(e) {
			return nil, nil
		}
		if missed := a.explain(e); i == 0 || len(missed) < len(nearest) {
			nearest = missed
		}
	}
	return nearest, nil
}

// explain returns the conditions that do not hold.
func (a alternative) explain(e *event) []Mismatch {
	var missed, apart []Mismatch
	for i := range a {
		m, within := a[i].mismatch(e)
		if !a[i].holds(e) {
			missed = append(missed, m)
		}
		if within {
			m.Want += " in the same element"
			apart = append(apart, m)
		}
	}
	if missed == nil {
		return apart
	}
	return missed
}

// mismatch describes the condition and what the event has there, and whether
// that is within an array of objects.
func (c *condition) mismatch(e *event) (m Mismatch, within bool) {
	m = Mismatch{Path: c.name, Want: c.text}
	for o := range e.at(c.path) {
		m.Got = append(m.Got, o.String())
		within = within || len(o.within) > 0
	}
	return m, within || c.absent && e.arrays
}

// String returns the value as JSON.
func (v *value) String() string {
	if v.kind == jsonscan.String {
		return fmt.Sprintf("%q", v.text)
	}
	return v.text
}
