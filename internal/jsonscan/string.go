package jsonscan

import (
	"encoding/binary"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// quoted reads the string whose opening quote is next and returns its
// characters.
func (s *Scanner) quoted() string {
	start, end := s.pos+1, s.plainEnd()
	if end < len(s.text) {
		switch s.text[end] {
		case '"':
			s.pos = end + 1
			return s.text[start:end]
		case '\\':
			return s.unquote(start, end)
		}
	}
	raw, plain := s.span()
	if s.err == nil && !plain {
		return s.unquote(start, start)
	}
	return raw
}

// skipQuoted reads the string whose opening quote is next.
func (s *Scanner) skipQuoted() {
	if end := s.plainEnd(); end < len(s.text) && s.text[end] == '"' {
		s.pos = end + 1
		return
	}
	s.span()
}

// plainEnd returns where the plain bytes after the opening quote end: mostly at
// the closing quote, since most strings are in ASCII and without escapes. Near the
// end of the text it stops earlier.
func (s *Scanner) plainEnd() int {
	text := s.text
	i := s.pos + 1
	for i+8 <= len(text) {
		n := PlainBytes(word(text[i : i+8]))
		if i += n; n < 8 {
			break
		}
	}
	return i
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

// unquote reads the rest of a string that begins at start and is plain up to i, and
// returns all of its characters. Bytes that are not UTF-8 and surrogates without
// their other half become U+FFFD, as in encoding/json.
//
// Text with escapes has one every few bytes, mostly those of JSON inside of
// JSON. Therefore it is copied a word at a time, of which the plain bytes are kept.
func (s *Scanner) unquote(start, i int) string {
	text := s.text
	if s.scratch == nil {
		ahead := *s // once, to have room at once
		raw, _ := ahead.span()
		s.scratch = make([]byte, 0, len(raw)+8)
	}
	b := append(s.scratch[:0], text[start:i]...)
	for i < len(text) {
		if i+8 <= len(text) {
			w := word(text[i : i+8])
			b = binary.LittleEndian.AppendUint64(b, w)
			n := PlainBytes(w)
			b = b[:len(b)-8+n]
			if i += n; n == 8 {
				continue
			}
		}
		switch c := text[i]; {
		case c == '"':
			s.pos, s.scratch = i+1, b
			return string(b)
		case c == '\\':
			r, n := unescape(text[i:])
			if n == 0 {
				s.pos = i
				s.fail("malformed escape in a string")
				return ""
			}
			b, i = utf8.AppendRune(b, r), i+n
		case c < ' ':
			s.pos = i
			s.fail("control character in a string")
			return ""
		default:
			r, n := utf8.DecodeRuneInString(text[i:])
			b, i = utf8.AppendRune(b, r), i+n
		}
	}
	s.pos = len(text)
	s.fail("string without an end")
	return ""
}

// shortEscapes has the bytes that the escapes of one letter stand for, 0 for
// what is no such letter.
var shortEscapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// unescape decodes the escape that text begins with, and the second half of a
// surrogate pair behind it. Its length is 0 when it is malformed.
func unescape(text string) (r rune, n int) {
	if len(text) > 1 && shortEscapes[text[1]] != 0 {
		return rune(shortEscapes[text[1]]), 2
	}
	n = escapeLen(text)
	if n == 0 {
		return 0, 0
	}
	high, _ := hex4(text[2:])
	if !utf16.IsSurrogate(high) {
		return high, n
	}
	if len(text) >= 12 && text[6:8] == `\u` {
		if low, ok := hex4(text[8:]); ok {
			if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
				return r, 12
			}
		}
	}
	return utf8.RuneError, n
}
