package dynamo

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// separator stands between the segments of a template. Since no value may
// contain it, different values make different keys, and a key tells which
// template it was made from.
const separator = "#"

// keyTime is how a time is written into a template: always in UTC and with
// nine digits, so that the strings sort as the times do. RFC 3339 as
// attributevalue writes it drops trailing zeros and does not.
const keyTime = "2006-01-02T15:04:05.000000000Z"

// A template makes a key attribute out of constants and fields:
// "USER#{user}#GIG#{seq:8}".
type template struct {
	source   string
	segments []segment
}

// A segment is a constant, or a field with the number of digits to pad to.
type segment struct {
	text  string
	field *field
	width int
}

func parseTemplate(source string, find func(name string) *field) (*template, error) {
	t := &template{source: source}
	for text := range strings.SplitSeq(source, separator) {
		s, err := parseSegment(text, find)
		if err != nil {
			return nil, fmt.Errorf("template %q: %w", source, err)
		}
		t.segments = append(t.segments, s)
	}
	return t, nil
}

func parseSegment(text string, find func(name string) *field) (segment, error) {
	inner, ok := strings.CutPrefix(text, "{")
	if !ok {
		switch {
		case text == "":
			return segment{}, errors.New("empty segment: between two # there must be a constant or a {field}")
		case strings.ContainsAny(text, "{}"):
			return segment{}, fmt.Errorf("segment %q: a {field} must stand alone between two #", text)
		}
		return segment{text: text}, nil
	}
	inner, ok = strings.CutSuffix(inner, "}")
	if !ok || strings.ContainsAny(inner, "{}") {
		return segment{}, fmt.Errorf("segment %q: a {field} must stand alone between two #", text)
	}
	name, digits, padded := strings.Cut(inner, ":")
	f := find(name)
	switch {
	case f == nil:
		return segment{}, fmt.Errorf("{%s}: no field has the attribute %q", inner, name)
	case f.scalar != types.ScalarAttributeTypeS && f.scalar != types.ScalarAttributeTypeN, f.typ.Kind() == reflect.Float32, f.typ.Kind() == reflect.Float64:
		return segment{}, fmt.Errorf("field %s: %s cannot be part of a template: want a string, a whole number or a time", f.goName, f.typ)
	}
	s := segment{field: f}
	if padded {
		width, err := strconv.Atoi(digits)
		if err != nil || width < 1 || width > 38 {
			return segment{}, fmt.Errorf("{%s}: the width must be a number from 1 to 38", inner)
		}
		if f.scalar != types.ScalarAttributeTypeN {
			return segment{}, fmt.Errorf("{%s}: only a number can have a width", inner)
		}
		s.width = width
	}
	return s, nil
}

// fields returns the fields of t in order, each once.
func (t *template) fields() []*field {
	var fields []*field
	for _, s := range t.segments {
		if s.field != nil {
			fields = appendOnce(fields, s.field)
		}
	}
	return fields
}

// format fills t from attributes, by the names of its fields.
func (t *template) format(attributes map[string]types.AttributeValue) (string, error) {
	text, whole, err := t.prefix(attributes)
	if err == nil && !whole {
		err = errors.New("a value is missing")
	}
	return text, err
}

// prefix fills t up to the first field that attributes does not have, and tells
// whether that was all of it. A part ends with a separator.
func (t *template) prefix(attributes map[string]types.AttributeValue) (text string, whole bool, err error) {
	var b strings.Builder
	for i := range t.segments {
		s := &t.segments[i]
		value := s.text
		if s.field != nil {
			av, ok := attributes[s.field.name]
			if !ok {
				return b.String(), false, nil
			}
			if value, err = s.value(av); err != nil {
				return "", false, fmt.Errorf("field %s: %w", s.field.goName, err)
			}
		}
		b.WriteString(value)
		if i < len(t.segments)-1 {
			b.WriteString(separator)
		}
	}
	return b.String(), true, nil
}

// errEmpty is a key field without a value: in an index it leaves the item out.
var errEmpty = errors.New("the value is empty")

// value returns how av is written into a key.
func (s *segment) value(av types.AttributeValue) (string, error) {
	switch av := av.(type) {
	case *types.AttributeValueMemberS:
		return s.string(av.Value)
	case *types.AttributeValueMemberN:
		return s.number(av.Value)
	case *types.AttributeValueMemberNULL:
		return "", errEmpty
	}
	return "", fmt.Errorf("%T cannot be part of a key", av)
}

func (s *segment) string(v string) (string, error) {
	switch {
	case v == "":
		return "", errEmpty
	case strings.Contains(v, separator):
		return "", fmt.Errorf("%q contains %q, which separates the parts of a key", v, separator)
	case !s.field.isTime():
		return v, nil
	}
	t, err := time.Parse(time.RFC3339Nano, v)
	if err != nil {
		return "", err
	}
	return t.UTC().Format(keyTime), nil
}

func (s *segment) number(v string) (string, error) {
	if s.width == 0 {
		return v, nil
	}
	for _, c := range []byte(v) {
		if c < '0' || c > '9' {
			return "", fmt.Errorf("%s cannot be padded to %d digits: it must be whole and not negative", v, s.width)
		}
	}
	if len(v) > s.width {
		return "", fmt.Errorf("%s has more than %d digits", v, s.width)
	}
	return strings.Repeat("0", s.width-len(v)) + v, nil
}

// matches tells whether key was made from t.
func (t *template) matches(key string) bool {
	for i, s := range t.segments {
		part, rest, more := strings.Cut(key, separator)
		if more != (i < len(t.segments)-1) || part == "" || s.field == nil && part != s.text {
			return false
		}
		key = rest
	}
	return true
}

func appendOnce(fields []*field, f *field) []*field {
	for _, have := range fields {
		if have == f {
			return fields
		}
	}
	return append(fields, f)
}
