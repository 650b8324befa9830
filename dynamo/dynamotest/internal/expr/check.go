package expr

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// checkOperands refuses operands that the operator or function cannot take,
// whatever the item.
func (c *Condition) checkOperands() error {
	switch c.op {
	case "AND", "OR", "NOT":
		return nil
	case "BETWEEN":
		return checkBetween(c.args)
	case "IN":
		if n := len(c.args) - 1; n > maxInList {
			return complain("The IN operator is provided with too many operands; number of operands: %d", n)
		}
		return nil
	case "=", "<>", "<", "<=", ">", ">=":
		return checkDistinct(c.op, c.args)
	}
	return checkCall(c.op, c.args)
}

func operandType(function string, t value.Type) error {
	return complain("Incorrect operand type for operator or function; operator or function: %s, operand type: %s", function, t)
}

// checkDistinct refuses to compare a path with itself.
func checkDistinct(op string, args []*operand) error {
	a, b := args[0], args[1]
	if a.isPath() && b.isPath() && slices.Equal(a.path, b.path) {
		return complain("The first operand must be distinct from the remaining operands for this operator or function; operator: %s, first operand: %s", op, a.path)
	}
	return nil
}

func checkBetween(args []*operand) error {
	low, high := args[1], args[2]
	if !low.isValue() || !high.isValue() {
		return nil
	}
	return checkBounds(low.value, high.value)
}

func checkBounds(low, high value.Value) error {
	var rule string
	switch {
	case low.Type() != high.Type():
		rule = "same data type for lower and upper bounds"
	case low.Type().Ordered() && value.Compare(low, high) > 0:
		rule = "upper bound to be greater than or equal to lower bound"
	default:
		return nil
	}
	return complain("The BETWEEN operator requires %s; lower bound operand: AttributeValue: {%s}, upper bound operand: AttributeValue: {%s}",
		rule, describe(low), describe(high))
}

// checkKeyOperand refuses a value that the operator of a key condition cannot
// take.
func checkKeyOperand(op string, v value.Value) error {
	t := v.Type()
	if op == "=" || t.Ordered() && (op != "begins_with" || t != value.N) {
		return nil
	}
	return operandType(op, t)
}

// describe writes a value as DynamoDB does in complaints.
func describe(v value.Value) string {
	return v.Type().String() + ":" + describeInside(v)
}

func describeInside(v value.Value) string {
	switch v.Type() {
	case value.B:
		return base64.StdEncoding.EncodeToString([]byte(v.Text()))
	case value.BOOL:
		return strconv.FormatBool(v.Flag())
	case value.NULL:
		return "true"
	case value.SS, value.NS:
		members := make([]string, len(v.List()))
		for i, m := range v.List() {
			members[i] = strconv.Quote(m.Text())
		}
		return "[" + strings.Join(members, ", ") + "]"
	case value.BS, value.L:
		return "[...]"
	case value.M:
		return "{...}"
	}
	return v.Text()
}

// checkCall refuses wrong arguments of a function.
func checkCall(function string, args []*operand) error {
	if len(args) != arity[function] {
		return complain("Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d", function, len(args))
	}
	first := args[0]
	switch function {
	case "attribute_exists", "attribute_not_exists":
		return needPath(function, first)
	case "attribute_type":
		if err := needPath(function, first); err != nil {
			return err
		}
		return checkTypeName(args[1])
	case "size":
		if first.isValue() {
			if _, ok := first.value.Len(); !ok {
				return operandType(function, first.value.Type())
			}
		}
		return nil
	case "begins_with":
		for _, a := range args {
			if t := a.value.Type(); a.isValue() && t != value.S && t != value.B {
				return operandType(function, t)
			}
		}
	}
	return checkDistinct(function, args)
}

func needPath(function string, o *operand) error {
	if o.isPath() {
		return nil
	}
	return complain("Operator or function requires a document path; operator or function: %s", function)
}

func checkTypeName(o *operand) error {
	if !o.isValue() {
		return complain("Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
	}
	if o.value.Type() != value.S {
		return operandType("attribute_type", o.value.Type())
	}
	if _, ok := value.TypeNamed(o.value.Text()); !ok {
		return complain("Invalid attribute type name found; type: %s, valid types: {%s}", o.value.Text(),
			strings.Join([]string{"B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"}, ","))
	}
	return nil
}
