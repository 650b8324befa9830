package wire

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// appendEscape appends the character that the escape at the start of s stands
// for and returns the length of the escape, 0 when it is not one.
func appendEscape(b []byte, s string) ([]byte, int) {
	if len(s) < 2 {
		return b, 0
	}
	switch s[1] {
	case '"', '\\', '/':
		return append(b, s[1]), 2
	case 'b':
		return append(b, '\b'), 2
	case 'f':
		return append(b, '\f'), 2
	case 'n':
		return append(b, '\n'), 2
	case 'r':
		return append(b, '\r'), 2
	case 't':
		return append(b, '\t'), 2
	case 'u':
		return appendUnicode(b, s)
	}
	return b, 0
}

// appendUnicode appends \uXXXX, or two of them that make one character. A lone
// surrogate becomes the replacement character.
func appendUnicode(b []byte, s string) ([]byte, int) {
	first, ok := hex4(s)
	if !ok {
		return b, 0
	}
	if utf16.IsSurrogate(first) {
		if second, ok := hex4(s[6:]); ok {
			if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
				return utf8.AppendRune(b, r), 12
			}
		}
		first = utf8.RuneError
	}
	return utf8.AppendRune(b, first), 6
}

// hex4 reads \uXXXX.
func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 32)
	return rune(n), err == nil
}

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// AppendSorted appends the node as JSON with the members of objects in the
// order of their names.
func (n *Node) AppendSorted(b []byte) []byte {
	switch n.Kind {
	case Null:
		return append(b, "null"...)
	case True:
		return append(b, "true"...)
	case False:
		return append(b, "false"...)
	case Number:
		return append(b, n.Text...)
	case String:
		return AppendString(b, n.Text)
	}
	open, end, kids := byte('['), byte(']'), n.Kids
	if n.Kind == Object {
		open, end = '{', '}'
		kids = slices.SortedStableFunc(slices.Values(kids), func(a, c Node) int { return strings.Compare(a.Name, c.Name) })
	}
	b = append(b, open)
	for i := range kids {
		if i > 0 {
			b = append(b, ',')
		}
		if n.Kind == Object {
			b = append(AppendString(b, kids[i].Name), ':')
		}
		b = kids[i].AppendSorted(b)
	}
	return append(b, end)
}
