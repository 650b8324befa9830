package expr

import (
	"cmp"
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// A Condition is a parsed condition or filter expression.
type Condition struct {
	op   string // AND OR NOT, a comparator, BETWEEN, IN or a function's name
	kids []*Condition
	args []*operand
}

// An operand is a path, a value or size of a path.
type operand struct {
	raw      rawPath
	path     Path
	ref      string
	value    value.Value
	function string // a function used as an operand, with its arguments
	args     []*operand
}

func (o *operand) isPath() bool  { return o.function == "" && o.ref == "" }
func (o *operand) isValue() bool { return o.ref != "" }

// ParseCondition parses the expression of that member of a request and looks
// its names and values up. Nothing is left to go wrong in [Condition.Match].
func ParseCondition(member, source string, params *Params) (*Condition, error) {
	c, err := parseCondition(source)
	if err == nil {
		err = c.bind(params)
	}
	if err != nil {
		return nil, refuse(member, err)
	}
	return c, nil
}

func parseCondition(source string) (*Condition, error) {
	p, err := newParser(source)
	if err != nil {
		return nil, err
	}
	c := p.whole(p.or())
	if err := p.finish(); err != nil {
		return nil, err
	}
	if p.redundantParentheses() {
		return nil, complain("The expression has redundant parentheses;")
	}
	return c, cmp.Or(c.checkFunctions(), p.checkReserved())
}

// redundantParentheses tells that a pair of parentheses holds nothing but
// another pair. Those of a function or of IN hold a list.
func (p *parser) redundantParentheses() bool {
	var open []int
	closes := make(map[int]int)
	for i, t := range p.tokens {
		switch {
		case t.kind != symbol:
		case t.text == "(":
			open = append(open, i)
			if i > 0 && (p.tokens[i-1].kind == word || p.tokens[i-1].text == "IN") {
				open[len(open)-1] = -1
			}
		case t.text == ")" && len(open) > 0:
			closes[open[len(open)-1]] = i
			open = open[:len(open)-1]
		}
	}
	delete(closes, -1)
	for first, last := range closes {
		if inner, ok := closes[first+1]; ok && inner == last-1 {
			return true
		}
	}
	return false
}

// A condition and an operand may both start with a parenthesis, and which it is
// shows only after the closing one. So or, and, not and comparison may return a
// bare operand, a Condition without an op, which is then either used as the left
// side of a comparison or refused by whole.

// whole refuses a bare operand where a condition has to be.
func (p *parser) whole(c *Condition) *Condition {
	if c.op == "" {
		p.unexpected()
	}
	return c
}

func (p *parser) or() *Condition {
	left := p.and()
	for p.peek().text == "OR" && p.err == nil {
		p.whole(left)
		p.accept("OR")
		p.operators++
		left = &Condition{op: "OR", kids: []*Condition{left, p.whole(p.and())}}
	}
	return left
}

func (p *parser) and() *Condition {
	left := p.not()
	for p.peek().text == "AND" && p.err == nil {
		p.whole(left)
		p.accept("AND")
		p.operators++
		left = &Condition{op: "AND", kids: []*Condition{left, p.whole(p.not())}}
	}
	return left
}

func (p *parser) not() *Condition {
	if p.accept("NOT") {
		p.operators++
		return &Condition{op: "NOT", kids: []*Condition{p.whole(p.not())}}
	}
	if !p.accept("(") {
		return p.comparison(p.operand())
	}
	c := p.or()
	p.expect(")")
	switch {
	case c.op == "" && p.err == nil:
		return p.comparison(p.further(c.args[0]))
	case p.comparatorFollows() && len(c.kids) == 0 && isFunction(c.op):
		return p.comparison(&operand{function: c.op, args: c.args})
	}
	return c
}

func isFunction(op string) bool { return isLetter(op[0]) && op != "BETWEEN" && op != "IN" }

var comparators = []string{"=", "<>", "<", "<=", ">", ">="}

func (p *parser) comparatorFollows() bool {
	t := p.peek().text
	return p.err == nil && (slices.Contains(comparators, t) || t == "BETWEEN" || t == "IN")
}

// comparison reads what follows an operand.
func (p *parser) comparison(left *operand) *Condition {
	t := p.peek()
	switch {
	case p.err != nil:
		return &Condition{args: []*operand{left}}
	case slices.Contains(comparators, t.text):
		p.at++
		p.operators++
		return &Condition{op: t.text, args: []*operand{left, p.operand()}}
	case p.accept("BETWEEN"):
		p.operators++
		low := p.operand()
		p.expect("AND")
		return &Condition{op: "BETWEEN", args: []*operand{left, low, p.operand()}}
	case p.accept("IN"):
		p.operators++
		p.expect("(")
		return &Condition{op: "IN", args: append([]*operand{left}, p.operands()...)}
	case left.function != "":
		return &Condition{op: left.function, args: left.args}
	}
	return &Condition{args: []*operand{left}}
}

// operands reads operands up to the closing parenthesis.
func (p *parser) operands() []*operand {
	out := []*operand{p.operand()}
	for p.accept(",") {
		out = append(out, p.operand())
	}
	p.expect(")")
	return out
}

func (p *parser) operand() *operand {
	t := p.peek()
	switch {
	case p.err != nil:
		return &operand{}
	case t.kind == param:
		p.at++
		return &operand{ref: t.text}
	case t.kind == word && p.peekAt(1).text == "(":
		p.at += 2
		p.operators++
		return &operand{function: t.text, args: p.operands()}
	case p.accept("("):
		o := p.operand()
		p.expect(")")
		return p.further(o)
	}
	return &operand{raw: p.path()}
}

// further reads on in a path that began in parentheses.
func (p *parser) further(o *operand) *operand {
	if o.isPath() {
		o.raw = p.steps(o.raw)
	}
	return o
}

// arity holds the functions and the number of their operands.
var arity = map[string]int{
	"attribute_exists":     1,
	"attribute_not_exists": 1,
	"attribute_type":       2,
	"begins_with":          2,
	"contains":             2,
	"size":                 1,
}
