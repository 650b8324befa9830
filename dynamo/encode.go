package dynamo

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// An encodeFunc encodes values of one type exactly as attributevalue does, in
// half the time: what depends on the type alone is decided once, by planOf. It
// returns nil for a field that is left out, and false when attributevalue must
// see the value, to complain about it in its own words.
type encodeFunc func(v reflect.Value) (av types.AttributeValue, ok bool)

// encodeStruct returns v, a c.typ, as an item of size bytes, which is unmeasured
// for one that attributevalue made.
func (c *core) encodeStruct(v reflect.Value) (item map[string]types.AttributeValue, size int, err error) {
	if c.plan != nil {
		if item, size, ok := c.plan.encode(v); ok {
			return item, size, nil
		}
	}
	if c.address {
		v = v.Addr()
	}
	av, err := encoder.Encode(v.Interface())
	if err != nil {
		return nil, 0, err
	}
	m, ok := av.(*types.AttributeValueMemberM)
	if !ok {
		return nil, 0, fmt.Errorf("%s does not encode as a map", c.typ)
	}
	return m.Value, unmeasured, nil
}

// unmeasured is more than any item's size.
const unmeasured = math.MaxInt

// planOf returns a function for type t, nil if attributevalue has to do it:
// types that encode themselves, interfaces, arrays, sets and whatever else is
// rare enough to leave it to the original. Within are the structs that t is
// part of; a type that contains itself is left to attributevalue too.
func planOf(t reflect.Type, within ...reflect.Type) encodeFunc {
	if reflect.PointerTo(t).Implements(marshalerType) {
		return nil
	}
	switch {
	case t == timeType:
		return encodeTime
	case t.Kind() == reflect.String && !t.Implements(numberType):
		return encodeString
	case t.Kind() == reflect.Bool:
		return encodeBool
	case isNumeric(t.Kind()):
		return encodeNumber
	case t == bytesType:
		return encodeBytes
	case t == stringsType:
		return encodeStrings
	case t == labelsType:
		return encodeLabels
	}
	switch t.Kind() {
	case reflect.Pointer:
		return planPointer(t, within)
	case reflect.Slice:
		return planSlice(t, within)
	case reflect.Map:
		return planMap(t, within)
	case reflect.Struct:
		return planStruct(t, within)
	}
	return nil
}

var (
	bytesType   = reflect.TypeFor[[]byte]()
	stringsType = reflect.TypeFor[[]string]()
	labelsType  = reflect.TypeFor[map[string]string]()
	// numberType is how attributevalue tells its Number and json.Number, which
	// are numbers, from other strings.
	numberType = reflect.TypeFor[interface {
		Float64() (float64, error)
		Int64() (int64, error)
		String() string
	}]()
)

// isNumeric tells the kinds that attributevalue makes numbers of.
func isNumeric(k reflect.Kind) bool {
	return k >= reflect.Int && k <= reflect.Float64 && k != reflect.Uintptr
}

// planPointer plans pointers to what cannot be nil itself: attributevalue does
// not write a pointer to a nil slice as NULL.
func planPointer(t reflect.Type, within []reflect.Type) encodeFunc {
	switch t.Elem().Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return nil
	}
	element := planOf(t.Elem(), within...)
	if element == nil {
		return nil
	}
	return func(v reflect.Value) (types.AttributeValue, bool) {
		if v.IsNil() {
			return null(), true
		}
		return element(v.Elem())
	}
}

// planSlice plans lists; [][]byte is a set.
func planSlice(t reflect.Type, within []reflect.Type) encodeFunc {
	if k := t.Elem().Kind(); k == reflect.Uint8 || k == reflect.Slice {
		return nil
	}
	element := planOf(t.Elem(), within...)
	if element == nil {
		return nil
	}
	return func(v reflect.Value) (types.AttributeValue, bool) {
		if v.IsNil() {
			return null(), true
		}
		list := make([]types.AttributeValue, v.Len())
		for i := range list {
			var ok bool
			if list[i], ok = element(v.Index(i)); !ok {
				return nil, false
			}
		}
		return &types.AttributeValueMemberL{Value: list}, true
	}
}

// planMap plans maps with plain strings as keys: all others go through their
// methods or package fmt.
func planMap(t reflect.Type, within []reflect.Type) encodeFunc {
	if t.Key() != reflect.TypeFor[string]() {
		return nil
	}
	element := planOf(t.Elem(), within...)
	if element == nil {
		return nil
	}
	return func(v reflect.Value) (types.AttributeValue, bool) {
		if v.IsNil() {
			return null(), true
		}
		m := make(map[string]types.AttributeValue, v.Len())
		for entries := v.MapRange(); entries.Next(); {
			key := entries.Key().String()
			av, ok := element(entries.Value())
			if !ok || key == "" {
				return nil, false
			}
			m[key] = av
		}
		return &types.AttributeValueMemberM{Value: m}, true
	}
}

// A plannedField is a field of a planned struct.
type plannedField struct {
	name      string
	index     []int
	omitEmpty bool
	text      bool // a string
	encode    encodeFunc
}

// A structPlan encodes structs of one type.
type structPlan struct {
	fields []plannedField
	texts  int // how many fields are strings
	names  int // the bytes of all names
}

// planItem returns the plan for structs that are whole items, nil if
// attributevalue has to do it.
func planItem(t reflect.Type) *structPlan {
	if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(marshalerType) {
		return nil
	}
	return newStructPlan(t, nil)
}

func planStruct(t reflect.Type, within []reflect.Type) encodeFunc {
	p := newStructPlan(t, within)
	if p == nil {
		return nil
	}
	return func(v reflect.Value) (types.AttributeValue, bool) {
		m, _, ok := p.encode(v)
		return &types.AttributeValueMemberM{Value: m}, ok
	}
}

func newStructPlan(t reflect.Type, within []reflect.Type) *structPlan {
	if slices.Contains(within, t) {
		return nil
	}
	fields, ok := planFields(t, append(within[:len(within):len(within)], t))
	if !ok || t.ConvertibleTo(timeType) {
		return nil
	}
	p := &structPlan{fields: fields}
	for _, f := range fields {
		p.names += len(f.name)
		if f.text {
			p.texts++
		}
	}
	return p
}

// encode returns v as a map, and the bytes of its names and values; of what is
// left out it counts the names.
func (p *structPlan) encode(v reflect.Value) (m map[string]types.AttributeValue, size int, ok bool) {
	m = make(map[string]types.AttributeValue, len(p.fields)+spareAttributes)
	block := make([]types.AttributeValueMemberS, 0, p.texts) // one allocation for all of them
	size = p.names
	for i := range p.fields {
		f := &p.fields[i]
		fv := v.Field(f.index[0])
		if len(f.index) > 1 {
			fv = fv.FieldByIndex(f.index[1:])
		}
		if f.omitEmpty && isEmpty(fv) {
			continue
		}
		if f.text {
			text := fv.String()
			size += len(text)
			block = append(block, types.AttributeValueMemberS{Value: text})
			m[f.name] = &block[len(block)-1]
			continue
		}
		av, ok := f.encode(fv)
		if !ok {
			return nil, 0, false
		}
		size += valueSize(av)
		m[f.name] = av
	}
	return m, size, true
}

// spareAttributes leaves room for a key that is made from templates.
const spareAttributes = 2

// planFields plans the fields of t. It fails where names meet or a field lies
// behind an embedded pointer, which attributevalue has rules for.
func planFields(t reflect.Type, within []reflect.Type) ([]plannedField, bool) {
	fields, err := fieldsOf(t)
	if err != nil {
		return nil, false
	}
	seen := make(map[string]bool, len(fields))
	planned := make([]plannedField, 0, len(fields))
	for _, f := range fields {
		if seen[f.name] || f.holder == nil || behindPointer(t, f.index) {
			return nil, false
		}
		seen[f.name] = true
		p, ok := f.plan(within)
		if !ok {
			return nil, false
		}
		planned = append(planned, p)
	}
	return planned, true
}

func behindPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		if t = t.Field(i).Type; t.Kind() == reflect.Pointer {
			return true
		}
	}
	return false
}

func (f *field) plan(within []reflect.Type) (plannedField, bool) {
	p := plannedField{name: f.name, index: f.index, encode: planOf(f.typ, within...)}
	p.text = p.encode != nil && f.typ.Kind() == reflect.String
	for option := range strings.SplitSeq(f.options, ",") {
		switch {
		case option == "":
		case option == "omitempty":
			p.omitEmpty = true
		case option == "unixtime" && f.typ == timeType:
			p.encode = encodeUnixTime
		default:
			return p, false
		}
	}
	return p, p.encode != nil
}

// isEmpty tells what omitempty leaves out: never a struct, so never a time.
func isEmpty(v reflect.Value) bool {
	return v.Kind() != reflect.Struct && v.IsZero()
}
