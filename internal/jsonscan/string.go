package jsonscan

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// quoted reads the string whose opening quote is next and returns its
// characters.
func (s *Scanner) quoted() string {
	raw, plain := s.span()
	switch {
	case s.err != nil:
		return ""
	case plain:
		return raw
	}
	return unquote(raw)
}

// skipQuoted reads the string whose opening quote is next.
func (s *Scanner) skipQuoted() { s.span() }

// span reads a string and returns what is between its quotes. It is plain when
// it stands for itself: without escapes and in valid UTF-8.
func (s *Scanner) span() (raw string, plain bool) {
	start := s.pos + 1
	plain = true
	ascii := true
	for i := start; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.pos = i + 1
			raw = s.text[start:i]
			return raw, plain && (ascii || utf8.ValidString(raw))
		case c == '\\':
			plain = false
			n := escapeLen(s.text[i:])
			if n == 0 {
				s.pos = i
				s.fail("malformed escape in a string")
				return "", false
			}
			i += n - 1
		case c < ' ':
			s.pos = i
			s.fail("control character in a string")
			return "", false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	s.pos = len(s.text)
	s.fail("string without an end")
	return "", false
}

// escapeLen returns the length of the escape that text begins with, 0 when it
// is malformed.
func escapeLen(text string) int {
	if len(text) < 2 {
		return 0
	}
	if text[1] != 'u' {
		if strings.IndexByte(`"\/bfnrt`, text[1]) < 0 {
			return 0
		}
		return 2
	}
	if _, ok := hex4(text[2:]); !ok {
		return 0
	}
	return 6
}

// hex4 returns the number that the first four hexadecimal digits of text make.
func hex4(text string) (rune, bool) {
	if len(text) < 4 {
		return 0, false
	}
	// ParseUint takes a sign and underscores in no case with an explicit base.
	n, err := strconv.ParseUint(text[:4], 16, 16)
	return rune(n), err == nil
}

// unquote decodes raw, whose escapes were checked. Bytes that are not UTF-8 and
// surrogates without their other half become U+FFFD, as in encoding/json.
func unquote(raw string) string {
	var b strings.Builder
	b.Grow(len(raw))
	for len(raw) > 0 {
		if n := strings.IndexByte(raw, '\\'); n != 0 {
			if n < 0 {
				n = len(raw)
			}
			writeValid(&b, raw[:n])
			raw = raw[n:]
			continue
		}
		r, n := unescape(raw)
		b.WriteRune(r)
		raw = raw[n:]
	}
	return b.String()
}

// writeValid writes text, each byte that is not UTF-8 as U+FFFD.
func writeValid(b *strings.Builder, text string) {
	if utf8.ValidString(text) {
		b.WriteString(text)
		return
	}
	for _, r := range text {
		b.WriteRune(r)
	}
}

// unescape decodes the escape that raw begins with and returns its length.
func unescape(raw string) (rune, int) {
	switch c := raw[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		return unescapeUnicode(raw)
	default:
		return rune(c), 2
	}
}

// unescapeUnicode decodes \uXXXX, with the \uXXXX that follows when the two are
// a surrogate pair.
func unescapeUnicode(raw string) (rune, int) {
	high, _ := hex4(raw[2:])
	if !utf16.IsSurrogate(high) {
		return high, 6
	}
	if len(raw) >= 12 && raw[6:8] == `\u` {
		low, _ := hex4(raw[8:])
		if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
			return r, 12
		}
	}
	return utf8.RuneError, 6
}
