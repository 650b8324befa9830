// Package expr parses and evaluates DynamoDB's expressions: conditions,
// filters, key conditions, updates and projections.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
package expr

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// Limits of an expression.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
const (
	maxBytes     = 4096
	maxOperators = 300
	maxInList    = 100
)

// Params are the names and values that a request's expressions may refer to.
// They note which of them were used.
type Params struct {
	// Names holds ExpressionAttributeNames, "#n" to "name".
	Names map[string]string
	// Values holds ExpressionAttributeValues, ":v" to its value.
	Values map[string]value.Value

	used map[string]bool
}

func (p *Params) use(ref string) {
	if p.used == nil {
		p.used = make(map[string]bool, len(p.Names)+len(p.Values))
	}
	p.used[ref] = true
}

// name returns what #name stands for.
func (p *Params) name(ref string) (string, error) {
	p.use(ref)
	if name, ok := p.Names[ref]; ok {
		return name, nil
	}
	return "", complain("An expression attribute name used in the document path is not defined; attribute name: %s", ref)
}

// value returns what :value stands for.
func (p *Params) value(ref string) (value.Value, error) {
	p.use(ref)
	if v, ok := p.Values[ref]; ok {
		return v, nil
	}
	return value.Value{}, complain("An expression attribute value used in expression is not defined; attribute value: %s", ref)
}

// NameRefs returns the placeholders of the names in order.
func (p *Params) NameRefs() []string { return refs(p.Names) }

// ValueRefs returns the placeholders of the values in order.
func (p *Params) ValueRefs() []string { return refs(p.Values) }

func refs[V any](m map[string]V) []string {
	if len(m) == 0 {
		return nil // most requests have none, and an iterator is not free
	}
	return slices.Sorted(maps.Keys(m))
}

// CheckUsed refuses names and values that no expression has used.
func (p *Params) CheckUsed() error {
	if err := p.unused("ExpressionAttributeNames", p.NameRefs()); err != nil {
		return err
	}
	return p.unused("ExpressionAttributeValues", p.ValueRefs())
}

func (p *Params) unused(member string, refs []string) error {
	refs = slices.DeleteFunc(refs, func(ref string) bool { return p.used[ref] })
	if len(refs) == 0 {
		return nil
	}
	return refusal.Request("%s", "Value provided in "+member+" unused in expressions: keys: {"+strings.Join(refs, ", ")+"}")
}
