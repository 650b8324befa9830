package dynamotest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// Limits of batches.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-api
const (
	maxBatchWrites = 25
	maxBatchGets   = 100
	maxBatchBytes  = 16 << 20
)

const duplicatesText = "Provided list of item keys contains duplicates"

var batchWriteShape = inputShape(
	members(&wire.Shape{
		Type:  wire.Map,
		Class: "java.util.List<" + javaPackage + "WriteRequest>",
		Elem: listShape(structShape("WriteRequest",
			wire.Member{Name: "DeleteRequest", Shape: structShape("DeleteRequest", members(itemShape, "Key")...)},
			wire.Member{Name: "PutRequest", Shape: structShape("PutRequest", members(itemShape, "Item")...)},
		)),
	}, "RequestItems"),
	members(textShape, "ReturnConsumedCapacity", "ReturnItemCollectionMetrics"),
)

// batchWriteItem is BatchWriteItem.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
func batchWriteItem(r *request) (any, error) {
	tables := sortedTables(r.kids("RequestItems"))
	if err := r.checkBatchWrite(tables); err != nil {
		return nil, err
	}
	changes, err := r.batchChanges(tables)
	if err != nil {
		return nil, err
	}
	left := r.fake.takeUnprocessed(len(changes))
	out := &batchWriteOutput{UnprocessedItems: unprocessedWrites(changes[len(changes)-left:])}
	err = r.fake.db.Update(func(tx *engine.Tx) error {
		if err := checkBatchKeys(tx, changes); err != nil {
			return err
		}
		return out.run(r, tx, changes[:len(changes)-left])
	})
	return out, err
}

// sortedTables returns the tables of a batch in the order of their names.
func sortedTables(kids []wire.Node) []wire.Node {
	return slices.SortedStableFunc(slices.Values(kids), func(a, b wire.Node) int { return cmp.Compare(a.Name, b.Name) })
}

func (r *request) checkBatchWrite(tables []wire.Node) error {
	if len(tables) == 0 {
		return refusal.Invalid("The requestItems parameter is required for BatchWriteItem")
	}
	total, empty, named := 0, false, true
	for _, t := range tables {
		total += len(t.Kids)
		empty = empty || len(t.Kids) == 0
		named = named && validName(t.Name) && lengthConstraint(t.Name) == ""
	}
	r.missingAttributes(tables)
	if total > maxBatchWrites || empty {
		r.violates("Value '%s' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "+
			"[Member must have length less than or equal to 25, Member must have length greater than or equal to 1]", r.javaWrites(tables))
	}
	r.capacityEnum()
	r.metricsEnum()
	if err := r.violations(); err != nil {
		return err
	}
	if !named {
		r.violates("Value '%s' at 'requestItems' failed to satisfy constraint: %s", r.javaWrites(tables), mapKeysText)
	}
	return r.violations()
}

// missingAttributes notes writes without an item or key.
func (r *request) missingAttributes(tables []wire.Node) {
	for _, t := range tables {
		for i := range t.Kids {
			path := fmt.Sprintf("requestItems.%s.member.%d.member.", t.Name, i+1)
			if n := t.Kids[i].Member("PutRequest"); n != nil && n.Member("Item") == nil {
				r.nullAt(path + "putRequest.item")
			}
			if n := t.Kids[i].Member("DeleteRequest"); n != nil && n.Member("Key") == nil {
				r.nullAt(path + "deleteRequest.key")
			}
		}
	}
}

const mapKeysText = "Map keys must satisfy constraint: [Member must have length less than or equal to 255, " +
	"Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]"

// batchChanges reads the writes and checks them one by one.
func (r *request) batchChanges(tables []wire.Node) ([]*change, error) {
	var changes []*change
	for _, t := range tables {
		for i := range t.Kids {
			c, err := r.inside(&t.Kids[i]).batchChange(t.Name)
			if err != nil {
				return nil, err
			}
			changes = append(changes, c)
		}
	}
	for _, c := range changes {
		if c.item.HasEmptyName() || c.key.HasEmptyName() {
			return nil, refusal.Invalid(emptyNameText)
		}
	}
	total := 0
	for _, c := range changes {
		if err := c.checkBatch(r.layer); err != nil {
			return nil, err
		}
		total += c.item.Size() + c.key.Size()
	}
	if total > maxBatchBytes {
		return nil, refusal.Invalid("Item collection too large: aggregate size of items in BatchWriteItem exceeds 16MB limit")
	}
	return changes, nil
}

// batchChange reads one write request.
func (r *request) batchChange(table string) (c *change, err error) {
	c = &change{table: table}
	put, remove := r.node.Member("PutRequest"), r.node.Member("DeleteRequest")
	switch {
	case put != nil && remove != nil, put == nil && remove == nil:
		return nil, refusal.Invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	case put != nil:
		c.item, err = r.inside(put).item("Item")
		if c.item == nil {
			c.item = value.Item{}
		}
	default:
		c.remove = true
		c.key, err = r.inside(remove).item("Key")
	}
	return c, err
}

func (c *change) checkBatch(layer value.Layer) error {
	if c.remove {
		return c.key.Check(layer)
	}
	if err := c.item.Check(layer); err != nil {
		return err
	}
	if c.item.Size() > value.MaxItemSize {
		return refusal.Invalid(sizeText)
	}
	return nil
}

// checkBatchKeys checks all keys before anything is written, and that no item
// is written twice.
func checkBatchKeys(tx *engine.Tx, changes []*change) error {
	seen := make(map[[2]string]bool, len(changes))
	for _, c := range changes {
		t, err := lookUp(tx, c.table)
		if err != nil {
			return err
		}
		if c.item != nil && slices.ContainsFunc(t.Key.Names(), func(name string) bool { return !c.item.Has(name) }) {
			return refusal.Invalid(schemaText)
		}
		target, err := c.batchTarget(t)
		if err != nil {
			return err
		}
		id := [2]string{c.table, t.RowKey(target)}
		if seen[id] {
			return refusal.Invalid(duplicatesText)
		}
		seen[id] = true
	}
	return nil
}

// batchTarget checks the keys of a write. A batch does not tell a key of the
// wrong type from one that does not fit the schema.
func (c *change) batchTarget(t *engine.Table) (value.Item, error) {
	if c.item == nil {
		return c.key, checkKey(t, c.key)
	}
	if err := checkKey(t, c.item.Pick(t.Key.Names())); err != nil {
		return nil, err
	}
	return c.item, checkIndexKeys(t, nil, c.item)
}

// batchWriteOutput is what BatchWriteItem answers.
type batchWriteOutput struct {
	UnprocessedItems      map[string][]writeRequest
	ConsumedCapacity      []*consumedCapacity                 `json:",omitempty"`
	ItemCollectionMetrics map[string][]*itemCollectionMetrics `json:",omitempty"`
}

type writeRequest struct {
	PutRequest    *putRequest    `json:",omitempty"`
	DeleteRequest *deleteRequest `json:",omitempty"`
}

type putRequest struct{ Item value.Item }

type deleteRequest struct{ Key value.Item }

func unprocessedWrites(changes []*change) map[string][]writeRequest {
	out := map[string][]writeRequest{}
	for _, c := range changes {
		w := writeRequest{PutRequest: &putRequest{c.item}}
		if c.remove {
			w = writeRequest{DeleteRequest: &deleteRequest{c.key}}
		}
		out[c.table] = append(out[c.table], w)
	}
	return out
}

// run carries the changes out.
func (o *batchWriteOutput) run(r *request, tx *engine.Tx, changes []*change) error {
	tallies := map[string]*tally{}
	for _, c := range changes {
		e, err := c.run(tx)
		if err != nil {
			return err
		}
		if tallies[c.table] == nil {
			tallies[c.table] = new(tally)
		}
		tallies[c.table].add(e.charge, 1)
	}
	o.ConsumedCapacity = r.consumedEach(tallies, noAxis)
	o.ItemCollectionMetrics = r.metricsEach(tx, changes)
	return nil
}

// metricsEach returns the sizes of the collections that the changes touched.
func (r *request) metricsEach(tx *engine.Tx, changes []*change) map[string][]*itemCollectionMetrics {
	var out map[string][]*itemCollectionMetrics
	for _, c := range changes {
		target := c.key
		if c.item != nil {
			target = c.item
		}
		m := r.metrics(tx.Table(c.table), target)
		if m == nil || slices.ContainsFunc(out[c.table], func(o *itemCollectionMetrics) bool {
			return o.ItemCollectionKey.Equal(m.ItemCollectionKey)
		}) {
			continue
		}
		if out == nil {
			out = make(map[string][]*itemCollectionMetrics)
		}
		out[c.table] = append(out[c.table], m)
	}
	return out
}
