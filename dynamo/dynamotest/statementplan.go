package dynamotest

import (
	"slices"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/partiql"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// plan finds the ranges of keys to read. A condition that names the partition key
// with = or IN in all of its alternatives reads those partitions only, any other
// the whole table or index.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
func (x *selection) plan() error {
	k := x.key()
	if err := x.checkOrder(k); err != nil {
		return err
	}
	branches, ok := x.branches(k, len(x.Order) > 0)
	if err := checkBranchTypes(k, branches); err != nil {
		return err
	}
	if err := x.checkOverlap(k); err != nil {
		return err
	}
	pinned := ok && !slices.ContainsFunc(branches, func(b partiql.Branch) bool { return len(b.Hash) != 1 })
	if len(x.Order) > 0 {
		if err := x.planOrder(k, branches, pinned); err != nil {
			return err
		}
	}
	if !pinned {
		x.ranges = []engine.Range{{}}
		return nil
	}
	return x.planPartitions(k, branches)
}

// planPartitions reads what the branches lead to. Unless they are to be ordered,
// partitions come in the order of a scan.
func (x *selection) planPartitions(k engine.Key, branches []partiql.Branch) error {
	ordered := x.ranges != nil
	for _, b := range branches {
		if err := checkBranchSizes(k, b); err != nil {
			return err
		}
		for _, v := range b.Hash[0].Values {
			if !ordered {
				x.ranges = append(x.ranges, stretch(k, v, b))
			}
		}
	}
	if !ordered {
		x.ranges = merged(x.ranges)
	}
	return nil
}

// merged returns the ranges in order, those that overlap as one.
func merged(ranges []engine.Range) []engine.Range {
	slices.SortFunc(ranges, func(a, b engine.Range) int { return strings.Compare(a.From, b.From) })
	var out []engine.Range
	for _, r := range ranges {
		if n := len(out); n > 0 && r.From < out[n-1].To {
			out[n-1].To = max(out[n-1].To, r.To)
			continue
		}
		out = append(out, r)
	}
	return out
}

// stretch returns the keys of a partition that meet the conditions on the sort
// key.
func stretch(k engine.Key, hash value.Value, b partiql.Branch) engine.Range {
	r := keyRange(expr.KeyBounds{Hash: []value.Value{hash}})
	if b.Loose {
		return r
	}
	for _, c := range b.Sort {
		if len(c.Values) > 1 && c.Op == "=" || !hasType(c, k.Sort[0].Type) {
			continue
		}
		s := sortRange(hash, c)
		r.From, r.To = max(r.From, s.From), min(r.To, s.To)
	}
	return r
}

func hasType(c expr.KeyClause, t value.Type) bool {
	return !slices.ContainsFunc(c.Values, func(v value.Value) bool { return v.Type() != t })
}

// sortRange returns the keys of a partition that meet one condition.
func sortRange(hash value.Value, c expr.KeyClause) engine.Range {
	bounds := expr.KeyBounds{Hash: []value.Value{hash}}
	if c.Op == "=" {
		bounds.Equal = c.Values
	} else {
		bounds.Last = &c
	}
	return keyRange(bounds)
}

// points returns the ranges of a branch, one for each value that it names.
func points(k engine.Key, b partiql.Branch) []engine.Range {
	hashes := b.Hash[0].Values
	for _, c := range b.Hash[1:] {
		hashes = slices.DeleteFunc(slices.Clone(hashes), func(v value.Value) bool { return !slices.ContainsFunc(c.Values, v.Equal) })
	}
	var out []engine.Range
	for _, h := range hashes {
		if h.Type() != k.Hash[0].Type {
			continue
		}
		if len(b.Sort) == 0 {
			out = append(out, stretch(k, h, b))
			continue
		}
		c := b.Sort[0]
		if !hasType(c, k.Sort[0].Type) {
			continue
		}
		if c.Op != "=" {
			out = append(out, sortRange(h, c))
			continue
		}
		for _, v := range c.Values {
			out = append(out, sortRange(h, expr.KeyClause{Name: c.Name, Op: "=", Values: []value.Value{v}}))
		}
	}
	return out
}

// checkBranchTypes refuses key values of another type than the key's. It stops
// looking at the first branch that no key can be made of.
func checkBranchTypes(k engine.Key, branches []partiql.Branch) error {
	for _, b := range branches {
		if len(b.Hash) != 1 || len(b.Sort) > 1 {
			return nil
		}
		for _, v := range b.Hash[0].Values {
			if err := keyType(k.Hash[0], v); err != nil {
				return err
			}
		}
		for _, c := range b.Sort {
			for _, v := range c.Values {
				if err := keyType(k.Sort[0], v); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func checkBranchSizes(k engine.Key, b partiql.Branch) error {
	for _, v := range b.Hash[0].Values {
		if err := checkKeySizes(engine.Key{Hash: k.Hash}, value.Item{{Name: k.Hash[0].Name, Value: v}}); err != nil {
			return err
		}
	}
	for _, c := range b.Sort {
		for _, v := range c.Values {
			if err := checkKeySizes(engine.Key{Sort: k.Sort}, value.Item{{Name: k.Sort[0].Name, Value: v}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkOrder checks the terms of ORDER BY.
func (x *selection) checkOrder(k engine.Key) error {
	if len(x.Order) == 0 {
		return nil
	}
	if x.Where == nil {
		return refusal.Invalid("Must have WHERE clause in the statement when using ORDER BY clause.")
	}
	for _, o := range x.Order {
		name, err := o.Name()
		if err != nil {
			return err
		}
		if !k.Has(name) {
			return refusal.Invalid("Attribute %s in ORDER BY clause must be part of the primary key", name)
		}
	}
	return nil
}

// planOrder reads whole partitions in the order asked for. Without a term for the
// sort key that is its descending order.
func (x *selection) planOrder(k engine.Key, branches []partiql.Branch, pinned bool) error {
	if !pinned {
		return refusal.Invalid("Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.")
	}
	var hashes []value.Value
	for _, b := range branches {
		hashes = append(hashes, b.Hash[0].Values...)
	}
	descending, named := x.direction(k.Hash[0].Name)
	if len(hashes) > 1 && !named {
		return refusal.Invalid("Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.")
	}
	slices.SortFunc(hashes, value.Compare)
	hashes = slices.CompactFunc(hashes, value.Value.Equal)
	if descending {
		slices.Reverse(hashes)
	}
	x.back = true
	if len(k.Sort) > 0 {
		down, sorted := x.direction(k.Sort[0].Name)
		x.back = down || !sorted
	}
	whole := partiql.Branch{}
	if len(branches) == 1 {
		whole = branches[0]
	}
	for _, h := range hashes {
		x.ranges = append(x.ranges, stretch(k, h, whole))
	}
	return nil
}

// direction returns how ORDER BY sorts an attribute, and whether it does.
func (x *selection) direction(name string) (descending, named bool) {
	for _, o := range x.Order {
		if o.Path.Top() == name {
			return o.Descending, true
		}
	}
	return false, false
}
