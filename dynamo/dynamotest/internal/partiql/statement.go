package partiql

import (
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// A Kind is what a statement does.
type Kind int

// The kinds of statements. Exists is a condition of a transaction.
const (
	Select Kind = iota
	Insert
	Update
	Delete
	Exists
)

// A Statement is a parsed statement. Its parameters are filled in.
type Statement struct {
	Kind Kind
	// Table and Index say what it is about; Index is empty for the table.
	Table, Index string
	// Columns are the paths that Select returns, nil for whole items.
	Columns []expr.Path
	Order   []OrderTerm
	// Item is what Insert stores.
	Item value.Item
	// Update is what Update does.
	Update *expr.Update
	// Where is nil for a statement without a condition.
	Where *expr.Condition
	// Returning is ALL OLD, ALL NEW, MODIFIED OLD, MODIFIED NEW or empty.
	Returning string
}

// Reads tells that the statement changes nothing.
func (s *Statement) Reads() bool { return s.Kind == Select }

// An OrderTerm is an attribute of ORDER BY.
type OrderTerm struct {
	Path       expr.Path
	Descending bool
	// rejection is the complaint about anything else than an attribute.
	rejection string
}

// Name returns the attribute, or the complaint about a term that is none.
func (o OrderTerm) Name() (string, error) {
	if o.rejection != "" {
		return "", refusal.Invalid("%s", o.rejection)
	}
	return o.Path.Top(), nil
}

// Parse parses a statement with its parameters. With exists, the statement may be
// EXISTS, as in a transaction that writes.
func Parse(source string, parameters []value.Value, exists bool) (*Statement, error) {
	tokens, err := lex(source)
	if err != nil {
		return nil, err
	}
	p := &parser{source: []rune(source), tokens: tokens, parameters: parameters}
	s := p.statement(exists)
	p.finish()
	switch {
	case p.err != nil:
		return nil, p.err
	case p.complaints.first() != nil:
		return nil, p.complaints.first()
	case p.used > len(parameters):
		return nil, refusal.Invalid(parametersText)
	}
	return s, nil
}

func (p *parser) statement(exists bool) *Statement {
	next := p.peekAt(1)
	switch first := p.peek(); {
	case first.kind == end:
		p.fail("Empty statement")
	case p.accept("SELECT"):
		if next.kind == end {
			p.fail(unexpectedTerm)
		}
		return p.selection()
	case p.accept("INSERT"):
		if !next.is("INTO") {
			p.fail(unexpectedKeyword)
		}
		return p.insertion()
	case p.accept("UPDATE"):
		if next.kind != word && next.kind != quoted {
			p.fail(noSimplePath)
		}
		return p.update()
	case p.accept("DELETE"):
		if !next.is("FROM") {
			p.fail("Expected FROM after DELETE")
		}
		return p.deletion()
	case first.is("FROM") && next.isName():
		p.at++
		return p.updateFromFirst()
	case exists && first.is("EXISTS") && next.is("(") && p.peekAt(2).is("SELECT"):
		p.at += 3
		s := p.selection()
		s.Kind = Exists
		p.expect(")")
		return s
	default:
		p.noStatement()
	}
	return &Statement{}
}

// finish refuses what follows a statement.
func (p *parser) finish() {
	switch {
	case p.peek().kind == end:
	case p.accept(";"):
		if p.peek().kind != end {
			p.fail("Unexpected token after semicolon. (Only one query is allowed.)")
		}
	default:
		p.fail(unexpectedToken)
	}
}

func (p *parser) selection() *Statement {
	s := &Statement{Kind: Select, Columns: p.columns()}
	p.expect("FROM")
	switch t := p.peek(); {
	case t.kind == end || t.is(";"):
		p.fail(unexpectedTerm)
	case t.kind == word && !t.isName() && !operatorWords[upper(t)]:
		p.fail(unexpectedKeyword)
	}
	p.target(s)
	p.noAlias()
	s.Where = p.where()
	if p.accept("ORDER") {
		s.Order = p.order()
	}
	return s
}

// columns reads what Select returns.
func (p *parser) columns() []expr.Path {
	switch t := p.peek(); {
	case t.is("FROM"):
		p.fail("Expected identifier or an expression but found unexpected keyword 'from' in a select list.")
	case p.accept("*"):
		return nil
	}
	var out []expr.Path
	for p.err == nil {
		if t := p.peek(); t.kind == word && p.peekAt(1).is("(") {
			p.stop(refusal.Invalid("%s", "Unexpected path component at "+p.position(t)))
		}
		out = append(out, p.path("Expected projection attribute name"))
		if !p.accept(",") {
			break
		}
	}
	return out
}

func (p *parser) order() []OrderTerm {
	p.expect("BY")
	var out []OrderTerm
	rejected := false
	for p.err == nil {
		first, o := p.peek(), OrderTerm{}
		if first.is("ASC") || first.is("DESC") {
			p.fail("Expected attribute path in ORDER BY but got '%s'", first.text)
		}
		found := ""
		switch {
		case first.kind == text:
			found = first.text
		case p.peekAt(1).is(".") || p.peekAt(1).is("["):
			found = "PATH"
		}
		if found != "" && !rejected {
			rejected = true
			o.rejection = "Argument to ORDER BY must be of type VariableReference. Type: " + found + " at " + p.position(first)
		}
		o.Path = p.path("Expected attribute path in ORDER BY")
		if o.Descending = p.accept("DESC"); !o.Descending {
			p.accept("ASC")
		}
		p.nulls()
		out = append(out, o)
		if !p.accept(",") {
			break
		}
	}
	return out
}

// nulls reads NULLS FIRST or LAST, which mean nothing for keys.
func (p *parser) nulls() {
	if !p.accept("NULLS") || p.accept("FIRST") || p.accept("LAST") {
		return
	}
	if t := p.peek(); t.kind != end {
		p.fail("Expected FIRST or LAST after NULLS but got '%s'", t.text)
	}
	p.fail("Expected FIRST or LAST after NULLS")
}

func (p *parser) insertion() *Statement {
	s := &Statement{Kind: Insert}
	p.expect("INTO")
	if p.peek().kind == end {
		p.fail(noSimplePath)
	}
	at := p.peek()
	p.target(s)
	if s.Index != "" {
		p.stop(refusal.Invalid("%s", "FROM clause may only contain a single table name in data manipulation statements at "+p.position(at)))
	}
	if t := p.peek(); isAlias(t) && (t.is("AS") || p.peekAt(1).is("VALUE")) {
		p.fail(unexpectedToken)
	}
	p.expect("VALUE")
	p.clause = inValue
	s.Item = p.item(true)
	return s
}

func (p *parser) update() *Statement {
	s := &Statement{Kind: Update}
	p.target(s)
	p.noAlias()
	s.Update = p.changes()
	if len(s.Update.Paths()) == 0 {
		p.fail("UPDATE requires at least one SET or REMOVE clause")
	}
	s.Where = p.where()
	s.Returning = p.returning()
	return s
}

// updateFromFirst reads an update that starts with FROM.
func (p *parser) updateFromFirst() *Statement {
	s := &Statement{Kind: Update}
	p.target(s)
	p.noAlias()
	changes := func(t token) bool { return t.is("SET") || t.is("REMOVE") }
	if p.peek().is("WHERE") && changes(p.peekAt(1)) {
		p.fail(noManipulation)
	}
	s.Where = p.where()
	if !changes(p.peek()) {
		p.fail(noManipulation)
	}
	s.Update = p.changes()
	s.Returning = p.returning()
	return s
}

func (p *parser) deletion() *Statement {
	s := &Statement{Kind: Delete}
	p.expect("FROM")
	if !p.peek().isName() {
		p.fail(noSimplePath)
	}
	p.target(s)
	p.noAlias()
	s.Where = p.where()
	s.Returning = p.returning()
	return s
}

func (p *parser) returning() string {
	if !p.accept("RETURNING") {
		return ""
	}
	first, second, star := p.take(), p.take(), p.take()
	switch {
	case second.kind == end:
		p.fail("Expected returning variant after RETURNING")
	case star.kind == end:
		p.fail("Expected '*' in RETURNING clause")
	case !star.is("*") || p.peek().kind != end && !p.peek().is(";"):
		p.fail("Malformed RETURNING clause; expected RETURNING <ALL|MODIFIED> <OLD|NEW> *")
	}
	variant := upper(first) + " " + upper(second)
	switch variant {
	case "ALL OLD", "ALL NEW", "MODIFIED OLD", "MODIFIED NEW":
	default:
		p.fail("Unsupported RETURNING clause: RETURNING %s *", variant)
	}
	return variant
}
