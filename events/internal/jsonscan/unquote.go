package jsonscan

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// notHex is what hex returns for digits that are none; it is no character.
const notHex = utf8.RuneError + 1

// Unquote returns the text of a string that [Cursor.String] returned. It is the
// same slice when nothing is escaped. A surrogate without its partner becomes
// U+FFFD, as in encoding/json.
func Unquote(raw []byte) []byte {
	i := bytes.IndexByte(raw, '\\')
	if i < 0 {
		return raw
	}
	out := append(make([]byte, 0, len(raw)), raw[:i]...)
	for i < len(raw) {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			i++
			continue
		}
		if raw[i+1] != 'u' {
			out = append(out, unescape(raw[i+1]))
			i += 2
			continue
		}
		r, n := unicodeEscape(raw[i:])
		out = utf8.AppendRune(out, r)
		i += n
	}
	return out
}

func unescape(b byte) byte {
	switch b {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	default:
		return b
	}
}

// unicodeEscape decodes the \uXXXX that s starts with, or the two of a
// surrogate pair, and returns the length.
func unicodeEscape(s []byte) (rune, int) {
	r := hex(s[2:6])
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if pair := utf16.DecodeRune(r, hex(s[8:12])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// hex returns the value of four hexadecimal digits, notHex when they are none.
func hex(digits []byte) rune {
	var r rune
	for _, b := range digits {
		switch {
		case '0' <= b && b <= '9':
			b -= '0'
		case 'a' <= b && b <= 'f':
			b -= 'a' - 10
		case 'A' <= b && b <= 'F':
			b -= 'A' - 10
		default:
			return notHex
		}
		r = r<<4 | rune(b)
	}
	return r
}
