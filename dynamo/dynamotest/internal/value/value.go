// Package value holds attribute values and items: how they are read from and
// written to the wire, compared, ordered, sized and put into keys.
package value

import (
	"slices"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/number"
)

// A Type is the data type of a value.
type Type uint8

// The data types; the zero Type is no value at all.
const (
	None Type = iota
	S
	N
	B
	BOOL
	NULL
	SS
	NS
	BS
	L
	M
)

var typeNames = [...]string{"", "S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"}

// String returns the descriptor of the type on the wire.
func (t Type) String() string { return typeNames[t] }

// TypeNamed returns the type with that descriptor.
func TypeNamed(name string) (Type, bool) {
	if len(name) > len("NULL") { // as most names of attributes are, of which every request is full
		return None, false
	}
	i := slices.Index(typeNames[1:], name)
	return Type(i + 1), i >= 0
}

// A Value is an attribute value. It is never changed once it was made: updates
// build new ones that share what stays the same. The zero Value is no value.
type Value struct {
	typ  Type
	flag bool
	// text is a string, a number as DynamoDB writes it, or raw bytes.
	text string
	// more is nil for scalars, which most values are.
	more *compound
}

type compound struct {
	list  []Value
	attrs Item
}

// String returns a string value.
func String(s string) Value { return Value{typ: S, text: s} }

// Number returns a number value.
func Number(d number.Decimal) Value { return Value{typ: N, text: d.String()} }

// Binary returns a binary value of raw bytes.
func Binary(raw string) Value { return Value{typ: B, text: raw} }

// Bool returns a boolean value.
func Bool(b bool) Value { return Value{typ: BOOL, flag: b} }

// Null returns the null value.
func Null() Value { return Value{typ: NULL} }

// List returns a list, which keeps values.
func List(values []Value) Value { return Value{typ: L, more: &compound{list: values}} }

// Map returns a map, which keeps attrs.
func Map(attrs Item) Value { return Value{typ: M, more: &compound{attrs: attrs}} }

// Set returns a set of the type SS, NS or BS, which keeps members: they must be
// distinct and sorted.
func Set(t Type, members []Value) Value { return Value{typ: t, more: &compound{list: members}} }

// Type returns the value's data type.
func (v Value) Type() Type { return v.typ }

// Text returns a string, a number's digits or raw bytes.
func (v Value) Text() string { return v.text }

// Flag returns a boolean.
func (v Value) Flag() bool { return v.flag }

// List returns the elements of a list or the members of a set.
func (v Value) List() []Value {
	if v.more == nil {
		return nil
	}
	return v.more.list
}

// Map returns the attributes of a map.
func (v Value) Map() Item {
	if v.more == nil {
		return nil
	}
	return v.more.attrs
}

// IsSet tells that v is a set.
func (v Value) IsSet() bool { return v.typ == SS || v.typ == NS || v.typ == BS }

// Len returns what size() counts: UTF-16 code units of a string, bytes, or the
// number of elements. It tells false for types without a size.
func (v Value) Len() (int, bool) {
	switch v.typ {
	case S:
		return utf16Len(v.text), true
	case B:
		return len(v.text), true
	case SS, NS, BS, L:
		return len(v.List()), true
	case M:
		return len(v.Map()), true
	}
	return 0, false
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// Equal tells that v and w have the same type and value; sets do not care for
// order.
func (v Value) Equal(w Value) bool {
	if v.typ != w.typ || v.flag != w.flag || v.text != w.text {
		return false
	}
	if v.more == nil || w.more == nil {
		return v.more == w.more
	}
	return slices.EqualFunc(v.more.list, w.more.list, Value.Equal) && v.more.attrs.Equal(w.more.attrs)
}

// Ordered tells that values of the type have an order: strings, numbers and
// binaries do.
func (t Type) Ordered() bool { return t == S || t == N || t == B }

// Compare orders two values of one ordered type: numbers by value, strings by
// their UTF-8 bytes and binaries by unsigned bytes.
func Compare(v, w Value) int {
	if v.typ == N {
		return number.MustParse(v.text).Cmp(number.MustParse(w.text))
	}
	return strings.Compare(v.text, w.text)
}

// Decimal returns a number's value.
func (v Value) Decimal() number.Decimal { return number.MustParse(v.text) }

// Contains tells that a set or list has the member m.
func (v Value) Contains(m Value) bool {
	return slices.ContainsFunc(v.List(), m.Equal)
}

// Union returns the set of v's and w's members, which are sets of one type.
func (v Value) Union(w Value) Value {
	members := slices.Concat(v.List(), w.List())
	slices.SortFunc(members, Compare)
	return Set(v.typ, slices.CompactFunc(members, Value.Equal))
}
