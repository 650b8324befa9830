package expr

import (
	"cmp"
	"errors"
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/number"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// What an update says of an item that does not fit it.
const (
	pathText    = "The document path provided in the update expression is invalid for update"
	missingText = "The provided expression refers to an attribute that does not exist in the item"
	operandText = "An operand in the update expression has an incorrect data type"
)

// Apply returns the item after the update. All reads see the item as it was.
func (u *Update) Apply(item value.Item) (value.Item, error) {
	if err := u.checkStored(item); err != nil {
		return nil, err
	}
	writes, err := u.evaluate(item)
	var wrong *number.Error
	switch {
	case errors.As(err, &wrong) && u.misplaced(item):
		// A number is judged when it is stored, which takes a place to store it.
		return nil, refusal.Invalid(pathText)
	case wrong != nil:
		return nil, refusal.Invalid(wrong.Error())
	case err != nil:
		return nil, err
	}
	// Writes go in path order, so that appends to one list land in the order
	// of their indexes; removals go last and from the highest index down, so
	// that none moves an element which another one names.
	slices.SortStableFunc(writes, func(a, b write) int { return a.path.compare(b.path) })
	out := item
	for _, w := range writes {
		if w.value.Type() == value.None {
			continue
		}
		if out, err = set(out, w.path, w.value); err != nil {
			return nil, err
		}
	}
	for _, w := range slices.Backward(writes) {
		if w.value.Type() == value.None {
			out = remove(out, w.path)
		}
	}
	return out, nil
}

// A write is a path's new value, or its removal when the value is none.
type write struct {
	path  Path
	value value.Value
}

// checkStored refuses ADD and DELETE to what does not fit their operand, before
// anything else is looked at.
func (u *Update) checkStored(item value.Item) error {
	for _, a := range u.actions {
		if a.late || a.clause != "ADD" && a.clause != "DELETE" {
			continue
		}
		if err := a.checkStored(item); err != nil {
			return err
		}
	}
	return nil
}

func (a *action) checkStored(item value.Item) error {
	if old, ok := a.path.Lookup(item); ok && old.Type() != a.value.leaf.value.Type() {
		return refusal.Invalid(operandText)
	}
	return nil
}

// misplaced tells whether a SET has a path that leads nowhere in the item.
func (u *Update) misplaced(item value.Item) bool {
	return slices.ContainsFunc(u.actions, func(a *action) bool { return a.clause == "SET" && !hasParent(item, a.path) })
}

// evaluate returns the writes of all actions. A sum that is no number is a
// *number.Error, any other error a refusal, which counts for more.
func (u *Update) evaluate(item value.Item) ([]write, error) {
	writes := make([]write, 0, len(u.actions))
	var noNumber error
	for _, a := range u.actions {
		w, ok, err := a.evaluate(item)
		var wrong *number.Error
		switch {
		case errors.As(err, &wrong):
			noNumber = cmp.Or(noNumber, err)
		case err != nil:
			return nil, err
		case ok:
			writes = append(writes, w)
		}
	}
	return writes, noNumber
}

// evaluate returns the action's write; it tells false when there is nothing to
// write.
func (a *action) evaluate(item value.Item) (w write, ok bool, err error) {
	w.path = a.path
	if a.clause == "SET" {
		w.value, err = a.value.eval(item)
		return w, true, err
	}
	if !hasParent(item, a.path) && (!a.late || a.clause != "ADD") {
		return w, false, refusal.Invalid(pathText)
	}
	if a.late && a.clause != "REMOVE" {
		if err := a.checkStored(item); err != nil {
			return w, false, err
		}
	}
	old, exists := a.path.Lookup(item)
	switch a.clause {
	case "ADD":
		w.value, err = add(old, a.value.leaf.value)
		return w, true, err
	case "DELETE":
		if !exists {
			return w, false, nil
		}
		w.value = subtract(old, a.value.leaf.value)
		return w, true, nil
	}
	return w, exists, nil
}

// add returns the sum or union of what is stored and v.
func add(old, v value.Value) (value.Value, error) {
	switch {
	case old.Type() == value.None:
		return v, nil
	case v.Type() == value.N:
		sum, err := old.Decimal().Add(v.Decimal())
		if err != nil {
			return value.Value{}, err
		}
		return value.Number(sum), nil
	}
	return old.Union(v), nil
}

// subtract returns the set without v's members, no value when none are left.
func subtract(old, v value.Value) value.Value {
	rest := slices.DeleteFunc(slices.Clone(old.List()), v.Contains)
	if len(rest) == 0 {
		return value.Value{}
	}
	return value.Set(old.Type(), rest)
}

func (t *term) eval(item value.Item) (value.Value, error) {
	switch t.op {
	case "":
		if t.leaf.isValue() {
			return t.leaf.value, nil
		}
		v, ok := t.leaf.path.Lookup(item)
		if !ok {
			return value.Value{}, refusal.Invalid(missingText)
		}
		return v, nil
	case "(":
		return t.terms[0].eval(item)
	case "if_not_exists":
		if v, ok := t.terms[0].leaf.path.Lookup(item); ok {
			return v, nil
		}
		return t.terms[1].eval(item)
	}
	a, err := t.terms[0].eval(item)
	if err != nil {
		return value.Value{}, err
	}
	b, err := t.terms[1].eval(item)
	if err != nil {
		return value.Value{}, err
	}
	return combine(t.op, a, b)
}

// combine applies + - or list_append.
func combine(op string, a, b value.Value) (value.Value, error) {
	if op == "list_append" {
		if a.Type() != value.L || b.Type() != value.L {
			return value.Value{}, refusal.Invalid(operandText)
		}
		return value.List(slices.Concat(a.List(), b.List())), nil
	}
	if a.Type() != value.N || b.Type() != value.N {
		return value.Value{}, refusal.Invalid(operandText)
	}
	sum, err := a.Decimal().Add(b.Decimal())
	if op == "-" {
		sum, err = a.Decimal().Sub(b.Decimal())
	}
	if err != nil {
		return value.Value{}, err
	}
	return value.Number(sum), nil
}

// hasParent tells that the path's last step can be taken: what is above it
// exists and is a map for a name and a list for an index.
func hasParent(item value.Item, path Path) bool {
	if len(path) == 1 {
		return true
	}
	parent, ok := path[:len(path)-1].Lookup(item)
	want := value.M
	if path[len(path)-1].isIndex() {
		want = value.L
	}
	return ok && parent.Type() == want
}

// set returns the item with v at the path. An index past the end of a list
// appends.
func set(item value.Item, path Path, v value.Value) (value.Item, error) {
	if !hasParent(item, path) {
		return nil, refusal.Invalid(pathText)
	}
	if len(path) == 1 {
		return item.With(path.Top(), v), nil
	}
	top, _ := item.Get(path.Top())
	return item.With(path.Top(), setIn(top, path[1:], v)), nil
}

func setIn(parent value.Value, path Path, v value.Value) value.Value {
	step := path[0]
	if len(path) > 1 {
		kid, _ := step.of(parent)
		v = setIn(kid, path[1:], v)
	}
	if !step.isIndex() {
		return value.Map(parent.Map().With(step.Name, v))
	}
	list := slices.Clone(parent.List())
	if step.Index < len(list) {
		list[step.Index] = v
	} else {
		list = append(list, v)
	}
	return value.List(list)
}

// remove returns the item without what is at the path.
func remove(item value.Item, path Path) value.Item {
	if len(path) == 1 {
		return item.Without(path.Top())
	}
	top, ok := item.Get(path.Top())
	if !ok {
		return item
	}
	return item.With(path.Top(), removeIn(top, path[1:]))
}

func removeIn(parent value.Value, path Path) value.Value {
	step := path[0]
	kid, ok := step.of(parent)
	switch {
	case !ok:
		return parent
	case len(path) > 1 && step.isIndex():
		list := slices.Clone(parent.List())
		list[step.Index] = removeIn(kid, path[1:])
		return value.List(list)
	case len(path) > 1:
		return value.Map(parent.Map().With(step.Name, removeIn(kid, path[1:])))
	case step.isIndex():
		return value.List(slices.Delete(slices.Clone(parent.List()), step.Index, step.Index+1))
	}
	return value.Map(parent.Map().Without(step.Name))
}
