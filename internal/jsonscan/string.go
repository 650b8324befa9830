package jsonscan

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// quoted reads the string whose opening quote is next and returns its
// characters.
func (s *Scanner) quoted() string {
	if end := s.plainEnd(); end > 0 {
		raw := s.text[s.pos+1 : end]
		s.pos = end + 1
		return raw
	}
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
func (s *Scanner) skipQuoted() {
	if end := s.plainEnd(); end > 0 {
		s.pos = end + 1
		return
	}
	s.span()
}

// plainEnd returns the place of the closing quote of a string without escapes
// and in ASCII, as most are. It is 0 for others and near the end of the text,
// which are left to span.
func (s *Scanner) plainEnd() int {
	text := s.text
	for i := s.pos + 1; i+8 <= len(text); {
		n := PlainBytes(word(text[i : i+8]))
		if i += n; n < 8 {
			if text[i] == '"' {
				return i
			}
			return 0
		}
	}
	return 0
}

// span reads a string and returns what is between its quotes. It is plain when
// it stands for itself: without escapes and in valid UTF-8.
func (s *Scanner) span() (raw string, plain bool) {
	text, start := s.text, s.pos+1
	plain = true
	ascii := true
	for i := start; i < len(text); {
		if i+8 <= len(text) {
			n := PlainBytes(word(text[i : i+8]))
			if i += n; n == 8 {
				continue
			}
		}
		switch c := text[i]; {
		case c == '"':
			s.pos = i + 1
			raw = text[start:i]
			return raw, plain && (ascii || utf8.ValidString(raw))
		case c == '\\':
			plain = false
			n := escapeLen(text[i:])
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
			ascii = ascii && c < utf8.RuneSelf
			i++
		}
	}
	s.pos = len(text)
	s.fail("string without an end")
	return "", false
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
//
// Text with escapes has one every few bytes, mostly those of JSON inside of
// JSON. Therefore it is copied a word at a time, into a buffer that has room for
// the whole word, of which the plain bytes are then kept.
func unquote(raw string) string {
	var (
		b     strings.Builder
		chunk [128]byte
		n     int // bytes in chunk
	)
	b.Grow(len(raw))
	for len(raw) > 0 {
		if n > len(chunk)-8 {
			b.Write(chunk[:n])
			n = 0
		}
		if len(raw) >= 8 {
			w := word(raw[:8])
			binary.LittleEndian.PutUint64(chunk[n:], w)
			if plain := PlainBytes(w); plain > 0 {
				n, raw = n+plain, raw[plain:]
				continue
			}
		}
		switch c := raw[0]; {
		case c == '\\' && shortEscapes[raw[1]] != 0:
			chunk[n] = shortEscapes[raw[1]]
			n, raw = n+1, raw[2:]
		case c == '\\':
			r, size := unescapeUnicode(raw)
			n, raw = n+utf8.EncodeRune(chunk[n:], r), raw[size:]
		case c < utf8.RuneSelf:
			chunk[n] = c
			n, raw = n+1, raw[1:]
		default:
			r, size := utf8.DecodeRuneInString(raw)
			n, raw = n+utf8.EncodeRune(chunk[n:], r), raw[size:]
		}
	}
	b.Write(chunk[:n])
	return b.String()
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
