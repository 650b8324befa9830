package events

import "github.com/go-thaw/thaw/events/pattern"

// A Pattern is an EventBridge event pattern; see package pattern for what it
// can do.
type Pattern = pattern.Pattern

// ParsePattern reads an event pattern, the JSON document of a rule. The error of
// a pattern that EventBridge would refuse is a [*pattern.SyntaxError] that
// points at the place.
func ParsePattern(json string) (*Pattern, error) { return pattern.Parse([]byte(json)) }

// MustParsePattern is ParsePattern for patterns in the source of a program. It
// panics when the pattern is wrong.
func MustParsePattern(json string) *Pattern {
	p, err := ParsePattern(json)
	if err != nil {
		panic("events: " + err.Error())
	}
	return p
}
