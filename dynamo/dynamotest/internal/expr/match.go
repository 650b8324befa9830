package expr

import (
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/number"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// Match tells whether the item meets the condition. An item that does not exist
// is one without attributes.
func (c *Condition) Match(item value.Item) bool {
	switch c.op {
	case "AND":
		return c.kids[0].Match(item) && c.kids[1].Match(item)
	case "OR":
		return c.kids[0].Match(item) || c.kids[1].Match(item)
	case "NOT":
		return !c.kids[0].Match(item)
	}
	first, ok := c.args[0].eval(item)
	switch c.op {
	case "attribute_exists":
		return ok
	case "attribute_not_exists":
		return !ok
	case "IN":
		return ok && c.matchIn(first, item)
	case "BETWEEN":
		return ok && compares(">=", first, c.args[1], item) && compares("<=", first, c.args[2], item)
	case "<>":
		second, both := c.args[1].eval(item)
		return !ok || !both || !first.Equal(second)
	case "attribute_type", "begins_with", "contains":
		second, both := c.args[1].eval(item)
		return ok && both && call(c.op, first, second)
	}
	return ok && compares(c.op, first, c.args[1], item)
}

func (c *Condition) matchIn(v value.Value, item value.Item) bool {
	for _, candidate := range c.args[1:] {
		if w, ok := candidate.eval(item); ok && v.Equal(w) {
			return true
		}
	}
	return false
}

// compares tells whether v stands in that order to the operand. Only values of
// one ordered type have an order.
func compares(op string, v value.Value, o *operand, item value.Item) bool {
	w, ok := o.eval(item)
	if !ok {
		return false
	}
	if op == "=" {
		return v.Equal(w)
	}
	return v.Type() == w.Type() && v.Type().Ordered() && holds(op, value.Compare(v, w))
}

// holds tells whether a comparison's result means op.
func holds(op string, order int) bool {
	switch op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	}
	return order == 0
}

// call applies a function of two existing values.
func call(function string, v, w value.Value) bool {
	text := (v.Type() == value.S || v.Type() == value.B) && v.Type() == w.Type()
	switch function {
	case "attribute_type":
		return v.Type().String() == w.Text()
	case "begins_with":
		return text && strings.HasPrefix(v.Text(), w.Text())
	}
	if text {
		return strings.Contains(v.Text(), w.Text())
	}
	return (v.Type() == value.L || v.IsSet()) && v.Contains(w)
}

// eval returns the operand's value in the item.
func (o *operand) eval(item value.Item) (value.Value, bool) {
	switch {
	case o.isValue():
		return o.value, true
	case o.isPath():
		return o.path.Lookup(item)
	}
	if o.function != "size" { // PartiQL compares conditions with booleans
		return value.Bool(NewTest(o.function, o.args...).Match(item)), true
	}
	v, ok := o.args[0].eval(item)
	if !ok {
		return value.Value{}, false
	}
	n, ok := v.Len()
	return value.Number(number.FromInt(n)), ok
}
