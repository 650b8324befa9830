package expr

import (
	"cmp"
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// An Update is a parsed update expression.
type Update struct {
	actions []*action
}

// An action writes to one path.
type action struct {
	clause string // SET REMOVE ADD DELETE
	raw    rawPath
	path   Path
	value  *term // nil for REMOVE
	// late tells that what is stored is looked at in the order of the actions.
	late bool
}

// A term is what SET assigns: an operand, a function or a sum.
type term struct {
	op    string // empty for an operand, + or -, a function, or ( for a group
	terms []*term
	leaf  operand
}

// ParseUpdate parses an update expression and looks its names and values up.
func ParseUpdate(source string, params *Params) (*Update, error) {
	u, err := parseUpdate(source)
	if err == nil {
		err = u.bind(params)
	}
	if err != nil {
		return nil, refuse("UpdateExpression", err)
	}
	return u, nil
}

var clauses = []string{"SET", "REMOVE", "ADD", "DELETE"}

func parseUpdate(source string) (*Update, error) {
	p, err := newParser(source)
	if err != nil {
		return nil, err
	}
	p.keywords = clauses
	u := &Update{}
	var seen []string
	repeated := ""
	for p.err == nil && (p.peek().kind != end || len(seen) == 0) {
		clause := upper(p.peek())
		if !slices.Contains(clauses, clause) {
			p.unexpected()
			break
		}
		if repeated == "" && slices.Contains(seen, clause) {
			repeated = clause
		}
		seen = append(seen, clause)
		p.at++
		u.actions = append(u.actions, p.action(clause))
		for p.accept(",") {
			u.actions = append(u.actions, p.action(clause))
		}
	}
	if err := cmp.Or(p.finish(), p.checkReserved(), u.checkFunctions()); err != nil {
		return nil, err
	}
	if repeated != "" {
		return nil, complain("The \"%s\" section can only be used once in an update expression;", repeated)
	}
	return u, nil
}

// checkFunctions refuses unknown functions.
func (u *Update) checkFunctions() error {
	for _, a := range u.actions {
		if a.value == nil {
			continue
		}
		if err := a.value.checkFunction(); err != nil {
			return err
		}
	}
	return nil
}

func (t *term) checkFunction() error {
	for _, kid := range t.terms {
		if err := kid.checkFunction(); err != nil {
			return err
		}
	}
	if t.op != "" && isLetter(t.op[0]) && t.op != "if_not_exists" && t.op != "list_append" {
		return complain("Invalid function name; function: %s", t.op)
	}
	return nil
}

func (p *parser) action(clause string) *action {
	a := &action{clause: clause, raw: p.path()}
	p.operators++
	switch clause {
	case "SET":
		p.expect("=")
		a.value = p.term()
	case "ADD", "DELETE":
		a.value = &term{leaf: operand{ref: p.take(param).text}}
	}
	return a
}

// term reads an operand, or the sum or difference of two.
func (p *parser) term() *term {
	left := p.factor()
	for _, op := range []string{"+", "-"} {
		if p.accept(op) {
			p.operators++
			return &term{op: op, terms: []*term{left, p.factor()}}
		}
	}
	return left
}

func (p *parser) factor() *term {
	t := p.peek()
	switch {
	case p.err != nil:
		return &term{}
	case p.accept("("):
		group := &term{op: "(", terms: []*term{p.term()}}
		p.expect(")")
		return group
	case t.kind == param:
		p.at++
		return &term{leaf: operand{ref: t.text}}
	case t.kind == word && p.peekAt(1).text == "(":
		return p.call(t.text)
	}
	return &term{leaf: operand{raw: p.path()}}
}

func (p *parser) call(function string) *term {
	p.at += 2
	p.operators++
	c := &term{op: function, terms: []*term{p.term()}}
	for p.accept(",") {
		c.terms = append(c.terms, p.term())
	}
	p.expect(")")
	return c
}

// bind looks names and values up in the order of the clauses, not of the text,
// and checks what can be checked without an item.
func (u *Update) bind(params *Params) error {
	slices.SortStableFunc(u.actions, func(a, b *action) int {
		return slices.Index(clauses, a.clause) - slices.Index(clauses, b.clause)
	})
	for _, a := range u.actions {
		if err := a.bind(params); err != nil {
			return err
		}
	}
	if text := checkClashes(u.Paths()); text != "" {
		return complaint(text)
	}
	for _, a := range u.actions {
		if err := a.checkValue(); err != nil {
			return err
		}
	}
	return u.checkSet()
}

// checkSet checks the operands of what SET assigns.
func (u *Update) checkSet() error {
	for _, a := range u.actions {
		if a.clause != "SET" {
			continue
		}
		if err := a.value.check(); err != nil {
			return err
		}
	}
	return nil
}

func (a *action) bind(params *Params) (err error) {
	if a.path, err = a.raw.resolve(params); err != nil || a.value == nil {
		return err
	}
	return a.value.bind(params)
}

// checkValue refuses a value that ADD or DELETE cannot take.
func (a *action) checkValue() error {
	if a.value == nil {
		return nil
	}
	if v := a.value.leaf.value; a.clause == "ADD" && v.Type() != value.N && !v.IsSet() ||
		a.clause == "DELETE" && !v.IsSet() {
		return complain("Incorrect operand type for operator or function; operator: %s, operand type: %s, typeSet: ALLOWED_FOR_ADD_OPERAND",
			a.clause, longName(v.Type()))
	}
	return nil
}

// longName is how the complaints about ADD and DELETE name a type.
func longName(t value.Type) string {
	switch t {
	case value.S:
		return "STRING"
	case value.N:
		return "NUMBER"
	case value.B:
		return "Binary"
	case value.L:
		return "LIST"
	case value.M:
		return "MAP"
	}
	return t.String()
}

func (t *term) bind(params *Params) (err error) {
	for _, kid := range t.terms {
		if err := kid.bind(params); err != nil {
			return err
		}
	}
	switch {
	case t.op != "":
	case t.leaf.isValue():
		t.leaf.value, err = params.value(t.leaf.ref)
	default:
		t.leaf.path, err = t.leaf.raw.resolve(params)
	}
	return err
}

// check refuses operands that their operator or function cannot take.
func (t *term) check() error {
	for _, kid := range t.terms {
		if err := kid.check(); err != nil {
			return err
		}
	}
	want := value.None
	switch t.op {
	case "+", "-":
		want = value.N
	case "list_append":
		want = value.L
	case "if_not_exists":
	default:
		return nil
	}
	if len(t.terms) != 2 {
		return complain("Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d", t.op, len(t.terms))
	}
	if t.op == "if_not_exists" && (t.terms[0].op != "" || t.terms[0].leaf.isValue()) {
		return complain("Operator or function requires a document path; operator or function: if_not_exists")
	}
	for _, kid := range t.terms {
		if v := kid.leaf.value; want != value.None && kid.op == "" && kid.leaf.isValue() && v.Type() != want {
			return operandType(t.op, v.Type())
		}
	}
	return nil
}

// Paths returns the paths that the update writes to.
func (u *Update) Paths() []Path {
	out := make([]Path, len(u.actions))
	for i, a := range u.actions {
		out[i] = a.path
	}
	return out
}
