package dynamotest

import (
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// updateItem is UpdateItem.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
func updateItem(r *request) (any, error) {
	key, err := r.item("Key")
	if err != nil {
		return nil, err
	}
	params, err := r.params()
	if err != nil {
		return nil, err
	}
	updates, err := r.attributeUpdates()
	if err != nil {
		return nil, err
	}
	if err := r.checkUpdateMembers(); err != nil {
		return nil, err
	}
	if err := r.emptyNames(params, key); err != nil {
		return nil, err
	}
	if err := r.checkParams(params, []string{"AttributeUpdates", "Expected", "ConditionalOperator"},
		[]string{"UpdateExpression", "ConditionExpression"}, nil); err != nil {
		return nil, err
	}
	if err := key.CheckKey(r.layer); err != nil {
		return nil, err
	}
	c := &change{key: key, limited: true, allOld: r.wantsOldOnFailure()}
	c.table, _ = r.text("TableName")
	if c.update, err = r.update(params, updates); err != nil {
		return nil, err
	}
	if c.condition, err = r.condition(params); err != nil {
		return nil, err
	}
	if err := params.CheckUsed(); err != nil {
		return nil, err
	}
	e, out, err := r.write(c)
	if err != nil {
		return nil, err
	}
	out.Attributes = r.updateReturns(e, c.update.Paths())
	return out.answer(), nil
}

// update returns what the request does to the item, which may be nothing.
func (r *request) update(params *expr.Params, updates legacyUpdate) (updater, error) {
	if source, ok := r.text("UpdateExpression"); ok {
		return expr.ParseUpdate(source, params)
	}
	return updates, updates.check(r.layer)
}

// updateReturns returns what ReturnValues asks for; paths are what the update
// wrote to.
func (r *request) updateReturns(e effect, paths []expr.Path) value.Item {
	switch returns, _ := r.text("ReturnValues"); returns {
	case "ALL_OLD":
		return e.oldItem()
	case "ALL_NEW":
		return e.now.Item
	case "UPDATED_OLD":
		return expr.ProjectUpdated(paths).Apply(e.oldItem())
	case "UPDATED_NEW":
		return expr.ProjectUpdated(paths).Apply(e.now.Item)
	}
	return nil
}

func (r *request) checkUpdateMembers() error {
	if r.readsOlder() {
		return r.olderWriteMembers("Key")
	}
	if !r.has("Key") || !r.has("TableName") {
		return r.checkIncompleteUpdate()
	}
	if err := r.emptyTable(); err != nil {
		return err
	}
	r.updateTableName()
	if err := r.violations(); err != nil {
		return err
	}
	// One of these is reported alone, the first that is wrong, and two of them
	// without a count.
	for _, check := range []struct {
		note    func()
		counted bool
	}{{r.returnsEnum, true}, {r.onFailureEnum, false}, {r.metricsEnum, true}, {r.capacityEnum, false}} {
		check.note()
		if len(r.broken) > 0 && !check.counted {
			return refusal.Invalid("%s", r.broken[0])
		}
		if err := r.violations(); err != nil {
			return err
		}
	}
	return nil
}

// checkIncompleteUpdate checks a request without a key or table name, which the
// older layer answers: it lists all that is wrong, of a request that has a key only
// a wrong ReturnValues beside the table's name
// (https://github.com/paritysuite/dynamodb-conformance/blob/main/tests/tier3/validation-ordering/updateItem.test.ts).
func (r *request) checkIncompleteUpdate() error {
	if r.has("Key") {
		r.needs("TableName")
		r.enum("ReturnValues", returnValues...)
		return r.violations()
	}
	r.capacityEnum()
	r.needs("TableName")
	if name, ok := r.text("TableName"); ok && name == "" {
		r.violates("Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	r.enum("ConditionalOperator", "OR", "AND")
	r.enum("ReturnValues", returnValues...)
	r.onFailureEnum()
	r.metricsEnum()
	r.needs("Key")
	return r.violations()
}

// updateTableName is tableName for UpdateItem, which looks for both mistakes,
// the pattern first.
func (r *request) updateTableName() {
	name, _ := r.text("TableName")
	if !validName(name) {
		r.violates("Value '%s' at 'tableName' failed to satisfy constraint: %s", name, patternConstraint)
	}
	if c := lengthConstraint(name); c != "" {
		r.violates("Value '%s' at 'tableName' failed to satisfy constraint: %s", name, c)
	}
}
