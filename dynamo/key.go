package dynamo

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A Key holds the values of an item's key fields: the partition key's, then the
// sort key's. With tags these are the tagged fields; with templates the fields
// in the order in which the templates name them first, so that
//
//	Options{Partition: "USER#{user}", Sort: "GIG#{id}"}
//
// takes Key{"u-1", "g-1"}. A value has its field's type or one that converts
// without loss, such as an int for an int64.
type Key []any

// String returns the values with "/" between them, for messages.
func (k Key) String() string {
	var b strings.Builder
	for i, v := range k {
		if i > 0 {
			b.WriteByte('/')
		}
		if v == "" {
			b.WriteString(`""`)
			continue
		}
		fmt.Fprint(&b, v)
	}
	return b.String()
}

// The longest key values in bytes:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const (
	maxPartitionBytes = 2048
	maxSortBytes      = 1024
)

// A keyPart is one attribute of a key: a field as it is, or a template.
type keyPart struct {
	name     string
	field    *field    // nil for a template
	template *template // nil for a field
	limit    int
}

// A keySet is the key of the table or of an index.
type keySet struct {
	index     string // "" for the table
	partition keyPart
	sort      *keyPart // nil when the key has only a partition
	local     bool
	fields    []*field // what a Key has values for
}

func (p *keyPart) scalar() types.ScalarAttributeType {
	if p.template != nil {
		return types.ScalarAttributeTypeS
	}
	return p.field.scalar
}

func (p *keyPart) fields() []*field {
	if p.template != nil {
		return p.template.fields()
	}
	return []*field{p.field}
}

// parts returns the one or two parts of k.
func (k *keySet) parts() []*keyPart {
	if k.sort == nil {
		return []*keyPart{&k.partition}
	}
	return []*keyPart{&k.partition, k.sort}
}

// templated tells whether k has a part that is made from a template.
func (k *keySet) templated() bool {
	return k.partition.template != nil || k.sort != nil && k.sort.template != nil
}

// sortFields are the fields of the sort key that the partition key does not
// already name.
func (k *keySet) sortFields() []*field { return k.fields[len(k.partition.fields()):] }

// attributes returns the key attributes for values.
func (k *keySet) attributes(values Key) (map[string]types.AttributeValue, error) {
	if len(values) != len(k.fields) {
		return nil, fmt.Errorf("%w: want %s, got %d", ErrInvalidKey, valuesOf(k.fields), len(values))
	}
	given := make(map[string]types.AttributeValue, len(values))
	if err := encodeInto(given, k.fields, values); err != nil {
		return nil, err
	}
	if !k.templated() {
		return given, k.check(given)
	}
	key := make(map[string]types.AttributeValue, 2)
	for _, part := range k.parts() {
		if err := part.fill(key, given); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvalidKey, err)
		}
	}
	return key, k.check(key)
}

// encodeInto encodes values as the attributes of fields.
func encodeInto(attributes map[string]types.AttributeValue, fields []*field, values Key) error {
	for i, v := range values {
		av, err := fields[i].encodeAny(v)
		if err != nil {
			return fmt.Errorf("%w: field %s: %w", ErrInvalidKey, fields[i].goName, err)
		}
		attributes[fields[i].name] = av
	}
	return nil
}

// fill writes p's attribute into key, from the attributes of its fields.
func (p *keyPart) fill(key, from map[string]types.AttributeValue) error {
	if p.template == nil {
		key[p.name] = from[p.name]
		return nil
	}
	text, err := p.template.format(from)
	if err != nil {
		return err
	}
	key[p.name] = &types.AttributeValueMemberS{Value: text}
	return nil
}

// check tells whether attributes has all of k, in its types and limits.
func (k *keySet) check(attributes map[string]types.AttributeValue) error {
	if err := k.partition.check(attributes[k.partition.name]); err != nil {
		return err
	}
	if k.sort == nil {
		return nil
	}
	return k.sort.check(attributes[k.sort.name])
}

func (p *keyPart) check(av types.AttributeValue) error {
	size, ok := 0, false
	switch av := av.(type) {
	case *types.AttributeValueMemberS:
		size, ok = len(av.Value), p.scalar() == types.ScalarAttributeTypeS
	case *types.AttributeValueMemberN:
		if !isNumber(av.Value) {
			return fmt.Errorf("%w: attribute %s: %s is not a number", ErrInvalidKey, p.name, av.Value)
		}
		size, ok = 1, p.scalar() == types.ScalarAttributeTypeN
	case *types.AttributeValueMemberB:
		size, ok = len(av.Value), p.scalar() == types.ScalarAttributeTypeB
	case nil, *types.AttributeValueMemberNULL:
		ok = true
	}
	switch {
	case !ok:
		return fmt.Errorf("%w: attribute %s must be of type %s", ErrInvalidKey, p.name, p.scalar())
	case size == 0:
		return fmt.Errorf("%w: attribute %s: %w", ErrInvalidKey, p.name, errEmpty)
	case size > p.limit:
		return fmt.Errorf("%w: attribute %s has %d bytes, the limit is %d", ErrInvalidKey, p.name, size, p.limit)
	}
	return nil
}

// complete adds to item, which is about to be written, the attributes that k
// makes from templates, and checks those of the table. An item that lacks a
// field of an index's key is left out of the index.
func (k *keySet) complete(item map[string]types.AttributeValue) error {
	for _, part := range k.parts() {
		if part.template != nil {
			err := part.fill(item, item)
			if err != nil && (k.index == "" || !errors.Is(err, errEmpty) && !missing(part, item)) {
				return fmt.Errorf("%w: %w", ErrInvalidKey, err)
			}
		} else if k.index != "" && empty(item[part.name]) {
			delete(item, part.name) // DynamoDB refuses an empty key, also of an index
		}
	}
	if k.index == "" {
		return k.check(item)
	}
	for _, part := range k.parts() {
		if av := item[part.name]; av != nil {
			if err := part.check(av); err != nil {
				return fmt.Errorf("index %s: %w", k.index, err)
			}
		}
	}
	return nil
}

// missing tells whether item lacks a field of p.
func missing(p *keyPart, item map[string]types.AttributeValue) bool {
	for _, f := range p.fields() {
		if item[f.name] == nil {
			return true
		}
	}
	return false
}

func empty(av types.AttributeValue) bool {
	switch av := av.(type) {
	case *types.AttributeValueMemberS:
		return av.Value == ""
	case *types.AttributeValueMemberB:
		return len(av.Value) == 0
	case *types.AttributeValueMemberNULL:
		return true
	}
	return false
}

// owns tells whether item's key was made from k's templates. Keys that have
// none own everything in their table.
func (k *keySet) owns(item map[string]types.AttributeValue) bool {
	return k.partition.owns(item) && (k.sort == nil || k.sort.owns(item))
}

func (p *keyPart) owns(item map[string]types.AttributeValue) bool {
	if p.template == nil {
		return true
	}
	s, ok := item[p.name].(*types.AttributeValueMemberS)
	return ok && p.template.matches(s.Value)
}

// keyOf returns the key of the struct v, for messages.
func (k *keySet) keyOf(v reflect.Value) Key {
	key := make(Key, len(k.fields))
	for i, f := range k.fields {
		key[i] = v.FieldByIndex(f.index).Interface()
	}
	return key
}

// valuesOf says how many values the fields take, and names them.
func valuesOf(fields []*field) string {
	if len(fields) == 1 {
		return "1 value (" + fields[0].goName + ")"
	}
	return fmt.Sprintf("%d values (%s)", len(fields), names(fields))
}

func names(fields []*field) string {
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = f.goName
	}
	return strings.Join(all, ", ")
}

// identity returns a string that two items have in common only if they have the
// same key.
func (k *keySet) identity(attributes map[string]types.AttributeValue) string {
	id := ""
	for _, part := range k.parts() {
		value, _ := keyBytes(attributes[part.name])
		if d, ok := parseDecimal(string(value)); ok && part.scalar() == types.ScalarAttributeTypeN {
			id += fmt.Sprintf("%+v", d)
		} else {
			id += fmt.Sprintf("%q", value)
		}
	}
	return id
}
