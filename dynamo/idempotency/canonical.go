package idempotency

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// errText refuses text that JSON cannot carry: its encoders put one replacement
// character in the place of whatever is wrong, so that different texts would
// become the same key.
var errText = errors.New("text that is not valid UTF-8 does not tell keys apart: use []byte")

// appendCanonical appends v as JSON of which there is one form only: no spaces,
// members ordered by the bytes of their names, numbers by value, times in UTC.
func appendCanonical(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case string:
		if !utf8.ValidString(v) {
			return nil, errText
		}
		return appendString(dst, v), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int:
		return appendNumber(dst, strconv.Itoa(v))
	case int64:
		return appendNumber(dst, strconv.FormatInt(v, 10))
	case time.Time:
		return appendEncoded(dst, v.UTC())
	case *time.Time:
		if v != nil {
			return appendEncoded(dst, v.UTC())
		}
	case json.RawMessage:
		if v != nil {
			return appendDocument(dst, v)
		}
	}
	return appendEncoded(dst, v)
}

// appendEncoded appends what encoding/json makes of v. It writes bytes that are
// no text as an escape, and the replacement character itself as it is, which is
// how they are told apart.
func appendEncoded(dst []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if hasReplacement(text) {
		return nil, errText
	}
	return appendDocument(dst, text)
}

// replacement is what encoding/json writes for bytes that are no text.
var replacement = []byte(`\ufffd`)

// hasReplacement tells whether there is such an escape in a JSON document, and
// not the same characters behind an escaped backslash.
func hasReplacement(text []byte) bool {
	for {
		i := bytes.IndexByte(text, '\\')
		switch {
		case i < 0:
			return false
		case bytes.HasPrefix(text[i:], replacement):
			return true
		}
		text = text[i+2:]
	}
}

// appendDocument appends a JSON document in its canonical form.
func appendDocument(dst, text []byte) ([]byte, error) {
	if !utf8.Valid(text) {
		return nil, errText
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something after the JSON document")
	}
	return appendTree(dst, tree)
}

func appendTree(dst []byte, tree any) ([]byte, error) {
	var err error
	switch tree := tree.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, tree), nil
	case string:
		return appendString(dst, tree), nil
	case json.Number:
		return appendNumber(dst, tree.String())
	case []any:
		dst = append(dst, '[')
		for i, element := range tree {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendTree(dst, element); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	default:
		return appendObject(dst, tree.(map[string]any))
	}
}

func appendObject(dst []byte, object map[string]any) ([]byte, error) {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, name), ':')
		var err error
		if dst, err = appendTree(dst, object[name]); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

const digits = "0123456789abcdef"

// appendString appends s in quotes, with no more escapes than JSON requires.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// appendNumber appends the number by its value: significant digits and a power
// of ten, so that 100, 1e2 and 100.0 are the same, and no digit of a large one
// is lost.
func appendNumber(dst []byte, literal string) ([]byte, error) {
	mantissa, negative := strings.CutPrefix(literal, "-")
	power := 0
	if i := strings.IndexAny(mantissa, "eE"); i >= 0 {
		var err error
		if power, err = strconv.Atoi(mantissa[i+1:]); err != nil {
			return nil, fmt.Errorf("number %s: %w", literal, err)
		}
		mantissa = mantissa[:i]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	power -= len(fraction)
	significant := strings.TrimLeft(whole+fraction, "0")
	if significant == "" {
		return append(dst, '0'), nil
	}
	short := strings.TrimRight(significant, "0")
	power += len(significant) - len(short)
	if negative {
		dst = append(dst, '-')
	}
	dst = append(dst, short...)
	if power != 0 {
		dst = strconv.AppendInt(append(dst, 'e'), int64(power), 10)
	}
	return dst, nil
}
