package partiql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// A parser reads the tokens of a statement. After its first error it finds
// nothing but the end.
type parser struct {
	source     []rune
	tokens     []token
	at         int
	parameters []value.Value
	used       int // parameters
	operators  int // of the condition
	clause     clause
	complaints complaints
	// inside leads to the part of a literal that is being read, as complaints
	// write it.
	inside []string
	err    error
}

func (p *parser) peek() token { return p.peekAt(0) }

func (p *parser) peekAt(ahead int) token {
	if i := p.at + ahead; p.err == nil && i < len(p.tokens) {
		return p.tokens[i]
	}
	return token{}
}

func (p *parser) take() token {
	t := p.peek()
	p.at++
	return t
}

// accept takes the next token if it is the keyword or symbol.
func (p *parser) accept(what string) bool {
	if !p.peek().is(what) {
		return false
	}
	p.at++
	return true
}

func (p *parser) expect(what string) {
	if p.accept(what) {
		return
	}
	if t := p.peek(); t.kind != end {
		p.fail("Expected '%s' but got '%s'", what, p.written(t))
	}
	p.fail("Expected '%s'", what)
}

// written returns the token as it was written.
func (p *parser) written(t token) string {
	if t.kind == text || t.kind == quoted || t.kind == ion {
		return string(p.source[t.start : t.start+t.length])
	}
	return t.text
}

func upper(t token) string { return strings.ToUpper(t.text) }

// position returns the line, column and length of a token.
func (p *parser) position(t token) string {
	line, column := 1, 1
	for _, c := range p.source[:t.start] {
		if column++; c == '\n' {
			line, column = line+1, 1
		}
	}
	return fmt.Sprintf("%d:%d:%d", line, column, t.length)
}

// target reads the name of a table, and of an index if there is one.
func (p *parser) target(s *Statement) {
	component := func(missing string) string {
		t := p.take()
		switch {
		case t.kind == end:
			p.fail("%s", missing)
		case t.text == "":
			p.stop(refusal.Invalid(emptyComponent))
		}
		return t.text
	}
	s.Table = component("Expected table name")
	if !p.accept(".") {
		return
	}
	s.Index = component("Expected index name after '.'")
	if p.peek().is(".") {
		p.stop(refusal.Invalid("A path may contain at most 2 components in the FROM clause"))
	}
}

func isAlias(t token) bool { return t.kind == word && (t.is("AS") || !notAliases[upper(t)]) }

func (p *parser) noAlias() {
	if isAlias(p.peek()) {
		p.stop(refusal.Invalid("Aliasing is not supported"))
	}
}

// path reads a document path; missing is the complaint when there is nothing.
func (p *parser) path(missing string) expr.Path {
	first := p.take()
	switch first.kind {
	case end:
		p.fail("%s", missing)
	case symbol:
		p.fail(unexpectedTerm)
	}
	path := expr.Path{{Name: first.text}}
	for p.err == nil {
		switch {
		case p.accept("."):
			t := p.take()
			if t.kind == word && notComponents[upper(t)] || t.kind != word && t.kind != quoted {
				p.fail("Invalid path dot component")
			}
			path = append(path, expr.Step{Name: t.text})
		case p.accept("["):
			path = append(path, p.index())
		default:
			return path
		}
	}
	return path
}

func (p *parser) index() expr.Step {
	t := p.take()
	n, err := strconv.Atoi(t.text)
	switch {
	case t.kind == end:
		p.fail("Expected index in '[]'")
	case t.kind != digits || err != nil:
		p.fail(unexpectedTerm)
	case p.peek().kind == end:
		p.fail("Expected ']'")
	}
	p.expect("]")
	return expr.Step{Index: n}
}

// parameter takes the next parameter's value, no value when there are too few.
func (p *parser) parameter() value.Value {
	p.used++
	if p.used > len(p.parameters) {
		return value.Value{}
	}
	return p.parameters[p.used-1]
}

// skipCall passes over the arguments of a function that is refused.
func (p *parser) skipCall() {
	p.expect("(")
	for open := 1; open > 0 && p.err == nil; {
		switch t := p.take(); {
		case t.kind == end:
			p.fail("Expected ')'")
		case t.is("("):
			open++
		case t.is(")"):
			open--
		case t.is("?"):
			p.used++
		}
	}
}

// noStatement refuses an expression or anything else that is no statement.
func (p *parser) noStatement() {
	t := p.take()
	name := ""
	switch {
	case t.is("EXISTS") && p.peek().is("("):
		p.stop(refusal.Invalid("EXISTS can only be used in ExecuteTransaction write requests."))
	case t.is("TRUE") || t.is("FALSE") || t.is("NULL") || t.kind == digits || t.kind == text:
		name = "Lit"
	case t.is("MISSING"):
		name = "Missing"
	case t.is("?"):
		name = "Parameter"
	case t.isName():
		name = "Id"
	case t.is("FROM"):
		p.fail(unexpectedTerm)
	case t.kind == word && operatorWords[upper(t)], strings.Contains("= <> < <= > >=", t.text):
		p.fail(unexpectedOperator)
	case t.kind == word:
		p.fail(unexpectedKeyword)
	default:
		p.fail(unexpectedTerm)
	}
	p.finish()
	p.stop(refusal.Invalid("Unsupported operation: %s", name))
}
