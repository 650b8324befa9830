package jsonscan

import (
	"math/bits"
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
	for i := start; ; {
		i += PlainLen(s.text[i:])
		if i >= len(s.text) {
			break
		}
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
			i += n
		case c < ' ':
			s.pos = i
			s.fail("control character in a string")
			return "", false
		default:
			ascii = false
			i++
		}
	}
	s.pos = len(s.text)
	s.fail("string without an end")
	return "", false
}

// PlainLen returns how many bytes s begins with that stand for themselves
// inside of a JSON string: ASCII other than quotes, backslashes and control
// characters. It looks at eight bytes at a time, which is where most of the time
// for a payload went.
func PlainLen[T string | []byte](s T) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x80 * ones
	)
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		quote, backslash := w^('"'*ones), w^('\\'*ones)
		// A byte has its high bit in w-n*ones when it is below n. A borrow can
		// only put one too many above a byte that is, and the lowest counts.
		special := (w | (w-' '*ones)&^w | (quote-ones)&^quote | (backslash-ones)&^backslash) & highs
		if special != 0 {
			return i + bits.TrailingZeros64(special)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

// escapeLen returns the length of the escape that text begins with, 0 when it
// is malformed.
func escapeLen(text string) int {
	if len(text) < 2 {
		return 0
	}
	if shortEscapes[text[1]] != 0 {
		return 2
	}
	if text[1] == 'u' {
		if _, ok := hex4(text[2:]); ok {
			return 6
		}
	}
	return 0
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
	for {
		n := PlainLen(raw)
		b.WriteString(raw[:n])
		if raw = raw[n:]; raw == "" {
			return b.String()
		}
		if raw[0] != '\\' {
			r, n := utf8.DecodeRuneInString(raw)
			b.WriteRune(r)
			raw = raw[n:]
		} else if c := shortEscapes[raw[1]]; c != 0 {
			b.WriteByte(c)
			raw = raw[2:]
		} else {
			r, n := unescapeUnicode(raw)
			b.WriteRune(r)
			raw = raw[n:]
		}
	}
}

// shortEscapes has the bytes that the escapes of one letter stand for, 0 for
// what is no such letter.
var shortEscapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
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
