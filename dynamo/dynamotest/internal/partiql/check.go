package partiql

import (
	"encoding/base64"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// CheckOperands refuses values that their operator or function cannot take,
// whatever the item.
func (s *Statement) CheckOperands() error { return checkCondition(s.Where) }

func checkCondition(c *expr.Condition) error {
	if c == nil {
		return nil
	}
	for _, k := range c.Kids() {
		if err := checkCondition(k); err != nil {
			return err
		}
	}
	for _, a := range c.Args() {
		if function, args := a.Call(); function != "" && function != "size" {
			if err := checkCondition(expr.NewTest(function, args...)); err != nil {
				return err
			}
		}
	}
	switch args := c.Args(); c.Op() {
	case "<", "<=", ">", ">=":
		return checkOrdered(c.Op(), args)
	case "BETWEEN":
		return checkBounds(args[1], args[2])
	case "begins_with":
		if v, ok := args[1].Value(); ok && v.Type() != value.S && v.Type() != value.B {
			return operandType(c.Op(), v)
		}
	case "attribute_type":
		return checkTypeName(args[1])
	}
	return nil
}

func operandType(op string, v value.Value) error {
	return refusal.Invalid("Incorrect operand type for operator or function; operator or function: %s, operand type: %s", op, v.Type())
}

func checkOrdered(op string, args []*expr.Operand) error {
	for _, a := range args {
		if v, ok := a.Value(); ok && !v.Type().Ordered() {
			return operandType(op, v)
		}
	}
	return nil
}

func checkBounds(low, high *expr.Operand) error {
	if err := checkOrdered("BETWEEN", []*expr.Operand{low, high}); err != nil {
		return err
	}
	a, isValue := low.Value()
	b, both := high.Value()
	if !isValue || !both {
		return nil
	}
	var rule string
	switch {
	case a.Type() != b.Type():
		rule = "same data type for lower and upper bounds"
	case value.Compare(a, b) > 0:
		rule = "upper bound to be greater than or equal to lower bound"
	default:
		return nil
	}
	return refusal.Invalid("The BETWEEN operator requires %s; lower bound operand: AttributeValue: {%s}, upper bound operand: AttributeValue: {%s}",
		rule, describe(a), describe(b))
}

// describe writes a bound as DynamoDB does in its complaint.
func describe(v value.Value) string {
	if v.Type() == value.B {
		return "B:[" + base64.StdEncoding.EncodeToString([]byte(v.Text())) + "]"
	}
	return v.Type().String() + ":" + v.Text()
}

func checkTypeName(o *expr.Operand) error {
	v, ok := o.Value()
	if !ok {
		return nil
	}
	if v.Type() != value.S {
		return operandType("attribute_type", v)
	}
	if _, ok := value.TypeNamed(v.Text()); !ok {
		return refusal.Invalid("Invalid attribute type name found; type: %s, valid types: {%s}", v.Text(),
			strings.Join([]string{"N", "BS", "L", "B", "NULL", "M", "S", "SS", "NS", "BOOL"}, ","))
	}
	return nil
}
