package partiql

import (
	"slices"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// Limits of a condition.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
const (
	maxOperators = 300
	maxInList    = 100
)

// A bare operand is a Condition without an operator, as a size() that nothing is
// compared with. It is refused once the condition around it is known.

// where reads a WHERE clause, nil when there is none.
func (p *parser) where() *expr.Condition {
	if !p.accept("WHERE") {
		return nil
	}
	p.clause = inWhere
	c := p.or()
	if c.Op() == "" {
		p.noteOperand("WHERE clause must contain an expression that resolves to a boolean")
	}
	return c
}

// operator counts an operator of the condition.
func (p *parser) operator() {
	if p.operators++; p.operators == maxOperators+1 {
		p.note("The expression contains too many operators; operator count: %d", p.operators)
	}
}

func (p *parser) or() *expr.Condition {
	left := p.and()
	for p.accept("OR") {
		left = p.join("OR", left, (*parser).and)
	}
	return left
}

func (p *parser) and() *expr.Condition {
	left := p.not()
	for p.accept("AND") {
		left = p.join("AND", left, (*parser).not)
	}
	return left
}

func (p *parser) join(op string, left *expr.Condition, right func(*parser) *expr.Condition) *expr.Condition {
	p.operator()
	if t := p.peek(); t.kind == end || t.is(";") {
		p.fail(noRightSide)
	}
	return p.logic(op, left, right(p))
}

// logic joins conditions; one of them that is a bare size() is refused.
func (p *parser) logic(op string, kids ...*expr.Condition) *expr.Condition {
	for _, k := range kids {
		if k.Op() == "" {
			p.noteOperand("Incorrect operand type for operator or function; operator or function: %s, operand type: N", op)
		}
	}
	return expr.NewLogic(op, kids...)
}

func (p *parser) not() *expr.Condition {
	if p.accept("NOT") {
		p.operator()
		return p.logic("NOT", p.not())
	}
	if p.accept("(") {
		c := p.or()
		if t := p.peek(); t.kind == end {
			p.fail("Expected ')' but got 'end of statement'")
		}
		p.expect(")")
		return c
	}
	return p.comparison()
}

// refused is a condition whose mistake has been noted.
func refused() *expr.Condition {
	return expr.NewTest("=", expr.ValueOperand(value.Null()), expr.ValueOperand(value.Null()))
}

func (p *parser) comparison() *expr.Condition {
	start := p.peek()
	switch {
	case start.kind == end || start.is(";"):
		p.fail(unexpectedTerm)
	case start.kind == word && operatorWords[upper(start)]:
		p.fail(unexpectedOperator)
	case start.kind == word && clauseWords[upper(start)]:
		p.fail(unexpectedKeyword)
	}
	left := p.operand()
	function, args := left.Call()
	t := p.peek()
	negated := t.is("NOT") && (p.peekAt(1).is("BETWEEN") || p.peekAt(1).is("IN"))
	if negated {
		p.at++
		p.operator()
		return expr.NewLogic("NOT", p.tail(start, left))
	}
	if p.tailFollows() {
		return p.tail(start, left)
	}
	switch {
	case function == "size":
		return expr.NewTest("", left)
	case function != "":
		return expr.NewTest(function, args...)
	case t.kind == end:
		p.fail("Expected operator after attribute path")
	case t.is("NOT") && p.peekAt(1).is("LIKE"):
		p.fail("Unknown operator: NOT")
	case t.is("NOT"):
		p.fail(unexpectedToken)
	}
	p.fail("Unknown operator: %s", p.written(t))
	return refused()
}

var comparators = []string{"=", "<>", "<", "<=", ">", ">="}

func (p *parser) tailFollows() bool {
	t := p.peek()
	return t.kind == symbol && slices.Contains(comparators, t.text) || t.is("BETWEEN") || t.is("IN") || t.is("IS")
}

// tail reads what follows the first operand of a comparison.
func (p *parser) tail(start token, left *expr.Operand) *expr.Condition {
	op := p.take()
	p.operator()
	switch {
	case op.is("IS"):
		return p.isType(start, left)
	case op.is("IN"):
		return p.distinct("IN", append([]*expr.Operand{left}, p.inList()...))
	case op.is("BETWEEN"):
		low := p.operand()
		if !p.accept("AND") {
			p.fail("Expected AND keyword")
		}
		if t := p.peek(); t.kind == end || t.is(";") {
			p.fail("Expected expression after AND")
		}
		return p.distinct("BETWEEN", []*expr.Operand{left, low, p.operand()})
	}
	return p.distinct(op.text, []*expr.Operand{left, p.operand()})
}

// distinct refuses to compare a path with itself.
func (p *parser) distinct(op string, args []*expr.Operand) *expr.Condition {
	first, isPath := args[0].Path()
	for _, a := range args[1:] {
		if other, ok := a.Path(); isPath && ok && slices.Equal(first, other) {
			p.noteOperand("The first operand must be distinct from the remaining operands for this operator or function; operator: %s, first operand: %s", op, first)
		}
	}
	for _, a := range args {
		if function, _ := a.Call(); function != "" && function != "size" && op != "=" && op != "<>" && op != "IN" {
			p.noteOperand("Incorrect operand type for operator or function; operator or function: %s, operand type: BOOL", op)
		}
	}
	if n := len(args) - 1; op == "IN" && n > maxInList {
		p.noteOperand("The IN operator is provided with too many operands; number of operands: %d", n)
	}
	return expr.NewTest(op, args...)
}

// inList reads the operands of IN.
func (p *parser) inList() []*expr.Operand {
	open, closing := p.take(), ")"
	switch {
	case open.is("["):
		closing = "]"
	case open.kind == end:
		p.fail("Expected '(' or '[' after IN")
	case !open.is("("):
		p.fail("Expected '(' or '[' after IN, got '%s'", p.written(open))
	}
	var out []*expr.Operand
	for p.err == nil && !p.accept(closing) {
		if p.accept(",") {
			continue
		}
		if p.peek().kind == end {
			p.fail("Unexpected end of IN list")
		}
		out = append(out, p.operand())
	}
	return out
}

func lower(t token) string { return strings.ToLower(t.text) }

// operand reads a path, a literal or a call.
func (p *parser) operand() *expr.Operand {
	t := p.peek()
	switch {
	case t.kind == end || t.is(";"):
		p.fail(noRightSide)
	case p.accept("MISSING"):
		p.note("MISSING must be compared using IS operator")
		return expr.ValueOperand(value.Null())
	case t.kind == word && p.peekAt(1).is("("):
		return p.call()
	}
	return p.simple()
}
