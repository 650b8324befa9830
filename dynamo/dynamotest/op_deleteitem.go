package dynamotest

import "slices"

// deleteItem is DeleteItem.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
func deleteItem(r *request) (any, error) {
	key, err := r.item("Key")
	if err != nil {
		return nil, err
	}
	params, err := r.params()
	if err != nil {
		return nil, err
	}
	if err := r.checkDeleteMembers(); err != nil {
		return nil, err
	}
	if err := r.emptyNames(params, key); err != nil {
		return nil, err
	}
	if err := r.checkParams(params, legacyConditions, conditionMember, nil); err != nil {
		return nil, err
	}
	if err := key.CheckKey(r.layer); err != nil {
		return nil, err
	}
	c := &change{key: key, remove: true, allOld: r.wantsOldOnFailure()}
	c.table, _ = r.text("TableName")
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
	if returns, _ := r.text("ReturnValues"); returns == "ALL_OLD" {
		out.Attributes = e.oldItem()
	}
	return out.answer(), nil
}

func (r *request) checkDeleteMembers() error {
	if r.readsOlder() {
		return r.olderWriteMembers("Key")
	}
	if err := r.emptyTable(); err != nil {
		return err
	}
	r.tableName()
	r.needs("Key")
	r.capacityEnum()
	r.returnsEnum()
	r.metricsEnum()
	r.onFailureEnum()
	if v, ok := r.text("ReturnValues"); ok && r.has("Key") && slices.Contains([]string{"ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"}, v) {
		r.violates("%s", onlyAllOldText)
	}
	return r.violations()
}
