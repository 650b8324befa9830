// Package jsonscan reads JSON from front to back without reflection and, where
// the text allows, without copying: a string without escapes comes back as a
// part of the text.
//
// It accepts and refuses exactly what encoding/json does, including its limit of
// nesting, and decodes strings to the same characters. Errors are sticky: after
// the first one every method returns its zero value, so that a caller checks
// once, at the end:
//
//	s := jsonscan.New(text)
//	for s.Object(); s.Member(); {
//		switch s.Key() {
//		case "path":
//			path = s.String()
//		default:
//			s.Skip()
//		}
//	}
//	if err := s.End(); err != nil { … }
package jsonscan

import (
	"fmt"
	"strings"
)

// maxDepth is the nesting that encoding/json accepts.
const maxDepth = 10_000

// A Kind is the kind of a JSON value.
type Kind byte

// The kinds. Invalid is also what a scanner with an error reports.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// A SyntaxError says where and why text is not JSON, or not of the kind that
// was asked for.
type SyntaxError struct {
	// Offset is the byte at which reading stopped.
	Offset int
	// Detail says what was expected or found there.
	Detail string
}

// Error returns the detail and the offset.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at byte %d", e.Detail, e.Offset)
}

// A Scanner reads one JSON text. It is not safe for concurrent use.
type Scanner struct {
	text  string
	pos   int
	depth int
	first bool   // nothing of the innermost object or array was read yet
	key   string // of the member that is being read
	err   *SyntaxError

	scratch []byte // for strings with escapes
}

// New returns a scanner at the beginning of text.
func New(text string) Scanner { return Scanner{text: text} }

// Reset goes to the beginning of another text. It keeps the memory that strings
// with escapes are decoded in.
func (s *Scanner) Reset(text string) { *s = Scanner{text: text, scratch: s.scratch} }

// Scratch returns the size of that memory.
func (s *Scanner) Scratch() int { return cap(s.scratch) }

// Err returns the first error, nil when there was none.
func (s *Scanner) Err() error {
	if s.err == nil {
		return nil
	}
	return s.err
}

// End checks that nothing but white space is left and returns the first error.
func (s *Scanner) End() error {
	s.peek()
	if s.err == nil && s.pos < len(s.text) {
		s.fail("unexpected text after the value")
	}
	return s.Err()
}

// Offset returns how many bytes of the text were read. It is the place of the
// next value once Kind was called, which reads the white space before it, and
// the end of the value that was read last until then. A scanner is a value: a
// copy of it remembers a place, to report it or to read from there again.
func (s *Scanner) Offset() int { return s.pos }

// Since returns what was read since Offset was start; it is empty after an error.
func (s *Scanner) Since(start int) string {
	if s.err != nil {
		return ""
	}
	return s.text[start:s.pos]
}

// Kind returns the kind of the next value, which it does not read. It goes by
// the first byte; the rest may still be malformed.
func (s *Scanner) Kind() Kind {
	switch c := s.peek(); c {
	case '{':
		return Object
	case '[':
		return Array
	case '"':
		return String
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	default:
		if c == '-' || '0' <= c && c <= '9' {
			return Number
		}
	}
	return Invalid
}

// Object enters the object that is the next value; Member walks it.
func (s *Scanner) Object() { s.open('{', "expected an object") }

// Array enters the array that is the next value; Element walks it.
func (s *Scanner) Array() { s.open('[', "expected an array") }

func (s *Scanner) open(c byte, otherwise string) {
	if s.peek() != c {
		s.fail(otherwise)
		return
	}
	if s.depth++; s.depth > maxDepth {
		s.fail("exceeded the depth of nesting")
		return
	}
	s.pos++
	s.first = true
}

// Member reads the key of the next member of the object that was entered, and
// the colon; the caller reads the value. At the end of the object it leaves it
// and returns false.
func (s *Scanner) Member() bool {
	if i := s.pos; !s.first && i+1 < len(s.text) && s.text[i] == ',' && s.text[i+1] == '"' {
		s.pos++ // as next and peek would, for what AWS sends
	} else if !s.next('}') {
		return false
	} else if s.peek() != '"' {
		s.fail("expected a key")
		return false
	}
	s.key = s.quoted()
	if s.peek() != ':' {
		s.fail("expected a colon")
		return false
	}
	s.pos++
	return true
}

// Key returns the key that Member read last.
func (s *Scanner) Key() string { return s.key }

// Element tells whether the array that was entered has another element, which
// the caller reads. At the end of the array it leaves it and returns false.
func (s *Scanner) Element() bool { return s.next(']') }

// next moves to the next member or element, or over end.
func (s *Scanner) next(end byte) bool {
	c := s.peek()
	first := s.first
	s.first = false
	switch {
	case s.err != nil:
		return false
	case c == end:
		s.pos++
		s.depth--
		return false
	case first:
		return true
	case c != ',':
		s.fail("expected a comma or the end")
		return false
	}
	s.pos++
	if s.peek() == end {
		s.fail("expected a value after the comma")
	}
	return s.err == nil
}

// Skip reads the next value, whatever it is, and returns its text.
func (s *Scanner) Skip() string {
	c := s.peek()
	start := s.pos
	switch c {
	case '"':
		s.skipQuoted()
	case '{':
		for s.Object(); s.Member(); {
			s.Skip()
		}
	case '[':
		for s.Array(); s.Element(); {
			s.Skip()
		}
	case 'n':
		s.word("null")
	case 't', 'f':
		s.Bool()
	default:
		if c != '-' && (c < '0' || c > '9') {
			s.fail("expected a value")
		} else {
			s.number()
		}
	}
	if s.err != nil {
		return ""
	}
	return s.text[start:s.pos]
}

// Null reads null when it is the next value, and tells whether it was.
func (s *Scanner) Null() bool {
	return s.peek() == 'n' && s.word("null")
}

// Bool reads true or false.
func (s *Scanner) Bool() bool {
	switch s.peek() {
	case 't':
		return s.word("true")
	case 'f':
		s.word("false")
	default:
		s.fail("expected a boolean")
	}
	return false
}

// Number reads a number and returns its text.
func (s *Scanner) Number() string {
	if s.Kind() != Number {
		s.fail("expected a number")
		return ""
	}
	start := s.pos
	s.number()
	if s.err != nil {
		return ""
	}
	return s.text[start:s.pos]
}

// String reads a string. Without escapes and with valid UTF-8 it is a part of
// the text.
func (s *Scanner) String() string {
	if s.peek() != '"' {
		s.fail("expected a string")
		return ""
	}
	return s.quoted()
}

// peek skips white space and returns the next byte, 0 at the end of the text
// and after an error. What AWS sends has no white space, hence the two steps, of
// which this one is inlined.
func (s *Scanner) peek() byte {
	if s.pos < len(s.text) && s.text[s.pos] > ' ' {
		return s.text[s.pos]
	}
	return s.peekBehindSpace()
}

//go:noinline
func (s *Scanner) peekBehindSpace() byte {
	for ; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// word reads w, letter by letter.
func (s *Scanner) word(w string) bool {
	if !strings.HasPrefix(s.text[s.pos:], w) {
		s.fail("expected " + w)
		return false
	}
	s.pos += len(w)
	return true
}

// number reads -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *Scanner) number() {
	s.skipByte('-')
	if !s.skipByte('0') {
		s.digits()
	}
	if s.skipByte('.') {
		s.digits()
	}
	if s.skipByte('e') || s.skipByte('E') {
		if !s.skipByte('+') {
			s.skipByte('-')
		}
		s.digits()
	}
}

func (s *Scanner) skipByte(c byte) bool {
	if s.pos < len(s.text) && s.text[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

func (s *Scanner) digits() {
	start := s.pos
	for s.pos < len(s.text) && '0' <= s.text[s.pos] && s.text[s.pos] <= '9' {
		s.pos++
	}
	if s.pos == start {
		s.fail("expected a digit")
	}
}

// fail keeps the first error, and ends the text there: whatever is read
// afterwards finds nothing.
//
//go:noinline
func (s *Scanner) fail(detail string) {
	if s.err == nil {
		s.err = &SyntaxError{Offset: s.pos, Detail: detail}
		s.text = s.text[:s.pos]
	}
}
