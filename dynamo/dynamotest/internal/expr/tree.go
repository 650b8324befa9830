package expr

import (
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// What follows builds and takes apart conditions and updates without a text of
// the expression language, for PartiQL, which has a grammar of its own and the
// same meaning.

// An Operand is what a condition tests: a path, a value, or what a function
// makes of operands.
type Operand = operand

// PathOperand is the value that the path leads to.
func PathOperand(p Path) *Operand { return &operand{path: p} }

// ValueOperand is a value that the statement names.
func ValueOperand(v value.Value) *Operand { return &operand{ref: ":", value: v} }

// CallOperand is what the function returns: size a number, any other a boolean.
func CallOperand(function string, args ...*Operand) *Operand {
	return &operand{function: function, args: args}
}

// Path returns the path that o is, and whether it is one.
func (o *operand) Path() (Path, bool) { return o.path, o.isPath() }

// Value returns the value that o is, and whether it is one.
func (o *operand) Value() (value.Value, bool) { return o.value, o.isValue() }

// Call returns the function and the arguments of a call.
func (o *operand) Call() (function string, args []*Operand) { return o.function, o.args }

// NewTest is a comparison, BETWEEN, IN or function of operands.
func NewTest(op string, args ...*Operand) *Condition { return &Condition{op: op, args: args} }

// NewLogic joins conditions by AND or OR, or negates one by NOT.
func NewLogic(op string, kids ...*Condition) *Condition { return &Condition{op: op, kids: kids} }

// Op returns AND, OR, NOT, a comparator, BETWEEN, IN or a function's name.
func (c *Condition) Op() string { return c.op }

// Kids returns what AND, OR and NOT are about.
func (c *Condition) Kids() []*Condition { return c.kids }

// Args returns the operands of anything else.
func (c *Condition) Args() []*Operand { return c.args }

// An Action writes to one path of an item.
type Action = action

// A Term is what an action assigns.
type Term = term

// OperandTerm assigns the operand.
func OperandTerm(o *Operand) *Term { return &term{leaf: *o} }

// CallTerm assigns what +, - or list_append makes of two terms.
func CallTerm(op string, a, b *Term) *Term { return &term{op: op, terms: []*term{a, b}} }

// NewAction is SET with a term, ADD or DELETE with a value, or REMOVE with
// nothing.
func NewAction(clause string, path Path, t *Term) *Action {
	return &action{clause: clause, path: path, value: t, late: true}
}

// NewUpdate is an update of those actions.
func NewUpdate(actions ...*Action) *Update { return &Update{actions: actions} }

// CheckTerms refuses values that their operator or function cannot take.
func (u *Update) CheckTerms() error {
	if err := u.checkSet(); err != nil {
		return refusal.Invalid("%s", err.Error())
	}
	return nil
}

// CheckPaths refuses an update with two paths that clash. The later one is named
// first.
func (u *Update) CheckPaths() error {
	paths := u.Paths()
	slices.Reverse(paths)
	if text := checkClashes(paths); text != "" {
		return refusal.Invalid("%s", text)
	}
	return nil
}

// ProjectPaths is the projection to exactly those paths, which must not clash.
func ProjectPaths(paths []Path) Projection {
	out := slices.Clone(paths)
	slices.SortFunc(out, Path.compare)
	return out
}
