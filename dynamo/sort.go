package dynamo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A SortCondition narrows a [Query] by its sort key. Its zero value narrows
// nothing.
//
// Where the sort key is a field, a condition takes one value. Where it comes
// from a template, it takes the values of the template's first fields, those
// that the partition key already has left out, as many as the condition is
// about: with the sort template "GIG#{year}#{id}", AtLeast(2026) takes all from
// 2026 on. Keys made from templates compare as strings.
type SortCondition struct {
	kind   sortKind
	lo, hi Key
}

type sortKind uint8

const (
	sortAll sortKind = iota
	sortEqual
	sortBegins
	sortBetween
	sortAtLeast
	sortGreater
	sortAtMost
	sortLess
)

// Equal takes the items whose sort key has these values.
func Equal(values ...any) SortCondition { return SortCondition{kind: sortEqual, lo: values} }

// BeginsWith takes the items whose sort key has these values, the last of which
// is only the beginning of one. It must be a string.
func BeginsWith(values ...any) SortCondition { return SortCondition{kind: sortBegins, lo: values} }

// Between takes the items from lo to hi, both included.
func Between(lo, hi Key) SortCondition { return SortCondition{kind: sortBetween, lo: lo, hi: hi} }

// AtLeast takes the items from these values on, them included.
func AtLeast(values ...any) SortCondition { return SortCondition{kind: sortAtLeast, lo: values} }

// GreaterThan takes the items after these values.
func GreaterThan(values ...any) SortCondition { return SortCondition{kind: sortGreater, lo: values} }

// AtMost takes the items up to these values, them included.
func AtMost(values ...any) SortCondition { return SortCondition{kind: sortAtMost, hi: values} }

// LessThan takes the items before these values.
func LessThan(values ...any) SortCondition { return SortCondition{kind: sortLess, hi: values} }

// bounds are a sort condition as DynamoDB takes it: one comparison.
type bounds struct {
	operator string // "", "=", "begins_with", "BETWEEN", "<", …
	lo, hi   types.AttributeValue
	excluded string
}

// condition returns the text and adds the values to s.
func (b *bounds) condition(s *statement) string {
	if b.operator == "" {
		return ""
	}
	s.values[":lo"] = b.lo
	switch b.operator {
	case "BETWEEN":
		s.values[":hi"] = b.hi
		return "#sk BETWEEN :lo AND :hi"
	case "begins_with":
		return "begins_with(#sk, :lo)"
	}
	return "#sk " + b.operator + " :lo"
}

// empty tells whether the bounds are the wrong way round, which DynamoDB would
// refuse. Only templates, whose bounds are strings, are looked at.
func (b *bounds) empty() bool {
	lo, ok := b.lo.(*types.AttributeValueMemberS)
	if !ok || b.operator != "BETWEEN" {
		return false
	}
	hi, ok := b.hi.(*types.AttributeValueMemberS)
	return ok && lo.Value > hi.Value
}

// bounds turns condition into a comparison; given has the values of the
// partition key's fields.
func (k *keySet) bounds(condition SortCondition, given map[string]types.AttributeValue) (bounds, error) {
	switch {
	case k.sort == nil && condition.kind == sortAll:
		return bounds{}, nil
	case k.sort == nil:
		return bounds{}, errors.New("there is no sort key")
	case k.sort.template != nil:
		return k.templateBounds(condition, given)
	case condition.kind == sortAll:
		return bounds{}, nil
	}
	return k.fieldBounds(condition)
}

var operators = [...]string{
	sortEqual: "=", sortBegins: "begins_with", sortBetween: "BETWEEN",
	sortAtLeast: ">=", sortGreater: ">", sortAtMost: "<=", sortLess: "<",
}

// fieldBounds is bounds for a sort key that is a field.
func (k *keySet) fieldBounds(condition SortCondition) (b bounds, err error) {
	f := k.sort.field
	lo, hi := condition.lo, condition.hi
	if condition.kind == sortAtMost || condition.kind == sortLess {
		lo, hi = hi, nil
	}
	if len(lo) != 1 || len(hi) > 1 || condition.kind == sortBetween && len(hi) != 1 {
		return b, fmt.Errorf("%w: want 1 value (%s)", ErrInvalidKey, f.goName)
	}
	if condition.kind == sortBegins && f.scalar == types.ScalarAttributeTypeN {
		return b, fmt.Errorf("%w: field %s: a number has no beginning", ErrInvalidKey, f.goName)
	}
	b.operator = operators[condition.kind]
	if b.lo, err = k.sort.bound(lo[0], condition.kind); err != nil {
		return b, err
	}
	if condition.kind == sortBetween {
		b.hi, err = k.sort.bound(hi[0], condition.kind)
	}
	return b, err
}

func (p *keyPart) bound(v any, kind sortKind) (types.AttributeValue, error) {
	if s, ok := v.(string); ok && kind == sortBegins && p.field.scalar == types.ScalarAttributeTypeS {
		return &types.AttributeValueMemberS{Value: s}, nil // the beginning of a time is no time
	}
	av, err := p.field.encodeAny(v)
	if err != nil {
		return nil, fmt.Errorf("%w: field %s: %w", ErrInvalidKey, p.field.goName, err)
	}
	return av, p.check(av)
}

// templateBounds is bounds for a sort key that comes from a template. Every
// comparison also stays among the keys of that template.
func (k *keySet) templateBounds(condition SortCondition, given map[string]types.AttributeValue) (b bounds, err error) {
	all, whole, err := k.sort.template.prefix(given)
	if err != nil {
		return b, fmt.Errorf("%w: %w", ErrInvalidKey, err)
	}
	lo, loWhole, err := k.sortText(condition.lo, given, condition.kind == sortBegins)
	if err != nil {
		return b, err
	}
	hi, hiWhole, err := k.sortText(condition.hi, given, false)
	if err != nil {
		return b, err
	}
	switch condition.kind {
	case sortAll:
		return beginning(all, whole), nil
	case sortEqual:
		return beginning(lo, loWhole), nil
	case sortBegins:
		return beginning(lo, false), nil
	}
	from, to := all, after(all)
	switch condition.kind {
	case sortAtLeast:
		from = lo
	case sortGreater:
		if from = after(lo); loWhole {
			from = lo + "\x00" // the very next string
		}
	case sortBetween:
		from, to = lo, upTo(hi, hiWhole)
	case sortAtMost:
		to = upTo(hi, hiWhole)
	case sortLess:
		if to = hi; hiWhole {
			b.excluded = hi
		}
	}
	b.operator = "BETWEEN"
	b.lo, b.hi = &types.AttributeValueMemberS{Value: from}, &types.AttributeValueMemberS{Value: to}
	switch { // a template without a constant at its beginning leaves one side open
	case to == "":
		b.operator = ">="
	case from == "":
		b.operator, b.lo = "<=", b.hi
	}
	return b, nil
}

// upTo returns the last key that is text or, if that is a part of one, begins
// with it.
func upTo(text string, whole bool) string {
	if whole {
		return text
	}
	return after(text)
}

// beginning takes the key text, or the keys that begin with it.
func beginning(text string, whole bool) bounds {
	switch {
	case whole:
		return bounds{operator: "=", lo: &types.AttributeValueMemberS{Value: text}}
	case text == "":
		return bounds{}
	}
	return bounds{operator: "begins_with", lo: &types.AttributeValueMemberS{Value: text}}
}

// after returns a string after all keys that begin with text, a part of a key
// with a separator at its end: '$' follows '#'. No template makes a key that
// ends there, so it serves as an inclusive bound. It is "" when text is.
func after(text string) string {
	if text == "" {
		return ""
	}
	return strings.TrimSuffix(text, separator) + "$"
}

// sortText returns the sort key for values, or the beginning of it that they
// make. With open, the last value is only a beginning.
func (k *keySet) sortText(values Key, given map[string]types.AttributeValue, open bool) (text string, whole bool, err error) {
	fields := k.sortFields()
	if len(values) > len(fields) || open && len(values) == 0 {
		return "", false, fmt.Errorf("%w: want up to %s, got %d", ErrInvalidKey, valuesOf(fields), len(values))
	}
	last := ""
	if open {
		var ok bool
		if last, ok = values[len(values)-1].(string); !ok {
			return "", false, fmt.Errorf("%w: the last value must be a string, got %T", ErrInvalidKey, values[len(values)-1])
		}
		values = values[:len(values)-1]
	}
	known := make(map[string]types.AttributeValue, len(given)+len(values))
	for name, av := range given {
		known[name] = av
	}
	if err := encodeInto(known, fields, values); err != nil {
		return "", false, err
	}
	text, whole, err = k.sort.template.prefix(known)
	if err != nil {
		return "", false, fmt.Errorf("%w: %w", ErrInvalidKey, err)
	}
	return text + last, whole, nil
}
