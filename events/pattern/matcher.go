package pattern

import (
	"strings"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// A value is a string, number or literal of an event.
type value struct {
	kind   jsonscan.Kind
	text   string // without quotes and escapes
	number number // of a number
}

// A matcher decides about one value.
type matcher interface {
	match(v *value) bool
}

// exactString matches a string. One that is an IP address also matches its
// other spellings, as in EventBridge.
type exactString struct {
	text    string
	address *addressRange
}

func newExactString(s string) exactString {
	m := exactString{text: s}
	if a := parseAddress(s); a != nil {
		m.address = &addressRange{a, a}
	}
	return m
}

func (m exactString) match(v *value) bool {
	if v.kind != jsonscan.String {
		return false
	}
	return v.text == m.text || m.address != nil && m.address.contains(v.text)
}

// exactNumber matches a number that is written the same or is the same.
type exactNumber struct {
	text   string
	number number
}

func newExactNumber(raw string) exactNumber { return exactNumber{raw, parseNumber(raw)} }

func (m exactNumber) match(v *value) bool {
	if v.kind != jsonscan.Number {
		return false
	}
	return m.number.ok && v.number.ok && m.number.value == v.number.value || v.text == m.text
}

// literal matches true, false or null.
type literal string

func (m literal) match(v *value) bool { return v.kind == m.kind() && v.text == string(m) }

func (m literal) kind() jsonscan.Kind {
	if m == "null" {
		return jsonscan.Null
	}
	return jsonscan.Bool
}

// anyValue matches whatever is there.
type anyValue struct{}

func (anyValue) match(*value) bool { return true }

// not matches what none of its matchers matches.
type not []matcher

func (m not) match(v *value) bool {
	for _, excluded := range m {
		if excluded.match(v) {
			return false
		}
	}
	return true
}

type prefix string

func (m prefix) match(v *value) bool {
	return v.kind == jsonscan.String && strings.HasPrefix(v.text, string(m))
}

type suffix string

func (m suffix) match(v *value) bool {
	return v.kind == jsonscan.String && strings.HasSuffix(v.text, string(m))
}

func newAffix(name, s string, fold bool) matcher {
	switch {
	case name == "prefix" && fold:
		return foldPrefix(s)
	case name == "prefix":
		return prefix(s)
	case fold:
		return foldSuffix(s)
	default:
		return suffix(s)
	}
}

// wildcard holds the texts between its stars; one text has no star around it.
type wildcard []string

// newWildcard reads a text in which * stands for any characters, and \* and \\
// for themselves.
func newWildcard(s string) (m wildcard, problem string) {
	var text strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '*' && i > 0 && s[i-1] == '*' && text.Len() == 0:
			return nil, "a wildcard must not have two stars in a row"
		case s[i] == '*':
			m = append(m, text.String())
			text.Reset()
		case s[i] == '\\':
			if i++; i == len(s) || s[i] != '*' && s[i] != '\\' {
				return nil, "a backslash in a wildcard must precede a star or a backslash"
			}
			text.WriteByte(s[i])
		default:
			text.WriteByte(s[i])
		}
	}
	return append(m, text.String()), ""
}

func (m wildcard) match(v *value) bool {
	if v.kind != jsonscan.String {
		return false
	}
	rest, ok := strings.CutPrefix(v.text, m[0])
	if !ok || len(m) == 1 {
		return ok && len(rest) == 0
	}
	rest, ok = strings.CutSuffix(rest, m[len(m)-1])
	for _, text := range m[1 : len(m)-1] {
		i := strings.Index(rest, text)
		if i < 0 {
			return false
		}
		rest = rest[i+len(text):]
	}
	return ok
}
