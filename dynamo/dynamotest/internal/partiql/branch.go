package partiql

import (
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// A Branch is one way of meeting a condition, as far as the key is concerned:
// the conditions on its attributes that all have to hold.
type Branch struct {
	// Hash and Sort are the conditions on the partition and the sort key, each
	// of them once. An IN is an equality with several values.
	Hash, Sort []expr.KeyClause
	// Loose tells of a condition on the sort key that no range of keys meets,
	// such as <>.
	Loose bool
	// Repeats tells of an IN that lists a value twice.
	Repeats bool
}

// maxBranches bounds how many branches a condition may have; one with more is
// looked at as if it said nothing about keys.
const maxBranches = 256

// Branches returns the ways of meeting the condition. Alternatives that say
// nothing about keys are one, unless all is set. It tells false when there is no
// condition, or too many ways.
func Branches(where *expr.Condition, hash, sort string, all bool) ([]Branch, bool) {
	if where == nil {
		return nil, false
	}
	b := brancher{hash: hash, sort: sort, all: all}
	out := b.branches(where, false)
	return out, !b.tooMany
}

type brancher struct {
	hash, sort   string // the key's attributes; sort may be empty
	all, tooMany bool
}

// branches returns the branches of the condition, or of its opposite.
func (b *brancher) branches(c *expr.Condition, negated bool) []Branch {
	switch op := c.Op(); {
	case op == "NOT":
		return b.branches(c.Kids()[0], !negated)
	case op == "OR" && !negated, op == "AND" && negated:
		if !b.all && !b.mentionsKey(c) {
			return []Branch{{}}
		}
		var out []Branch
		for _, k := range c.Kids() {
			out = append(out, b.branches(k, negated)...)
		}
		return b.bounded(out)
	case op == "AND", op == "OR":
		out := []Branch{{}}
		for _, k := range c.Kids() {
			out = b.product(out, b.branches(k, negated))
		}
		return out
	}
	return []Branch{b.leaf(c, negated)}
}

func (b *brancher) bounded(out []Branch) []Branch {
	if len(out) > maxBranches {
		b.tooMany = true
		return out[:1]
	}
	return out
}

func (b *brancher) product(left, right []Branch) []Branch {
	if len(left)*len(right) > maxBranches {
		b.tooMany = true
		return left[:1]
	}
	var out []Branch
	for _, l := range left {
		for _, r := range right {
			out = append(out, Branch{
				Hash:    distinct(slices.Concat(l.Hash, r.Hash)),
				Sort:    distinct(slices.Concat(l.Sort, r.Sort)),
				Loose:   l.Loose || r.Loose,
				Repeats: l.Repeats || r.Repeats,
			})
		}
	}
	return out
}

// distinct returns the clauses without repeats.
func distinct(clauses []expr.KeyClause) []expr.KeyClause {
	var out []expr.KeyClause
	for _, c := range clauses {
		if !slices.ContainsFunc(out, func(o expr.KeyClause) bool { return sameClause(o, c) }) {
			out = append(out, c)
		}
	}
	return out
}

func sameClause(a, b expr.KeyClause) bool {
	if a.Op != b.Op || len(a.Values) != len(b.Values) {
		return false
	}
	if a.Op != "=" {
		return slices.EqualFunc(a.Values, b.Values, value.Value.Equal)
	}
	for _, v := range a.Values {
		if !slices.ContainsFunc(b.Values, v.Equal) {
			return false
		}
	}
	return true
}

func (b *brancher) mentionsKey(c *expr.Condition) bool {
	if slices.ContainsFunc(c.Kids(), b.mentionsKey) {
		return true
	}
	path, ok := testedPath(c)
	return ok && (path.Top() == b.hash || path.Top() == b.sort)
}

// testedPath returns the path that a condition compares with values, if that is
// what it does.
func testedPath(c *expr.Condition) (path expr.Path, ok bool) {
	for i, a := range operands(c) {
		_, isValue := a.Value()
		if i == 0 {
			path, ok = a.Path()
		} else {
			ok = ok && isValue
		}
	}
	return path, ok
}

// operands returns the operands of a test, the path of a comparison first.
func operands(c *expr.Condition) []*expr.Operand {
	args := slices.Clone(c.Args())
	if mirrored[c.Op()] == "" || len(args) != 2 {
		return args
	}
	if _, isValue := args[0].Value(); isValue {
		slices.Reverse(args)
	}
	return args
}

func (b *brancher) leaf(c *expr.Condition, negated bool) Branch {
	k, ok := Clause(c)
	repeats := c.Op() == "IN" && len(k.Values) < len(c.Args())-1
	switch {
	case !ok:
	case k.Name == b.hash && k.Op == "=" && !negated:
		return Branch{Hash: []expr.KeyClause{k}, Repeats: repeats}
	case k.Name != b.sort || b.sort == "":
	case negated || !slices.Contains(rangeOps, k.Op):
		return Branch{Loose: true}
	default:
		return Branch{Sort: []expr.KeyClause{k}, Repeats: repeats}
	}
	return Branch{}
}

// rangeOps are the conditions that a range of keys meets.
var rangeOps = []string{"=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"}

var mirrored = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// Clause returns the condition as one of an attribute with values, if it is one.
func Clause(c *expr.Condition) (expr.KeyClause, bool) {
	path, ok := testedPath(c)
	if !ok || len(path) != 1 {
		return expr.KeyClause{}, false
	}
	k := expr.KeyClause{Name: path.Top(), Op: c.Op()}
	args := operands(c)
	if args[0] != c.Args()[0] {
		k.Op = mirrored[k.Op]
	}
	for _, a := range args[1:] {
		v, _ := a.Value()
		k.Values = append(k.Values, v)
	}
	if c.Op() == "IN" {
		k.Op = "="
		k.Values = uniqueValues(k.Values)
	}
	return k, true
}

func uniqueValues(values []value.Value) []value.Value {
	var out []value.Value
	for _, v := range values {
		if !slices.ContainsFunc(out, v.Equal) {
			out = append(out, v)
		}
	}
	return out
}

// Equalities returns the values that the condition compares the attribute with
// by = in all cases, that is, outside of any OR and NOT.
func Equalities(where *expr.Condition, name string) []value.Value {
	var out []value.Value
	for _, c := range Conjuncts(where) {
		if k, ok := Clause(c); ok && c.Op() == "=" && k.Name == name {
			out = append(out, k.Values[0])
		}
	}
	return out
}

// Conjuncts returns the conditions that all have to hold.
func Conjuncts(c *expr.Condition) []*expr.Condition {
	if c == nil {
		return nil
	}
	if c.Op() != "AND" {
		return []*expr.Condition{c}
	}
	var out []*expr.Condition
	for _, k := range c.Kids() {
		out = append(out, Conjuncts(k)...)
	}
	return out
}
