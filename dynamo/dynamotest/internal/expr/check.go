package expr

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// checkOperands refuses operands that an operator or function of the condition
// cannot take, whatever the item: first a wrong number of them, then a path that
// is compared with itself, then types.
func (c *Condition) checkOperands() error {
	call := &operand{function: c.op, args: c.args}
	for _, check := range []func(*operand) error{checkNumber, checkDistinct, checkTypes} {
		if err := call.walk(func(o *operand) error {
			if o.function == "" {
				return nil
			}
			return check(o)
		}); err != nil {
			return err
		}
	}
	return nil
}

// checkNumber refuses a wrong number of operands.
func checkNumber(o *operand) error {
	if o.function == "IN" {
		if n := len(o.args) - 1; n > maxInList {
			return complain("The IN operator is provided with too many operands; number of operands: %d", n)
		}
		return nil
	}
	if n, ok := arity[o.function]; ok && len(o.args) != n {
		return complain("Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d", o.function, len(o.args))
	}
	return nil
}

func operandType(function string, t value.Type) error {
	return complain("Incorrect operand type for operator or function; operator or function: %s, operand type: %s", function, t)
}

// checkDistinct refuses to compare a path with itself.
func checkDistinct(o *operand) error {
	if len(o.args) != 2 || o.function == "IN" {
		return nil
	}
	a, b := o.args[0], o.args[1]
	if a.isPath() && b.isPath() && slices.Equal(a.path, b.path) {
		return complain("The first operand must be distinct from the remaining operands for this operator or function; operator: %s, first operand: %s", o.function, a.path)
	}
	return nil
}

// known returns the type that an operand has whatever the item, if there is one.
func (o *operand) known() value.Type {
	switch {
	case o.isValue():
		return o.value.Type()
	case o.function == "size":
		return value.N
	}
	return value.None
}

// checkTypes refuses operands of types that no item makes right.
func checkTypes(o *operand) error {
	switch first := o.args[0]; o.function {
	case "attribute_exists", "attribute_not_exists":
		return needPath(o.function, first)
	case "attribute_type":
		if err := needPath(o.function, first); err != nil {
			return err
		}
		return checkTypeName(o.args[1])
	case "size":
		return checkSized(first)
	case "begins_with":
		for _, a := range o.args {
			if t := a.known(); t != value.None && t != value.S && t != value.B {
				return operandType(o.function, t)
			}
		}
	case "<", "<=", ">", ">=", "BETWEEN":
		return checkOrdered(o)
	}
	return nil
}

func checkSized(o *operand) error {
	switch t := o.known(); t {
	case value.N, value.BOOL, value.NULL:
		return operandType("size", t)
	}
	return nil
}

// checkOrdered refuses to compare values that have no order, and bounds that
// are not in order.
func checkOrdered(o *operand) error {
	for _, a := range o.args {
		if t := a.known(); t != value.None && !t.Ordered() {
			return operandType(o.function, t)
		}
	}
	if o.function != "BETWEEN" || !o.args[1].isValue() || !o.args[2].isValue() {
		return nil
	}
	return checkBounds(o.args[1].value, o.args[2].value)
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

func needPath(function string, o *operand) error {
	if o.isPath() {
		return nil
	}
	return complain("Operator or function requires a document path; operator or function: %s", function)
}

func checkTypeName(o *operand) error {
	switch t := o.known(); t {
	case value.S:
	case value.None:
		return complain("Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
	default:
		return operandType("attribute_type", t)
	}
	if _, ok := value.TypeNamed(o.value.Text()); !ok {
		return complain("Invalid attribute type name found; type: %s, valid types: {%s}", o.value.Text(),
			strings.Join([]string{"B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"}, ","))
	}
	return nil
}
