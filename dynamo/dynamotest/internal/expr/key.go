package expr

import (
	"slices"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// A KeyClause is one condition of a key condition expression. Op is a
// comparator, BETWEEN with two values, or begins_with.
type KeyClause struct {
	Name   string
	Op     string
	Values []value.Value
}

const keyMember = "KeyConditionExpression"

// ParseKeyCondition parses a key condition expression and checks what every
// condition is checked for. What is particular to keys comes with [KeyClauses].
func ParseKeyCondition(source string, params *Params) (*Condition, error) {
	return ParseCondition(keyMember, source, params)
}

// KeyClauses takes a key condition apart, into its clauses in the order in which
// they are written. Which of them belongs to which key is decided by [BindKeys].
func KeyClauses(c *Condition) ([]KeyClause, error) {
	parts, err := c.conjuncts(nil)
	if err != nil {
		return nil, refuse(keyMember, err)
	}
	clauses := make([]KeyClause, len(parts))
	for i, part := range parts {
		if clauses[i], err = part.keyClause(); err != nil {
			return nil, refuse(keyMember, err)
		}
	}
	for i, k := range clauses {
		if slices.ContainsFunc(clauses[:i], func(o KeyClause) bool { return o.Name == k.Name }) {
			return nil, refuse(keyMember, complain("KeyConditionExpressions must only contain one condition per key"))
		}
	}
	return clauses, nil
}

// conjuncts returns the conditions that AND joins.
func (c *Condition) conjuncts(out []*Condition) ([]*Condition, error) {
	switch c.op {
	case "AND":
		out, err := c.kids[0].conjuncts(out)
		if err != nil {
			return nil, err
		}
		return c.kids[1].conjuncts(out)
	case "OR", "NOT", "<>", "IN", "attribute_exists", "attribute_not_exists", "attribute_type", "contains":
		return nil, complain("Invalid operator used in KeyConditionExpression: %s", c.op)
	}
	return append(out, c), nil
}

var mirrored = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// keyClause reads attribute op value, or value op attribute.
func (c *Condition) keyClause() (KeyClause, error) {
	args := slices.Clone(c.args)
	back, ok := mirrored[c.op]
	if !ok && !args[0].isPath() {
		return KeyClause{}, complain("Invalid condition in KeyConditionExpression: %s operator must have the key attribute as its first operand", c.op)
	}
	var path Path
	for _, a := range args {
		switch {
		case a.function != "":
			return KeyClause{}, complain("KeyConditionExpressions cannot contain nested operations")
		case !a.isPath():
		case path != nil:
			return KeyClause{}, complain("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
		case len(a.path) > 1:
			return KeyClause{}, complain("KeyConditionExpressions cannot have conditions on nested attributes")
		default:
			path = a.path
		}
	}
	if path == nil {
		return KeyClause{}, complain("Invalid condition in KeyConditionExpression: No key attribute specified")
	}
	k := KeyClause{Name: path.Top(), Op: c.op}
	if args[0].isValue() {
		k.Op = back
		args[0], args[1] = args[1], args[0]
	}
	for _, a := range args[1:] {
		if err := checkKeyOperand(c.op, a.value); err != nil {
			return k, err
		}
		k.Values = append(k.Values, a.value)
	}
	return k, nil
}

// KeyBounds are the clauses of a query in the order of the key they belong to.
type KeyBounds struct {
	// Hash has one value for each attribute of the partition key.
	Hash []value.Value
	// Equal has values for the first attributes of the sort key.
	Equal []value.Value
	// Last is a condition on the attribute after those, or nil.
	Last *KeyClause
}

// CheckBounds refuses clauses whose bounds are in the wrong order. Those of
// KeyConditions are as expressions are, but only once the table is known.
func CheckBounds(clauses []KeyClause) error {
	for _, k := range clauses {
		if k.Op != "BETWEEN" {
			continue
		}
		if err := checkBounds(k.Values[0], k.Values[1]); err != nil {
			return refusal.Invalid("Invalid KeyConditionExpression: %s", err)
		}
	}
	return nil
}

// BindKeys assigns the clauses to the attributes of a key.
func BindKeys(clauses []KeyClause, hash, sort []string) (KeyBounds, error) {
	var b KeyBounds
	if n, most := len(clauses), len(hash)+len(sort); n > most {
		return b, refusal.Invalid("The number of query conditions (%d) exceeds the number of key attributes defined in the schema (%d)", n, most)
	}
	find := func(name string) *KeyClause {
		i := slices.IndexFunc(clauses, func(k KeyClause) bool { return k.Name == name })
		if i < 0 {
			return nil
		}
		return &clauses[i]
	}
	if err := b.bindHash(hash, len(hash) > 1 || len(sort) > 1, find); err != nil {
		return b, err
	}
	for _, k := range clauses {
		if !slices.Contains(hash, k.Name) && !slices.Contains(sort, k.Name) {
			return b, missed(sort, find)
		}
	}
	return b, b.bindSort(sort, find)
}

// missed words the complaint about a condition on something else than a key.
func missed(sort []string, find func(string) *KeyClause) error {
	for _, name := range sort {
		if find(name) == nil {
			return refusal.Invalid("Query condition missed key schema element: %s", name)
		}
	}
	return refusal.Invalid("Query key condition not supported")
}

func (b *KeyBounds) bindHash(hash []string, multi bool, find func(string) *KeyClause) error {
	var without []string
	for _, name := range hash {
		k := find(name)
		if k != nil && k.Op == "=" {
			b.Hash = append(b.Hash, k.Values[0])
			continue
		}
		without = append(without, name)
		switch {
		case multi:
		case k == nil:
			return refusal.Invalid("Query condition missed key schema element: %s", name)
		default:
			return refusal.Invalid("Query key condition not supported")
		}
	}
	if len(without) > 0 {
		return refusal.Invalid("HASH key attributes %s must have equality conditions specified in the query", strings.Join(without, ", "))
	}
	return nil
}

// bindSort takes equalities from the left and at most one other condition after
// them.
func (b *KeyBounds) bindSort(sort []string, find func(string) *KeyClause) error {
	last := len(sort) - 1
	for last >= 0 && find(sort[last]) == nil {
		last--
	}
	var without []string
	for i := 0; i <= last; i++ {
		k := find(sort[i])
		switch {
		case k != nil && k.Op == "=":
			b.Equal = append(b.Equal, k.Values[0])
		case i < last:
			without = append(without, sort[i])
		default:
			b.Last = k
		}
	}
	if len(without) > 0 {
		return refusal.Invalid("RANGE key attributes %s must have equality conditions specified in the query because a condition is present on key attribute %s",
			strings.Join(without, ", "), sort[last])
	}
	return nil
}
