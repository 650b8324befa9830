package dynamotest

import (
	"slices"
	"strconv"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// maxPage is how many bytes of items a query or scan looks at before it ends
// the page: 1 MB, whatever a filter leaves of them.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
const maxPage = 1 << 20

// A reading is a query or scan on its way: what is common to both.
type reading struct {
	*request
	params     *expr.Params
	start      value.Item // ExclusiveStartKey
	filter     *expr.Condition
	legacy     []string // the attributes of a legacy filter
	projection expr.Projection
	selects    string

	table *engine.Table
	index *engine.Index // nil for the table itself
	keys  engine.Range
	limit int // 0 for none
	back  bool
}

// newReading reads the members that query and scan have in common.
func newReading(r *request) (*reading, error) {
	params, err := r.params()
	if err != nil {
		return nil, err
	}
	x := &reading{request: r, params: params}
	x.selects, _ = r.text("Select")
	x.limit, _ = r.number("Limit")
	return x, nil
}

// open finds the table and index.
func (x *reading) open(tx *engine.Tx) error {
	if err := x.openTable(tx); err != nil {
		return err
	}
	return x.openIndex()
}

func (x *reading) openTable(tx *engine.Tx) (err error) {
	name, _ := x.text("TableName")
	x.table, err = lookUp(tx, name)
	return err
}

func (x *reading) openIndex() error {
	index, ok := x.text("IndexName")
	if !ok {
		return nil
	}
	if x.index = x.table.Index(index); x.index == nil {
		return refusal.Invalid("The table does not have the specified index: %s", index)
	}
	if x.flag("ConsistentRead") && !x.index.Local {
		return refusal.Invalid("Consistent reads are not supported on global secondary indexes")
	}
	return nil
}

// key returns the key that the rows are ordered by.
func (x *reading) key() engine.Key {
	if x.index != nil {
		return x.index.Key
	}
	return x.table.Key
}

// fetches tells that a read of a local index has to look into the table for
// what the index does not hold.
func (x *reading) fetches() bool {
	if x.index == nil || !x.index.Local || x.index.Projection == engine.ProjectAll {
		return false
	}
	return x.selects == "ALL_ATTRIBUTES" ||
		slices.ContainsFunc(x.projection.TopLevel(), func(name string) bool { return !x.index.Projects(name) })
}

// A page is what one call of a query or scan answers.
type page struct {
	items          []byte // JSON, without the brackets
	count, scanned int
	last           value.Item // LastEvaluatedKey
	// bytes are those read from what is walked, and fetched those read from
	// the table beside it.
	bytes, fetched int
}

// read walks the rows of a page.
func (x *reading) read() *page {
	p := new(page)
	fetches := x.fetches()
	source := x.table.Source()
	if x.index != nil {
		source = x.index.Source()
	}
	for _, row := range source.Walk(x.keys, !x.back) {
		size := row.Size
		if x.index != nil {
			size = x.index.EntrySize(row)
		}
		if p.scanned > 0 && p.bytes+size > maxPage {
			return p
		}
		p.bytes += size
		if fetches {
			p.fetched += row.Size
		}
		x.visit(p, row, fetches)
		if p.scanned == x.limit {
			return p
		}
	}
	p.last = nil
	return p
}

// visit adds one row to the page.
func (x *reading) visit(p *page, row *engine.Row, fetches bool) {
	item := row.Item
	if x.index != nil && !fetches {
		item = x.index.Project(item)
	}
	p.scanned++
	p.last = row.Item
	if x.filter != nil && !x.filter.Match(item) {
		return
	}
	p.count++
	if x.selects == "COUNT" {
		return
	}
	if x.projection != nil {
		item = x.projection.Apply(item)
	}
	if len(p.items) > 0 {
		p.items = append(p.items, ',')
	} else {
		p.items = make([]byte, 0, 4*answerSize(row)) // there are few pages of one item
	}
	p.items = item.AppendJSON(p.items)
}

// consumption returns what the page has cost.
func (x *reading) consumption(p *page) tally {
	consistent := x.flag("ConsistentRead")
	units := x.readUnits(p.bytes, consistent)
	if x.index == nil {
		return tally{table: units}
	}
	t := tally{index: map[*engine.Index]float64{x.index: units}}
	if x.fetches() {
		t.table = x.readUnits(p.fetched, consistent)
	}
	return t
}

// answer writes the page.
func (x *reading) answer(p *page) []byte {
	out := append(make([]byte, 0, len(p.items)+256), '{')
	if x.selects != "COUNT" {
		out = append(out, `"Items":[`...)
		out = append(out, p.items...)
		out = append(out, `],`...)
	}
	out = append(out, `"Count":`...)
	out = strconv.AppendInt(out, int64(p.count), 10)
	out = append(out, `,"ScannedCount":`...)
	out = strconv.AppendInt(out, int64(p.scanned), 10)
	if p.last != nil {
		out = append(out, `,"LastEvaluatedKey":`...)
		out = p.last.Pick(x.keyNames()).AppendJSON(out)
	}
	if c := x.consumed(x.table.Name, x.consumption(p), noAxis); c != nil {
		out = append(out, `,"ConsumedCapacity":`...)
		out = appendJSON(out, c)
	}
	return append(out, '}')
}

// limitMember notes a Limit below 1.
func (x *reading) limitMember() { x.bounded("Limit", 1, 1<<31-1) }

// bounded notes a number outside its bounds.
func (x *reading) bounded(member string, low, high int) {
	n, ok := x.number(member)
	at := "Value at '" + member + "'"
	if x.older() || !x.has("TableName") {
		at = "Value '" + strconv.Itoa(n) + "' at '" + lower(member) + "'"
	}
	switch {
	case ok && n < low:
		x.violates("%s failed to satisfy constraint: Member must have value greater than or equal to %d", at, low)
	case ok && n > high:
		x.violates("%s failed to satisfy constraint: Member must have value less than or equal to %d", at, high)
	}
}
