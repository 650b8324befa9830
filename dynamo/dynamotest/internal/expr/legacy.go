package expr

import "github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"

// Operators are the comparison operators of the legacy parameters with what
// they are in an expression. NOT_CONTAINS is a negated one.
var Operators = map[string]string{
	"EQ":           "=",
	"NE":           "<>",
	"LT":           "<",
	"LE":           "<=",
	"GT":           ">",
	"GE":           ">=",
	"BETWEEN":      "BETWEEN",
	"IN":           "IN",
	"NULL":         "attribute_not_exists",
	"NOT_NULL":     "attribute_exists",
	"BEGINS_WITH":  "begins_with",
	"CONTAINS":     "contains",
	"NOT_CONTAINS": "contains",
}

// Legacy returns the condition that an attribute compares with values by a
// legacy operator.
func Legacy(name, operator string, values []value.Value) *Condition {
	c := &Condition{op: Operators[operator], args: []*operand{{path: Path{{Name: name}}}}}
	for _, v := range values {
		c.args = append(c.args, &operand{ref: ":", value: v})
	}
	if operator == "NOT_CONTAINS" {
		return &Condition{op: "NOT", kids: []*Condition{c}}
	}
	return c
}

// Join returns the conditions joined by AND or OR, nil when there are none.
func Join(operator string, conditions []*Condition) *Condition {
	var out *Condition
	for _, c := range conditions {
		if out == nil {
			out = c
			continue
		}
		out = &Condition{op: operator, kids: []*Condition{out, c}}
	}
	return out
}

// Add returns what ADD makes of a stored value, which may be none: a sum, a
// union, or a longer list. It tells false when the types do not fit.
func Add(old, v value.Value) (value.Value, bool, error) {
	if old.Type() != value.None && old.Type() != v.Type() {
		return value.Value{}, false, nil
	}
	if v.Type() == value.L {
		sum, err := combine("list_append", orEmpty(old), v)
		return sum, true, err
	}
	sum, err := add(old, v)
	return sum, true, err
}

func orEmpty(v value.Value) value.Value {
	if v.Type() == value.None {
		return value.List(nil)
	}
	return v
}

// Delete returns the set without v's members, no value when none are left. It
// tells false when the types do not fit.
func Delete(old, v value.Value) (value.Value, bool) {
	if old.Type() != v.Type() {
		return value.Value{}, false
	}
	return subtract(old, v), true
}
