package dynamotest

import (
	"fmt"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

var transactGetShape = inputShape(
	members(listShape(structShape("TransactGetItem", wire.Member{
		Name: "Get",
		Shape: structShape("Get",
			wire.Member{Name: "Key", Shape: itemShape},
			wire.Member{Name: "ExpressionAttributeNames", Shape: namesShape},
			wire.Member{Name: "TableName", Shape: textShape},
			wire.Member{Name: "ProjectionExpression", Shape: textShape},
		),
	})), "TransactItems"),
	members(textShape, "ReturnConsumedCapacity"),
)

// A transactGet is one action of TransactGetItems.
type transactGet struct {
	*request
	table      string
	key        value.Item
	params     *expr.Params
	projection expr.Projection
	row        *engine.Row
	keyNames   []string
}

// transactGetItems is TransactGetItems.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
func transactGetItems(r *request) (any, error) {
	actions := r.kids("TransactItems")
	if err := r.checkTransactGet(actions); err != nil {
		return nil, err
	}
	gets, err := r.transactGets(actions)
	if err != nil {
		return nil, err
	}
	if r.fake.takeConflict() {
		return nil, conflict(len(gets))
	}
	if err := r.fake.db.View(func(tx *engine.Tx) error { return readAll(tx, gets) }); err != nil {
		return nil, err
	}
	return r.transactGetAnswer(gets), nil
}

func (r *request) checkTransactGet(actions []wire.Node) error {
	if err := r.checkActions(actions, func() string { return r.javaGets(actions) }); err != nil {
		return err
	}
	for i := range actions {
		if actions[i].Member("Get") == nil {
			r.nullAt(fmt.Sprintf("transactItems.%d.member.get", i+1))
		}
	}
	r.capacityEnum()
	if err := r.violations(); err != nil {
		return err
	}
	for i := range actions {
		if actions[i].Member("Get").Member("Key") == nil {
			r.nullAt(fmt.Sprintf("transactItems.%d.member.get.key", i+1))
		}
		r.actionTable(r.inside(actions[i].Member("Get")), fmt.Sprintf("transactItems.%d.member.get.", i+1))
	}
	return r.violations()
}

// checkActions checks the number of actions.
func (r *request) checkActions(actions []wire.Node, echo func() string) error {
	switch n := len(actions); {
	case n == 0 && !r.has("TransactItems"):
		r.needs("TransactItems")
	case n == 0:
		r.violates("Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1")
	case n > maxActions:
		r.violates("Value '%s' at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100", echo())
	}
	return r.violations()
}

// actionTable notes what is wrong with the name of an action's table.
func (r *request) actionTable(action *request, path string) {
	name, ok := action.text("TableName")
	if !ok {
		r.nullAt(path + "tableName")
		return
	}
	if c := lengthConstraint(name); c != "" {
		r.violates("Value '%s' at '%stableName' failed to satisfy constraint: %s", name, path, c)
	}
	if !validName(name) {
		r.violates("Value '%s' at '%stableName' failed to satisfy constraint: %s", name, path, patternConstraint)
	}
}

// transactGets reads the actions and checks what does not depend on a table.
func (r *request) transactGets(actions []wire.Node) ([]*transactGet, error) {
	gets := make([]*transactGet, len(actions))
	for i := range actions {
		g := &transactGet{request: r.inside(actions[i].Member("Get"))}
		gets[i] = g
		if err := g.read(); err != nil {
			return nil, err
		}
	}
	for _, g := range gets {
		if err := g.emptyNames(g.params, g.key); err != nil {
			return nil, err
		}
	}
	for _, g := range gets {
		if err := g.key.Check(g.layer); err != nil {
			return nil, err
		}
	}
	for _, g := range gets {
		if err := g.parse(); err != nil {
			return nil, err
		}
	}
	return gets, nil
}

func (g *transactGet) read() (err error) {
	g.table, _ = g.text("TableName")
	if g.key, err = g.item("Key"); err != nil {
		return err
	}
	g.params = g.names()
	return nil
}

func (g *transactGet) parse() (err error) {
	if g.projection, err = g.request.projection(g.params); err != nil {
		return err
	}
	return g.params.CheckUsed()
}

// readAll reads all rows at one time.
func readAll(tx *engine.Tx, gets []*transactGet) error {
	reasons := make([]cancellationReason, len(gets))
	for i, g := range gets {
		row, err := readRow(tx, g.table, g.key)
		g.row = row
		reason, ok := reasonFor(err)
		if !ok {
			return err
		}
		reasons[i] = reason
		g.keyNames = tx.Table(g.table).Key.Names()
	}
	if err := canceled(reasons); err != nil {
		return err
	}
	seen := make(map[[2]string]bool, len(gets))
	for _, g := range gets {
		id := [2]string{g.table, tx.Table(g.table).RowKey(g.key)}
		if seen[id] {
			return refusal.Invalid(twiceText)
		}
		seen[id] = true
	}
	return nil
}

// answer returns what was asked for of the row. Other than elsewhere, the key
// comes with the attributes of a projection, if there are any.
func (g *transactGet) answer() value.Item {
	switch {
	case g.row == nil:
		return nil
	case g.projection == nil:
		return g.row.Item
	}
	out := g.projection.Apply(g.row.Item)
	if len(out) == 0 {
		return nil
	}
	for _, a := range g.row.Item.Pick(g.keyNames) {
		out = out.With(a.Name, a.Value)
	}
	return out
}

// transactGetOutput is what TransactGetItems answers.
type transactGetOutput struct {
	Responses        []transactGetResponse
	ConsumedCapacity []*consumedCapacity `json:",omitempty"`
}

type transactGetResponse struct {
	Item value.Item `json:",omitempty"`
}

func (r *request) transactGetAnswer(gets []*transactGet) *transactGetOutput {
	out := &transactGetOutput{}
	tallies := map[string]*tally{}
	for _, g := range gets {
		if tallies[g.table] == nil {
			tallies[g.table] = new(tally)
		}
		tallies[g.table].table += transactionFactor * engine.ReadUnits(rowSize(g.row))
		out.Responses = append(out.Responses, transactGetResponse{g.answer()})
	}
	out.ConsumedCapacity = r.consumedEach(tallies, readAxis)
	return out
}
