package dynamotest

import (
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/partiql"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// duplicateCode is the code of an INSERT of an item that exists.
const duplicateCode = "DuplicateItemException"

// write carries out a statement that writes, or checks that of EXISTS.
func (s *statement) write(tx *engine.Tx) (effect, error) {
	t, err := lookUp(tx, s.Table)
	if err != nil {
		return effect{}, err
	}
	c, err := s.change(t)
	if err != nil {
		return effect{}, err
	}
	e, err := c.run(tx)
	if err != nil {
		if r, ok := refusal.As(err); ok && s.Kind == partiql.Insert && r.Code == refusal.ConditionFailedCode {
			return effect{}, &refusal.Error{Code: duplicateCode, Message: "Duplicate primary key exists in table"}
		}
		return effect{}, err
	}
	if s.Kind == partiql.Insert {
		return e, checkStored(e.now)
	}
	return e, nil
}

// checkStored refuses an inserted item that is too deep or too large, which
// DynamoDB sees after it has looked for a duplicate.
func checkStored(row *engine.Row) error {
	for _, a := range row.Item {
		if a.Value.Depth() > value.MaxDepth {
			return refusal.Invalid(nestingText)
		}
	}
	if row.Size > value.MaxItemSize {
		return refusal.Invalid(sizeText)
	}
	return nil
}

// change returns the write that the statement stands for.
func (s *statement) change(t *engine.Table) (*change, error) {
	c := &change{table: t.Name, allOld: s.wantsOldOnFailure()}
	if s.Kind == partiql.Insert {
		c.item = s.Item
		c.condition = absent(t)
		return c, s.checkInsertKeys(t)
	}
	key, err := s.writeKey(t)
	if err != nil {
		return nil, err
	}
	c.key, c.condition = key, s.Where
	switch s.Kind {
	case partiql.Delete:
		c.remove = true
		c.condition = expr.NewLogic("OR", absent(t), s.Where) // what is gone meets any condition
	case partiql.Update:
		c.update = termChecker{s.Update}
		return c, s.checkUpdatePaths(t)
	}
	return c, nil
}

// absent is met by an item that does not exist.
func absent(t *engine.Table) *expr.Condition {
	return expr.NewTest("attribute_not_exists", expr.PathOperand(expr.Path{{Name: t.Key.Hash[0].Name}}))
}

// A termChecker is an update whose values are checked when it is applied: after
// the item's condition.
type termChecker struct{ *expr.Update }

func (u termChecker) Apply(item value.Item) (value.Item, error) {
	if err := u.CheckTerms(); err != nil {
		return nil, err
	}
	return u.Update.Apply(item)
}

func (s *statement) checkInsertKeys(t *engine.Table) error {
	for _, a := range t.Key.Attributes() {
		if v, ok := s.Item.Get(a.Name); ok && v.Type() != a.Type {
			return refusal.Invalid("Key attribute's data type should match its data type in table's schema: Key %s", a.Name)
		}
	}
	return nil
}

// writeKey returns the key of the one item that an UPDATE or DELETE is about.
func (s *statement) writeKey(t *engine.Table) (value.Item, error) {
	var key value.Item
	for _, a := range t.Key.Attributes() {
		values := partiql.Equalities(s.Where, a.Name)
		for i, v := range values {
			if err := keyType(a, v); err != nil {
				return nil, err
			}
			if i > 0 && !v.Equal(values[0]) {
				return nil, refusal.Invalid("Multiple conditions on same key %s. Only single item Update/Insert/Delete are supported", a.Name)
			}
		}
		if len(values) == 0 {
			return nil, refusal.Invalid("Where clause does not contain a mandatory equality on all key attributes")
		}
		key = key.With(a.Name, values[0])
	}
	return key, checkKeySizes(t.Key, key)
}

// checkKeySizes refuses values that are longer than a key can be.
func checkKeySizes(k engine.Key, key value.Item) error {
	for i, a := range k.Attributes() {
		v, _ := key.Get(a.Name)
		switch {
		case i < len(k.Hash) && len(v.Text()) > maxHashKey:
			return refusal.Invalid(hashKeyText)
		case i >= len(k.Hash) && len(v.Text()) > maxSortKey:
			return refusal.Invalid(sortKeyText)
		}
	}
	return nil
}

func (s *statement) checkUpdatePaths(t *engine.Table) error {
	for _, p := range s.Update.Paths() {
		if len(p) == 1 && t.Key.Has(p.Top()) {
			return refusal.Invalid("%s", keyUpdateText+p.Top()+". This attribute is part of the key")
		}
	}
	return s.Update.CheckPaths()
}

// keyUpdateText is the complaint about an update of a key.
const keyUpdateText = "One or more parameter values were invalid: Cannot update attribute "
