package dynamotest

import (
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// putItem is PutItem.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
func putItem(r *request) (any, error) {
	item, err := r.item("Item")
	if err != nil {
		return nil, err
	}
	params, err := r.params()
	if err != nil {
		return nil, err
	}
	if err := r.checkPutMembers(); err != nil {
		return nil, err
	}
	if err := r.emptyNames(params, item); err != nil {
		return nil, err
	}
	if err := item.Check(r.layer); err != nil {
		return nil, err
	}
	if err := r.checkParams(params, legacyConditions, conditionMember, nil); err != nil {
		return nil, err
	}
	returns, _ := r.text("ReturnValues")
	if returns != "" && returns != "NONE" && returns != "ALL_OLD" {
		return nil, refusal.Request(onlyAllOldText)
	}
	c := &change{item: item, allOld: r.wantsOldOnFailure()}
	c.table, _ = r.text("TableName")
	if c.condition, err = r.condition(params); err != nil {
		return nil, err
	}
	if item.Size() > value.MaxItemSize {
		return nil, refusal.Invalid(sizeText)
	}
	if err := params.CheckUsed(); err != nil {
		return nil, err
	}
	e, out, err := r.write(c)
	if err != nil {
		return nil, err
	}
	if returns == "ALL_OLD" {
		out.Attributes = e.oldItem()
	}
	return out.answer(), nil
}

func (r *request) checkPutMembers() error {
	if r.readsOlder() {
		return r.olderWriteMembers("Item")
	}
	if err := r.emptyTable(); err != nil {
		return err
	}
	r.tableName()
	r.needs("Item")
	r.capacityEnum()
	r.returnsEnum()
	r.metricsEnum()
	r.onFailureEnum()
	return r.violations()
}
