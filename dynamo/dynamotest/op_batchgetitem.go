package dynamotest

import (
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

var batchGetShape = inputShape(
	members(mapShape(structShape("KeysAndAttributes",
		wire.Member{Name: "ExpressionAttributeNames", Shape: namesShape},
		wire.Member{Name: "Keys", Shape: listShape(itemShape)},
		wire.Member{Name: "AttributesToGet", Shape: textsShape},
		wire.Member{Name: "ProjectionExpression", Shape: textShape},
		wire.Member{Name: "ConsistentRead", Shape: flagShape},
	)), "RequestItems"),
	members(textShape, "ReturnConsumedCapacity"),
)

// A batchGet is what BatchGetItem asks of one table.
type batchGet struct {
	*request
	table      string
	params     *expr.Params
	projection expr.Projection
	keys       []value.Item
	left       []value.Item
}

// batchGetItem is BatchGetItem.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
func batchGetItem(r *request) (any, error) {
	tables := sortedTables(r.kids("RequestItems"))
	if err := r.checkBatchGet(tables); err != nil {
		return nil, err
	}
	gets, err := r.batchGets(tables)
	if err != nil {
		return nil, err
	}
	r.leaveKeys(gets)
	out := &batchGetOutput{Responses: map[string][]value.Item{}, UnprocessedKeys: map[string]*keysAndAttributes{}}
	consistent := slices.ContainsFunc(gets, func(g *batchGet) bool { return g.flag("ConsistentRead") })
	err = r.fake.view(consistent, func(tx *engine.Tx) error { return out.run(r, tx, gets) })
	return out, err
}

func (r *request) checkBatchGet(tables []wire.Node) error {
	if len(tables) == 0 {
		r.violates("Value at 'RequestItems' failed to satisfy constraint: Member must have length greater than or equal to 1")
		return r.violations()
	}
	total, named, largest := 0, true, 0
	for i, t := range tables {
		n := len(r.inside(&t).kids("Keys"))
		if n == 0 {
			r.violates("Value at 'RequestItems.%s.member.Keys' failed to satisfy constraint: Member must have length greater than or equal to 1", t.Name)
			return r.violations()
		}
		total += n
		named = named && validName(t.Name) && lengthConstraint(t.Name) == ""
		if n > len(r.inside(&tables[largest]).kids("Keys")) {
			largest = i
		}
	}
	if total > maxBatchGets && named {
		r.violates("Value at 'RequestItems.%s.member.Keys' failed to satisfy constraint: Member must have length less than or equal to 100", tables[largest].Name)
		return r.violations()
	}
	if !named {
		r.violates("Value '%s' at 'requestItems' failed to satisfy constraint: %s", bounded(string(r.node.Member("RequestItems").AppendSorted(nil))), mapKeysText)
	}
	r.capacityEnum()
	return r.violations()
}

// batchGets reads what is asked of each table.
func (r *request) batchGets(tables []wire.Node) ([]*batchGet, error) {
	var gets []*batchGet
	for i := range tables {
		g := &batchGet{request: r.inside(&tables[i]), table: tables[i].Name}
		if err := g.read(); err != nil {
			return nil, err
		}
		gets = append(gets, g)
	}
	for _, g := range gets {
		if err := g.emptyNames(g.params, g.keys...); err != nil {
			return nil, err
		}
	}
	if err := checkMixed(gets); err != nil {
		return nil, err
	}
	for _, g := range gets {
		if err := g.check(); err != nil {
			return nil, err
		}
	}
	return gets, nil
}

func (g *batchGet) read() (err error) {
	for _, n := range g.kids("Keys") {
		key, err := value.DecodeItem(&n, g.layer)
		if err != nil {
			return err
		}
		g.keys = append(g.keys, key)
	}
	g.params = g.names()
	return nil
}

// checkMixed refuses a batch that says what to read in both ways.
func checkMixed(gets []*batchGet) error {
	has := func(member string) bool {
		return slices.ContainsFunc(gets, func(g *batchGet) bool { return g.has(member) })
	}
	if has("ProjectionExpression") && has("AttributesToGet") {
		return refusal.Invalid("Can not use both expression and non-expression parameters in the same request: " +
			"Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}")
	}
	return nil
}

func (g *batchGet) check() (err error) {
	if err := g.checkParams(g.params, nil, []string{"ProjectionExpression"}, nil); err != nil {
		return err
	}
	if g.projection, err = g.request.projection(g.params); err != nil {
		return err
	}
	for i, key := range g.keys {
		if err := key.Check(g.layer); err != nil {
			return err
		}
		if slices.ContainsFunc(g.keys[:i], key.Equal) {
			return refusal.Invalid(duplicatesText)
		}
	}
	return nil
}

// leaveKeys takes the keys that a fault wants left, from the end.
func (r *request) leaveKeys(gets []*batchGet) {
	total := 0
	for _, g := range gets {
		total += len(g.keys)
	}
	left := r.fake.takeUnprocessed(total)
	for _, g := range slices.Backward(gets) {
		n := min(left, len(g.keys))
		left -= n
		g.left = g.keys[len(g.keys)-n:]
		g.keys = g.keys[:len(g.keys)-n]
	}
}

// batchGetOutput is what BatchGetItem answers.
type batchGetOutput struct {
	Responses        map[string][]value.Item
	UnprocessedKeys  map[string]*keysAndAttributes
	ConsumedCapacity []*consumedCapacity `json:",omitempty"`

	bytes int
}

type keysAndAttributes struct {
	Keys                     []value.Item
	ConsistentRead           *bool             `json:",omitempty"`
	ProjectionExpression     *string           `json:",omitempty"`
	ExpressionAttributeNames map[string]string `json:",omitempty"`
	AttributesToGet          []string          `json:",omitempty"`
}

func (o *batchGetOutput) run(r *request, tx *engine.Tx, gets []*batchGet) error {
	tallies := map[string]*tally{}
	for _, g := range gets {
		tallies[g.table] = new(tally)
		if err := o.read(tx, g, tallies[g.table]); err != nil {
			return err
		}
		if err := g.params.CheckUsed(); err != nil {
			return err
		}
		if len(g.left) > 0 {
			o.UnprocessedKeys[g.table] = g.unprocessed()
		}
	}
	o.ConsumedCapacity = r.consumedEach(tallies, noAxis)
	return nil
}

// read reads the keys of one table until the answer is full.
func (o *batchGetOutput) read(tx *engine.Tx, g *batchGet, t *tally) error {
	if _, err := lookUp(tx, g.table); err != nil {
		return err
	}
	items := []value.Item{}
	for i, key := range g.keys {
		row, err := readRow(tx, g.table, key)
		if err != nil {
			return err
		}
		if o.bytes+rowSize(row) > maxBatchBytes {
			g.left = append(slices.Clone(g.keys[i:]), g.left...)
			break
		}
		o.bytes += rowSize(row)
		t.table += g.readUnits(rowSize(row), g.flag("ConsistentRead"))
		switch {
		case row == nil:
		case g.projection != nil:
			items = append(items, g.projection.Apply(row.Item))
		default:
			items = append(items, row.Item)
		}
	}
	o.Responses[g.table] = items
	return nil
}

func (g *batchGet) unprocessed() *keysAndAttributes {
	out := &keysAndAttributes{Keys: g.left, ExpressionAttributeNames: g.params.Names}
	if g.has("ConsistentRead") {
		consistent := g.flag("ConsistentRead")
		out.ConsistentRead = &consistent
	}
	if source, ok := g.text("ProjectionExpression"); ok {
		out.ProjectionExpression = &source
	}
	if g.has("AttributesToGet") {
		out.AttributesToGet = g.texts("AttributesToGet")
	}
	return out
}
