package partiql

import (
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// changes reads the SET and REMOVE clauses of an UPDATE. What is removed comes
// last, as complaints about clashing paths tell.
func (p *parser) changes() *expr.Update {
	var actions, removals []*expr.Action
	for p.err == nil {
		switch {
		case p.accept("SET"):
			p.clause = inSet
			for ok := true; ok && p.err == nil; ok = p.accept(",") {
				actions = append(actions, p.assignment())
			}
		case p.accept("REMOVE"):
			removals = append(removals, expr.NewAction("REMOVE", p.path(noSimplePath), nil))
		default:
			return expr.NewUpdate(append(actions, removals...)...)
		}
	}
	return expr.NewUpdate()
}

func (p *parser) assignment() *expr.Action {
	path := p.path(noSimplePath)
	if t := p.peek(); t.kind != end && !t.is("=") {
		p.fail("Expected '=' but got '%s'", p.written(t))
	}
	if !p.accept("=") {
		p.fail("Expected '='")
	}
	if t := p.peek(); p.peekAt(1).is("(") && (t.is("set_add") || t.is("set_delete")) {
		return p.setCall(path)
	}
	left := p.term()
	for _, op := range []string{"+", "-"} {
		if p.accept(op) {
			return expr.NewAction("SET", path, expr.CallTerm(op, left, p.term()))
		}
	}
	return expr.NewAction("SET", path, left)
}

// term reads what is assigned, or one side of a sum.
func (p *parser) term() *expr.Term {
	t := p.peek()
	switch {
	case t.is("list_append") && p.peekAt(1).is("("):
		p.at += 2
		first := p.term()
		p.expect(",")
		second := p.term()
		p.expect(")")
		return expr.CallTerm("list_append", first, second)
	case t.kind == word && p.peekAt(1).is("("):
		p.at++
		p.note("Unrecognized function: %s at %s", lower(t), p.position(t))
		p.skipCall()
		return expr.OperandTerm(expr.ValueOperand(value.Null()))
	}
	return expr.OperandTerm(p.simple())
}

// simple reads a literal or a path.
func (p *parser) simple() *expr.Operand {
	if v, ok := p.literal(); ok {
		return expr.ValueOperand(v)
	}
	t := p.peek()
	switch {
	case t.kind == end:
		p.fail("Expected value")
	case t.isName():
		return expr.PathOperand(p.path(unexpectedTerm))
	case t.kind == word && operatorWords[upper(t)] && !t.is("NOT"):
		p.fail(unexpectedOperator)
	case t.kind == word && clauseWords[upper(t)]:
		p.fail(unexpectedKeyword)
	case t.is(".") || t.is("+") || t.is("-"):
		p.fail(unexpectedTerm)
	default:
		p.fail("Unexpected value token: %s", p.written(t))
	}
	return expr.ValueOperand(value.Null())
}

// setCall reads set_add or set_delete, which change the set that they assign to
// by the members of another.
func (p *parser) setCall(path expr.Path) *expr.Action {
	call := p.take()
	name, clause := upper(call), "ADD"
	if call.is("set_delete") {
		clause = "DELETE"
	}
	p.expect("(")
	var starts []token
	var args []*expr.Operand
	for ok := !p.accept(")"); ok && p.err == nil; {
		starts = append(starts, p.peek())
		args = append(args, p.simple())
		if ok = p.accept(","); !ok {
			p.expect(")")
		}
	}
	if t := p.peek(); t.is("+") || t.is("-") {
		p.note("Unrecognized function: %s at %s", lower(call), p.position(call))
		p.at++
		p.simple()
	}
	if len(args) != 2 {
		p.noteOperand("%s must have exactly two arguments at %s", name, p.position(call))
		return expr.NewAction("REMOVE", path, nil)
	}
	first, isPath := args[0].Path()
	members, _ := args[1].Value()
	switch {
	case !isPath || first.String() != path.String():
		p.noteOperand("The first argument to %s must equal the assignment value at %s", name, p.position(call))
	case !members.IsSet() && members.Type() != value.None:
		p.noteOperand("The second argument to %s must be a value with type SET at %s", name, p.position(starts[0]))
	}
	return expr.NewAction(clause, path, expr.OperandTerm(expr.ValueOperand(members)))
}
