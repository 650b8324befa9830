package dynamotest

import (
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
)

var (
	tableShape      = inputShape(members(textShape, "TableName"))
	listTablesShape = inputShape(members(textShape, "ExclusiveStartTableName"), members(intShape, "Limit"))
)

// administered returns the table's name for an operation on the table itself,
// which may be given as an ARN.
func (r *request) administered() (string, error) {
	name, ok := r.text("TableName")
	switch {
	case !ok:
		return "", refusal.Invalid("The parameter 'TableName' is required but was not present in the request")
	case lengthConstraint(name) != "":
		return "", refusal.Invalid("TableName must be at least 3 characters long and at most 255 characters long")
	case !validName(name):
		r.violates("Value '%s' at 'tableName' failed to satisfy constraint: %s", name, patternConstraint)
		return "", r.violations()
	}
	return name, nil
}

func administer(tx *engine.Tx, name string) (*engine.Table, error) {
	if t := tx.Table(name); t != nil {
		return t, nil
	}
	return nil, refusal.NotFound("Requested resource not found: Table: %s not found", name)
}

// describeTable is DescribeTable.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
func describeTable(r *request) (any, error) {
	name, err := r.administered()
	if err != nil {
		return nil, err
	}
	var d *tableDescription
	err = r.fake.db.View(func(tx *engine.Tx) error {
		t, err := administer(tx, name)
		if err == nil {
			d = describe(t, "ACTIVE", r.fake.now())
		}
		return err
	})
	return map[string]any{"Table": d}, err
}

// deleteTable is DeleteTable. The table is gone at once.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
func deleteTable(r *request) (any, error) {
	name, err := r.administered()
	if err != nil {
		return nil, err
	}
	var d *tableDescription
	err = r.fake.db.Update(func(tx *engine.Tx) error {
		t, err := administer(tx, name)
		if err != nil {
			return err
		}
		if t.Settings.DeletionProtected {
			return refusal.Invalid("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
		}
		d = describe(t, "DELETING", r.fake.now())
		tx.Drop(name)
		return nil
	})
	return map[string]any{"TableDescription": d}, err
}

// maxTables is how many names ListTables answers at once.
const maxTables = 100

// listTables is ListTables.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
func listTables(r *request) (any, error) {
	start, ok := r.text("ExclusiveStartTableName")
	if ok && !validName(start) {
		r.violates("Value '%s' at 'exclusiveStartTableName' failed to satisfy constraint: %s", start, patternConstraint)
	}
	if c := lengthConstraint(start); ok && c != "" {
		r.violates("Value '%s' at 'exclusiveStartTableName' failed to satisfy constraint: %s", start, c)
	}
	limit, limited := r.number("Limit")
	switch {
	case limited && limit < 1:
		r.violates("Value '%d' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1", limit)
	case limited && limit > maxTables:
		r.violates("Value '%d' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100", limit)
	case !limited:
		limit = maxTables
	}
	if err := r.violations(); err != nil {
		return nil, err
	}
	return r.listNames(start, limit)
}

func (r *request) listNames(start string, limit int) (any, error) {
	out := struct {
		TableNames             []string
		LastEvaluatedTableName string `json:",omitempty"`
	}{TableNames: []string{}}
	err := r.fake.db.View(func(tx *engine.Tx) error {
		names := slices.DeleteFunc(tx.Names(), func(name string) bool { return name <= start })
		if len(names) > limit {
			names = names[:limit]
			out.LastEvaluatedTableName = names[limit-1]
		}
		out.TableNames = append(out.TableNames, names...)
		return nil
	})
	return out, err
}
