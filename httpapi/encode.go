package httpapi

import (
	"encoding/base64"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// A shape is the form of answer that a source reads.
type shape uint8

const (
	// shapeSingle has one value for each header.
	shapeSingle shape = iota
	// shapeMulti has a list of values for each header.
	shapeMulti
	// shapeCookies has one value for each header and a list of cookies.
	shapeCookies
)

// shapeOf returns the shape that source reads. A load balancer wants the shape
// of its request.
func shapeOf(source Source) shape {
	switch source {
	case SourceHTTP2, SourceFunctionURL:
		return shapeCookies
	case SourceALB, SourceLattice1, SourceLattice2:
		return shapeSingle
	default:
		return shapeMulti
	}
}

// limitOf returns the largest answer that source takes.
func limitOf(source Source) int {
	if source == SourceALB || source == SourceALBMultiValue {
		return MaxALBResponse
	}
	return MaxLambdaResponse
}

// add encodes one header with its values. A single value is that of all of
// them, joined as RFC 9110, section 5.3, allows.
func (f *frozenHeader) add(s shape, key string, values ...string) {
	if len(values) == 0 {
		return
	}
	b := appendString(f.fields, key)
	b = append(b, ':')
	if s == shapeMulti {
		b = appendList(b, values)
	} else {
		b = append(b, '"')
		for i, v := range values {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendEscaped(b, headerValue(v))
		}
		b = append(b, '"')
	}
	f.fields = append(b, ',')
}

// headerValue returns v as net/http would write it: trimmed, and without line
// breaks.
func headerValue(v string) string {
	v = textproto.TrimString(v)
	if strings.IndexByte(v, '\n') < 0 && strings.IndexByte(v, '\r') < 0 {
		return v
	}
	return strings.NewReplacer("\n", " ", "\r", " ").Replace(v)
}

// answer returns the JSON document of the finished answer.
func (w *responseWriter) answer(source Source) []byte {
	binary := w.frozen.encoded || !utf8.Valid(w.body)
	size := len(w.body)
	if binary {
		size = base64.StdEncoding.EncodedLen(size)
	} else {
		size += size / 4 // quotes and line breaks take two bytes each
	}
	out := make([]byte, 0, size+len(w.frozen.fields)+160)
	out = append(out, `{"statusCode":`...)
	out = strconv.AppendInt(out, int64(w.status), 10)
	switch source {
	case SourceALB, SourceALBMultiValue, SourceLattice1, SourceLattice2:
		out = append(out, `,"statusDescription":`...)
		out = appendString(out, strconv.Itoa(w.status)+" "+http.StatusText(w.status))
	}
	out = w.frozen.append(out, w.shape)
	if binary {
		out = append(out, `,"isBase64Encoded":true,"body":"`...)
		out = base64.StdEncoding.AppendEncode(out, w.body)
	} else {
		out = append(out, `,"isBase64Encoded":false,"body":"`...)
		out = appendEscaped(out, w.body)
	}
	return append(out, `"}`...)
}

// append appends the members for headers and cookies to out.
func (f *frozenHeader) append(out []byte, s shape) []byte {
	name := `,"headers":{`
	if s == shapeMulti {
		name = `,"multiValueHeaders":{`
	}
	out = append(out, name...)
	out = append(out, f.fields...)
	switch s {
	case shapeMulti:
		if len(f.cookies) > 0 {
			out = append(out, `"Set-Cookie":`...)
			out = append(appendList(out, f.cookies), ',')
		}
	case shapeSingle:
		out = appendCookieCases(out, f.cookies)
	case shapeCookies:
		out = append(trimComma(out), `},"cookies":`...)
		return appendList(out, f.cookies)
	}
	return append(trimComma(out), '}')
}

// appendCookieCases appends one member for each cookie. Cookies cannot be
// joined, and JSON has no room for two members of the same name, but names of
// headers are the same in any case while those of members are not: Set-Cookie,
// SEt-Cookie, SeT-Cookie and so on are 512 members.
func appendCookieCases(out []byte, cookies []string) []byte {
	for i, c := range cookies {
		out = append(out, '"')
		out = append(out, cookieCase(i)...)
		out = append(out, `":`...)
		out = append(appendString(out, headerValue(c)), ',')
	}
	return out
}

// cookieCase returns the nth spelling of Set-Cookie, beginning with that one.
func cookieCase(n int) string {
	name := []byte("Set-Cookie")
	for i := range name {
		if name[i] == '-' {
			continue
		}
		if n&1 == 1 {
			name[i] ^= 'a' - 'A'
		}
		n >>= 1
	}
	return string(name)
}

func trimComma(b []byte) []byte {
	if n := len(b) - 1; b[n] == ',' {
		return b[:n]
	}
	return b
}

// appendList appends values as a JSON list.
func appendList(b []byte, values []string) []byte {
	b = append(b, '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, headerValue(v))
	}
	return append(b, ']')
}

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	return append(appendEscaped(append(b, '"'), s), '"')
}

// appendEscaped appends s as the inside of a JSON string. What is not UTF-8
// becomes U+FFFD; bodies are checked before.
func appendEscaped[T string | []byte](b []byte, s T) []byte {
	start := 0 // of what is not appended yet
	for i := 0; ; {
		i += jsonscan.PlainLen(s[i:])
		if i == len(s) {
			return append(b, s[start:]...)
		}
		c := s[i]
		if c >= utf8.RuneSelf {
			if n := runeLen(s[i:]); n > 0 {
				i += n
				continue
			}
		}
		b = append(b, s[start:i]...)
		if c >= utf8.RuneSelf {
			b = append(b, "\uFFFD"...)
		} else {
			b = appendEscape(b, c)
		}
		i++
		start = i
	}
}

// runeLen returns the length of the character that s begins with, 0 when s does
// not begin with valid UTF-8.
func runeLen[T string | []byte](s T) int {
	var r rune
	var n int
	switch s := any(s).(type) {
	case string:
		r, n = utf8.DecodeRuneInString(s)
	case []byte:
		r, n = utf8.DecodeRune(s)
	}
	if r == utf8.RuneError && n <= 1 {
		return 0
	}
	return n
}

// appendEscape appends the escape of c.
func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	const hex = "0123456789abcdef"
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
