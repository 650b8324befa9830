package dynamo

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// encoder and decoder are attributevalue's with its defaults. They are safe for
// concurrent use; sharing them saves the allocations of one per call.
var (
	encoder = attributevalue.NewEncoder()
	decoder = attributevalue.NewDecoder()
)

// A field is a field of the item's struct, under the name of its attribute.
type field struct {
	name   string // of the attribute
	goName string // for messages
	index  []int
	typ    reflect.Type
	holder reflect.Type // a struct of just this field, with its tags
	roles  []role
	unix   bool // encoded as seconds since 1970
	asText bool // a number encoded as a string

	options string // of the dynamodbav tag, after the name

	scalar types.ScalarAttributeType // what it is as a key, "" when it cannot be
	plain  bool                      // a string without methods of its own: no need to ask attributevalue
}

// A role is one word of a dynamo tag: "partition", "ttl", or "by-owner:sort"
// with the index it belongs to.
type role struct{ index, name string }

const (
	rolePartition = "partition"
	roleSort      = "sort"
	roleVersion   = "version"
	roleTTL       = "ttl"
)

var (
	timeType      = reflect.TypeFor[time.Time]()
	marshalerType = reflect.TypeFor[attributevalue.Marshaler]()
)

// isTime tells whether f is a time that is stored as an RFC 3339 string.
func (f *field) isTime() bool { return f.typ.ConvertibleTo(timeType) && !f.unix }

// fieldsOf returns the attributes of struct type t, as attributevalue sees
// them: exported fields, those of embedded structs included.
func fieldsOf(t reflect.Type) ([]*field, error) {
	fields, err := appendFields(nil, t, nil, false)
	if err != nil {
		return nil, err
	}
	byName := make(map[string]*field, len(fields))
	for _, f := range fields {
		twin := byName[f.name]
		if twin != nil && len(twin.roles)+len(f.roles) > 0 {
			return nil, fmt.Errorf("field %s: attribute %q belongs to field %s too", f.goName, f.name, twin.goName)
		}
		byName[f.name] = f
	}
	return fields, nil
}

func appendFields(fields []*field, t reflect.Type, index []int, behindPointer bool, outer ...reflect.Type) ([]*field, error) {
	if slices.Contains(outer, t) {
		return nil, fmt.Errorf("struct %s embeds itself", t)
	}
	outer = append(outer, t)
	for i := range t.NumField() {
		sf := t.Field(i)
		if !sf.IsExported() && !sf.Anonymous {
			if sf.Tag.Get("dynamo") != "" {
				return nil, fmt.Errorf("field %s: a field with a dynamo tag must be exported", sf.Name)
			}
			continue
		}
		at := append(append([]int(nil), index...), i)
		embedded, pointer := embeddedStruct(sf)
		if embedded != nil {
			var err error
			if fields, err = appendFields(fields, embedded, at, behindPointer || pointer, outer...); err != nil {
				return nil, err
			}
			continue
		}
		f, err := newField(sf, at)
		switch {
		case err != nil:
			return nil, err
		case f == nil:
			continue
		case behindPointer && len(f.roles) > 0:
			return nil, fmt.Errorf("field %s: a field with a dynamo tag must not be embedded through a pointer", sf.Name)
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// embeddedStruct returns the struct whose fields sf contributes as its own, nil
// when sf is an ordinary field, by attributevalue's rules.
func embeddedStruct(sf reflect.StructField) (t reflect.Type, pointer bool) {
	name, _, _ := strings.Cut(sf.Tag.Get("dynamodbav"), ",")
	if !sf.Anonymous || name != "" {
		return nil, false
	}
	t = sf.Type
	if t.Kind() == reflect.Pointer && t.Name() == "" {
		t, pointer = t.Elem(), true
	}
	if t.Kind() != reflect.Struct {
		return nil, false
	}
	return t, pointer
}

// newField returns nil for a field that is not encoded.
func newField(sf reflect.StructField, index []int) (*field, error) {
	name, options, _ := strings.Cut(sf.Tag.Get("dynamodbav"), ",")
	roles, err := parseRoles(sf.Tag.Get("dynamo"))
	if err != nil {
		return nil, fmt.Errorf("field %s: %w", sf.Name, err)
	}
	if name == "-" {
		if len(roles) > 0 {
			return nil, fmt.Errorf("field %s: a field with a dynamo tag must be stored, but dynamodbav is \"-\"", sf.Name)
		}
		return nil, nil
	}
	if name == "" {
		name = sf.Name
	}
	f := &field{name: name, goName: sf.Name, index: index, typ: sf.Type, roles: roles, options: options}
	for option := range strings.SplitSeq(options, ",") {
		f.unix = f.unix || option == "unixtime"
		f.asText = f.asText || option == "string"
	}
	if sf.IsExported() {
		f.holder = reflect.StructOf([]reflect.StructField{{Name: sf.Name, Type: sf.Type, Tag: sf.Tag}})
		f.probe()
	}
	return f, nil
}

func parseRoles(tag string) ([]role, error) {
	if tag == "" {
		return nil, nil
	}
	var roles []role
	for word := range strings.SplitSeq(tag, ",") {
		r := role{name: word}
		if index, name, ok := strings.Cut(word, ":"); ok {
			r = role{index: index, name: name}
		}
		switch {
		case r.name == rolePartition || r.name == roleSort:
		case r.index == "" && (r.name == roleVersion || r.name == roleTTL):
		default:
			return nil, fmt.Errorf("dynamo tag %q: want partition, sort, version, ttl, index:partition or index:sort", word)
		}
		roles = append(roles, r)
	}
	return roles, nil
}

// probe finds out what f is as a key, by encoding an example of its type: so
// the answer is attributevalue's own, whatever tags and methods the type has.
func (f *field) probe() {
	example := reflect.New(f.typ).Elem()
	switch f.typ.Kind() {
	case reflect.String:
		example.SetString("1")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		example.SetInt(1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		example.SetUint(1)
	case reflect.Float32, reflect.Float64:
		example.SetFloat(1)
	case reflect.Slice:
		if f.typ.Elem().Kind() == reflect.Uint8 {
			example.SetBytes([]byte{1})
		}
	}
	av, err := f.encode(example)
	if err != nil {
		return
	}
	switch av.(type) {
	case *types.AttributeValueMemberS:
		f.scalar = types.ScalarAttributeTypeS
	case *types.AttributeValueMemberN:
		f.scalar = types.ScalarAttributeTypeN
	case *types.AttributeValueMemberB:
		f.scalar = types.ScalarAttributeTypeB
	}
	f.plain = f.typ.Kind() == reflect.String && f.scalar == types.ScalarAttributeTypeS &&
		!f.typ.Implements(marshalerType) && !reflect.PointerTo(f.typ).Implements(marshalerType)
}

// encode returns v, a value of f's type, as f's attribute.
func (f *field) encode(v reflect.Value) (types.AttributeValue, error) {
	holder := reflect.New(f.holder).Elem()
	holder.Field(0).Set(v)
	av, err := encoder.Encode(holder.Addr().Interface())
	if err != nil {
		return nil, err
	}
	m, ok := av.(*types.AttributeValueMemberM)
	if !ok || m.Value[f.name] == nil {
		return nil, errors.New("the value is empty")
	}
	return m.Value[f.name], nil
}

// encodeAny is encode for a value of any type that converts without loss.
func (f *field) encodeAny(v any) (types.AttributeValue, error) {
	if s, ok := v.(string); ok && f.plain {
		return &types.AttributeValueMemberS{Value: s}, nil
	}
	rv := reflect.ValueOf(v)
	if !rv.IsValid() {
		return nil, fmt.Errorf("want %s, got nil", f.typ)
	}
	if rv.Type() != f.typ {
		var ok bool
		if rv, ok = convert(rv, f.typ); !ok {
			return nil, fmt.Errorf("want %s, got %T", f.typ, v)
		}
	}
	return f.encode(rv)
}

// convert turns v into a t of the same class: string, whole number or fraction.
func convert(v reflect.Value, t reflect.Type) (reflect.Value, bool) {
	target := reflect.New(t).Elem()
	switch {
	case v.Kind() == reflect.String && t.Kind() == reflect.String:
		return v.Convert(t), true
	case v.CanInt() && target.CanInt():
		return v.Convert(t), !target.OverflowInt(v.Int())
	case v.CanInt() && target.CanUint():
		return v.Convert(t), v.Int() >= 0 && !target.OverflowUint(uint64(v.Int()))
	case v.CanUint() && target.CanUint():
		return v.Convert(t), !target.OverflowUint(v.Uint())
	case v.CanFloat() && target.CanFloat():
		return v.Convert(t), !target.OverflowFloat(v.Float())
	case v.Type().ConvertibleTo(timeType) && t.ConvertibleTo(timeType):
		return v.Convert(t), true
	}
	return v, false
}

// needsAddress tells whether values of t encode differently through a pointer:
// some type inside has a pointer receiver for MarshalDynamoDBAttributeValue.
// All others are encoded by value, which allocates less.
func needsAddress(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	if t.Kind() != reflect.Interface && !t.Implements(marshalerType) && reflect.PointerTo(t).Implements(marshalerType) {
		return true
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return needsAddress(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if needsAddress(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}

// number returns av's number, "" when it is none.
func number(av types.AttributeValue) string {
	if n, ok := av.(*types.AttributeValueMemberN); ok {
		return n.Value
	}
	return ""
}

// numberOf makes an attribute of n.
func numberOf[N int64 | uint64](n N) *types.AttributeValueMemberN {
	if n < 0 {
		return &types.AttributeValueMemberN{Value: strconv.FormatInt(int64(n), 10)}
	}
	return &types.AttributeValueMemberN{Value: strconv.FormatUint(uint64(n), 10)}
}
