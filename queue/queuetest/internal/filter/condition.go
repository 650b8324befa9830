package filter

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
)

// A condition is one item of a key's list.
type condition struct {
	exists *bool // the condition is about being there
	match  func(v any) bool
}

// parseCondition reads a value, or an object that names an operator.
func parseCondition(data []byte) (condition, error) {
	v := decode(data)
	object, ok := v.(map[string]any)
	if !ok {
		if _, list := v.([]any); list {
			return condition{}, errors.New("match value must be String, number, true, false, or null")
		}
		return condition{match: equal(v)}, nil
	}
	if len(object) != 1 {
		return condition{}, errors.New("only one key allowed in match expression")
	}
	for operator, operand := range object {
		return parseOperator(operator, operand)
	}
	panic("unreachable") // the object has one member
}

func parseOperator(operator string, operand any) (condition, error) {
	var match func(any) bool
	var err error
	switch operator {
	case "exists":
		want, ok := operand.(bool)
		if !ok {
			return condition{}, errors.New("exists match pattern must be either true or false")
		}
		return condition{exists: &want}, nil
	case "prefix", "suffix", "equals-ignore-case":
		match, err = onText(operator, operand)
	case "anything-but":
		match, err = anythingBut(operand)
	case "numeric":
		match, err = numeric(operand)
	case "cidr":
		match, err = cidr(operand)
	default:
		err = fmt.Errorf("unrecognized match type %s", operator)
	}
	return condition{match: match}, err
}

// equal compares numbers by their value and everything else as it is.
func equal(want any) func(any) bool {
	if n := number(want); n != nil {
		return func(v any) bool {
			got := number(v)
			return got != nil && got.Cmp(n) == 0
		}
	}
	return func(v any) bool {
		switch v.(type) {
		case string, bool, nil:
			return v == want
		}
		return false
	}
}

// number returns the value of a number, nil of anything else. The length is
// bounded, since an exponent could ask for gigabytes.
func number(v any) *big.Rat {
	text, ok := v.(json.Number)
	if !ok || len(text) > 300 {
		return nil
	}
	if f, err := text.Float64(); err != nil || f > 1e300 || f < -1e300 {
		return nil
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(string(text)), "e")
	if len(exponent) > 4 {
		return nil
	}
	if exponent != "" {
		mantissa += "e" + exponent
	}
	n, ok := new(big.Rat).SetString(mantissa)
	if !ok {
		return nil
	}
	return n
}

func onText(operator string, operand any) (func(any) bool, error) {
	want, ok := operand.(string)
	if !ok {
		return nil, fmt.Errorf("%s match pattern must be a string", operator)
	}
	compare := map[string]func(s, want string) bool{
		"prefix": strings.HasPrefix, "suffix": strings.HasSuffix, "equals-ignore-case": strings.EqualFold,
	}[operator]
	return func(v any) bool {
		s, ok := v.(string)
		return ok && compare(s, want)
	}, nil
}

// anythingBut takes a value, a list of values, or a prefix or a suffix.
func anythingBut(operand any) (func(any) bool, error) {
	var unwanted []func(any) bool
	switch o := operand.(type) {
	case map[string]any:
		for operator, text := range o {
			match, err := onText(operator, text)
			if err != nil || len(o) != 1 || operator == "equals-ignore-case" {
				return nil, errors.New("unsupported anything-but pattern")
			}
			unwanted = append(unwanted, match)
		}
	case []any:
		for _, v := range o {
			unwanted = append(unwanted, equal(v))
		}
	case string, json.Number:
		unwanted = append(unwanted, equal(o))
	}
	if len(unwanted) == 0 {
		return nil, errors.New("anything-but must be a value or a list of them")
	}
	return func(v any) bool {
		for _, match := range unwanted {
			if match(v) {
				return false
			}
		}
		return true
	}, nil
}

// numeric takes a list of one or two comparisons: ["=", 1] or [">", 0, "<=", 5].
func numeric(operand any) (func(any) bool, error) {
	list, ok := operand.([]any)
	if !ok || len(list) != 2 && len(list) != 4 {
		return nil, errors.New("numeric match pattern must be an array of comparisons")
	}
	var all []func(*big.Rat) bool
	for i := 0; i < len(list); i += 2 {
		operator, _ := list[i].(string)
		bound := number(list[i+1])
		if bound == nil {
			return nil, errors.New("value of numeric match pattern must be a number")
		}
		holds, ok := map[string]func(order int) bool{
			"=":  func(order int) bool { return order == 0 },
			"<":  func(order int) bool { return order < 0 },
			"<=": func(order int) bool { return order <= 0 },
			">":  func(order int) bool { return order > 0 },
			">=": func(order int) bool { return order >= 0 },
		}[operator]
		if !ok {
			return nil, fmt.Errorf("unrecognized numeric range operator %s", operator)
		}
		all = append(all, func(n *big.Rat) bool { return holds(n.Cmp(bound)) })
	}
	return func(v any) bool {
		n := number(v)
		for _, holds := range all {
			if n == nil || !holds(n) {
				return false
			}
		}
		return true
	}, nil
}

func cidr(operand any) (func(any) bool, error) {
	text, _ := operand.(string)
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return nil, errors.New("malformed CIDR")
	}
	return func(v any) bool {
		s, _ := v.(string)
		address, err := netip.ParseAddr(s)
		return err == nil && network.Contains(address)
	}, nil
}
