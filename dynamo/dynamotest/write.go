package dynamotest

import (
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// A change is a write of one item, as a single operation, in a batch or in a
// transaction. Exactly one of item, update and remove says what it does; a
// change with none of them only checks its condition.
type change struct {
	table     string
	key       value.Item // of an update, removal or check
	item      value.Item // to be put
	update    updater
	remove    bool
	condition *expr.Condition
	// limited holds the update's own text to the limit of an item's size, as
	// UpdateItem does.
	limited bool
	// allOld asks for the item when the condition fails.
	allOld bool
}

// An updater makes a new item of an old one, writing to some paths. Its charge
// is what its text counts for against the limit of an item's size.
type updater interface {
	Apply(value.Item) (value.Item, error)
	Paths() []expr.Path
	Charge() int
}

// An effect is what a change has done.
type effect struct {
	table    *engine.Table
	old, now *engine.Row
	charge   engine.Charge
}

func (e effect) oldItem() value.Item {
	if e.old == nil {
		return nil
	}
	return e.old.Item
}

const (
	sizeText       = "Item size has exceeded the maximum allowed size"
	updateSizeText = "Item size to update has exceeded the maximum allowed size"
	nestingText    = "Nesting Levels have exceeded supported limits"
)

// run checks the change against the table and carries it out.
func (c *change) run(tx *engine.Tx) (effect, error) {
	t, err := lookUp(tx, c.table)
	if err != nil {
		return effect{}, err
	}
	target, err := c.target(t)
	if err != nil {
		return effect{}, err
	}
	if c.limited && c.update != nil && c.update.Charge() > value.MaxItemSize {
		return effect{}, refusal.Invalid(updateSizeText)
	}
	rowKey := t.RowKey(target)
	e := effect{table: t, old: t.Get(rowKey)}
	if c.condition != nil && !c.condition.Match(e.oldItem()) {
		return effect{}, c.conditionFailed(e.oldItem())
	}
	switch {
	case c.item != nil:
		e.now = engine.OwnRow(c.item)
	case c.update != nil:
		if e.now, err = c.updated(t, e.oldItem()); err != nil {
			return effect{}, err
		}
	}
	if c.item == nil && c.update == nil && !c.remove {
		e.charge = t.ChargeWrite(e.old, e.old) // a check leaves the indexes alone
		return e, nil
	}
	e.charge = t.ChargeWrite(e.old, e.now)
	tx.Put(t, rowKey, e.now)
	return e, nil
}

// target returns the item or key that has the change's key attributes.
func (c *change) target(t *engine.Table) (value.Item, error) {
	if c.item != nil {
		return c.item, checkItemKeys(t, c.item)
	}
	return c.key, checkKey(t, c.key)
}

func (c *change) conditionFailed(old value.Item) error {
	e := &refusal.Error{Code: refusal.ConditionFailedCode, Message: "The conditional request failed"}
	if c.allOld && old != nil {
		e.Fields = map[string]any{"Item": old}
	}
	return e
}

// updated returns the row after the update of the old item, or of a new one
// with nothing but the key.
func (c *change) updated(t *engine.Table, old value.Item) (*engine.Row, error) {
	for _, p := range c.update.Paths() {
		if t.Key.Has(p.Top()) {
			return nil, refusal.Invalid("%s", keyUpdateText+p.Top()+". This attribute is part of the key")
		}
	}
	if old == nil {
		old = c.key
	}
	now, err := c.update.Apply(old)
	if err != nil {
		return nil, err
	}
	for _, a := range now {
		if a.Value.Depth() > value.MaxDepth {
			return nil, refusal.Invalid(nestingText)
		}
	}
	if err := checkIndexKeys(t, old, now); err != nil {
		return nil, err
	}
	row := engine.NewRow(now)
	if row.Size > value.MaxItemSize {
		return nil, refusal.Invalid(updateSizeText)
	}
	return row, nil
}

// writeOutput is what PutItem, UpdateItem and DeleteItem answer.
type writeOutput struct {
	Attributes            value.Item             `json:",omitempty"`
	ConsumedCapacity      *consumedCapacity      `json:",omitempty"`
	ItemCollectionMetrics *itemCollectionMetrics `json:",omitempty"`
}

// answer returns what is to be encoded, nil for a document without members.
func (o *writeOutput) answer() any {
	if o.Attributes == nil && o.ConsumedCapacity == nil && o.ItemCollectionMetrics == nil {
		return nil
	}
	return o
}

// write runs one change and answers its cost; the caller fills in Attributes.
func (r *request) write(c *change) (effect, *writeOutput, error) {
	var e effect
	out := new(writeOutput)
	err := r.fake.db.Update(func(tx *engine.Tx) (err error) {
		if e, err = c.run(tx); err != nil {
			return err
		}
		target := c.key
		if c.item != nil {
			target = c.item
		}
		out.ItemCollectionMetrics = r.metrics(e.table, target)
		return nil
	})
	if err != nil {
		return e, nil, err
	}
	var t tally
	t.add(e.charge, 1)
	out.ConsumedCapacity = r.consumed(c.table, t, noAxis)
	return e, out, nil
}

// returnValues are the values of ReturnValues; the text of the complaint is
// DynamoDB's own, misspelling included.
var returnValues = []string{"ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"}

const returnValuesText = "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]"

// returnsEnum notes a ReturnValues that is none of the values.
func (r *request) returnsEnum() {
	if v, ok := r.text("ReturnValues"); ok && !slices.Contains(returnValues, v) {
		r.violates("%s", returnValuesText)
	}
}

const onlyAllOldText = "ReturnValues can only be ALL_OLD or NONE"

func (r *request) metricsEnum() { r.enum("ReturnItemCollectionMetrics", "SIZE", "NONE") }

func (r *request) onFailureEnum() { r.enum("ReturnValuesOnConditionCheckFailure", "ALL_OLD", "NONE") }

// wantsOldOnFailure tells that a failed condition is to carry the item.
func (r *request) wantsOldOnFailure() bool {
	v, _ := r.text("ReturnValuesOnConditionCheckFailure")
	return v == "ALL_OLD"
}
