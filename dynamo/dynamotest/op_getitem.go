package dynamotest

import (
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// getItem is GetItem.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
func getItem(r *request) (any, error) {
	key, err := r.item("Key")
	if err != nil {
		return nil, err
	}
	params := r.names()
	if err := r.checkGetMembers(); err != nil {
		return nil, err
	}
	if err := r.emptyNames(params, key); err != nil {
		return nil, err
	}
	if err := r.checkParams(params, []string{"AttributesToGet"}, []string{"ProjectionExpression"}, nil); err != nil {
		return nil, err
	}
	if err := key.CheckKey(r.layer); err != nil {
		return nil, err
	}
	projection, err := r.projection(params)
	if err != nil {
		return nil, err
	}
	if err := params.CheckUsed(); err != nil {
		return nil, err
	}
	name, _ := r.text("TableName")
	var row *engine.Row
	err = r.fake.view(r.flag("ConsistentRead"), func(tx *engine.Tx) error {
		row, err = readRow(tx, name, key)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r.getAnswer(name, row, projection), nil
}

// readRow returns the row under the key, nil when there is none.
func readRow(tx *engine.Tx, table string, key value.Item) (*engine.Row, error) {
	t, err := lookUp(tx, table)
	if err != nil {
		return nil, err
	}
	if err := checkKey(t, key); err != nil {
		return nil, err
	}
	return t.Get(t.RowKey(key)), nil
}

// getAnswer writes the answer by hand, because reads are what tests do most.
func (r *request) getAnswer(table string, row *engine.Row, projection expr.Projection) any {
	var t tally
	t.table = r.readUnits(rowSize(row), r.flag("ConsistentRead"))
	out := append(make([]byte, 0, answerSize(row)), '{')
	if row != nil {
		item := row.Item
		if projection != nil {
			item = projection.Apply(item)
		}
		out = append(out, `"Item":`...)
		out = item.AppendJSON(out)
	}
	if c := r.consumed(table, t, noAxis); c != nil {
		if row != nil {
			out = append(out, ',')
		}
		out = append(out, `"ConsumedCapacity":`...)
		out = appendJSON(out, c)
	}
	return append(out, '}')
}

// answerSize returns about the bytes of an answer with the row: its texts, and
// what is around the name and the value of each attribute.
func answerSize(row *engine.Row) int {
	const around = len(`"":{"S":""},`)
	if row == nil {
		return 2
	}
	return len(`{"Item":{}}`) + row.Size + around*len(row.Item)
}

func rowSize(row *engine.Row) int {
	if row == nil {
		return 0
	}
	return row.Size
}

// readUnits returns the units of a read: an eventually consistent one costs
// half.
func (r *request) readUnits(size int, consistent bool) float64 {
	if consistent {
		return engine.ReadUnits(size)
	}
	return engine.ReadUnits(size) / 2
}

// projection returns the request's projection, nil for all attributes.
func (r *request) projection(params *expr.Params) (expr.Projection, error) {
	if source, ok := r.text("ProjectionExpression"); ok {
		return expr.ParseProjection(source, params)
	}
	if !r.has("AttributesToGet") {
		return nil, nil
	}
	names := r.texts("AttributesToGet")
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, refusal.Invalid("One or more parameter values were invalid: Duplicate value in attribute name: %s", name)
		}
	}
	return expr.ProjectNames(names), nil
}

func (r *request) checkGetMembers() error {
	if r.older() {
		r.capacityEnum()
		r.emptyAttributesToGet()
		r.olderTableName()
		r.needs("Key")
		return r.violations()
	}
	if err := r.emptyTable(); err != nil {
		return err
	}
	r.needs("Key")
	r.tableName()
	r.capacityEnum()
	r.emptyAttributesToGet()
	return r.violations()
}

func (r *request) emptyAttributesToGet() {
	if r.has("AttributesToGet") && len(r.kids("AttributesToGet")) == 0 {
		r.violates("Value '[]' at 'attributesToGet' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
}
