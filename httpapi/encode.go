package httpapi

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"net/textproto"
	"slices"
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
			b = appendText(b, headerValue(v))
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
	// Quotes and line breaks take two bytes each.
	out := w.appendHead(make([]byte, 0, len(w.body)+len(w.body)/4+len(w.frozen.fields)+160), source)
	if !w.frozen.encoded {
		text, rest := appendEscaped(append(out, `,"isBase64Encoded":false,"body":"`...), w.body)
		if len(rest) == 0 {
			return append(text, `"}`...)
		}
	}
	out = slices.Grow(out, base64.StdEncoding.EncodedLen(len(w.body))+40)
	out = append(out, `,"isBase64Encoded":true,"body":"`...)
	return append(base64.StdEncoding.AppendEncode(out, w.body), `"}`...)
}

// appendHead appends what comes before the body.
func (w *responseWriter) appendHead(out []byte, source Source) []byte {
	out = append(out, `{"statusCode":`...)
	out = strconv.AppendInt(out, int64(w.status), 10)
	switch source {
	case SourceALB, SourceALBMultiValue, SourceLattice1, SourceLattice2:
		out = append(out, `,"statusDescription":`...)
		out = appendString(out, strconv.Itoa(w.status)+" "+http.StatusText(w.status))
	}
	return w.frozen.append(out, w.shape)
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
	return append(appendText(append(b, '"'), s), '"')
}

// appendText appends s as the inside of a JSON string. What is not UTF-8 becomes
// U+FFFD.
func appendText(b []byte, s string) []byte {
	if jsonscan.PlainLen(s) == len(s) {
		return append(b, s...)
	}
	b, rest := appendEscaped(b, []byte(s))
	for len(rest) > 0 {
		b, rest = appendEscaped(append(b, "\uFFFD"...), rest[1:])
	}
	return b
}

// appendEscaped appends s as the inside of a JSON string up to the first byte
// that is not UTF-8, with which rest begins.
//
// JSON in a body has something to escape every few bytes. Therefore all is
// appended a word at a time, of which what follows its plain bytes is then taken
// away.
func appendEscaped(b, s []byte) (text, rest []byte) {
	for len(s) > 0 {
		if len(s) >= 8 {
			w := binary.LittleEndian.Uint64(s)
			if plain := jsonscan.PlainBytes(w); plain > 0 {
				b = binary.LittleEndian.AppendUint64(b, w)
				b, s = b[:len(b)-8+plain], s[plain:]
				continue
			}
		}
		switch c := s[0]; {
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(s)
			if r == utf8.RuneError && n == 1 {
				return b, s
			}
			b, s = append(b, s[:n]...), s[n:]
		case c < ' ' || c == '"' || c == '\\':
			b, s = appendEscape(b, c), s[1:]
		default:
			b, s = append(b, c), s[1:]
		}
	}
	return b, nil
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
