package dynamotest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

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
func (x *reading) open(tx *engine.Tx) (err error) {
	name, _ := x.text("TableName")
	if x.table, err = lookUp(tx, name); err != nil {
		return err
	}
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

// keyNames returns the attributes of a starting key.
func (x *reading) keyNames() []string {
	names := x.table.Key.Names()
	if x.index != nil {
		names = append(names, x.index.Key.Names()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// rowKey returns the key of a row under which the walk finds it.
func (x *reading) rowKey(item value.Item) string {
	if x.index == nil {
		return x.table.RowKey(item)
	}
	key, _ := x.index.EntryKey(item)
	return key
}

// resume continues after the starting key.
func (x *reading) resume() {
	if x.start == nil {
		return
	}
	if key := x.rowKey(x.start); x.back {
		x.keys.To = key
	} else {
		x.keys.From = key + "\x00" // the first key after it
	}
}

const startText = "The provided starting key is invalid"

// readStart reads ExclusiveStartKey. Scan puts more complaints about its values
// behind the one about the key than Query does.
func (x *reading) readStart(scan bool) (err error) {
	n := x.node.Member("ExclusiveStartKey")
	if n == nil {
		return nil
	}
	if x.start, err = value.DecodeItem(n, x.layer); err == nil {
		err = x.start.CheckKey(x.layer)
	}
	e, ok := err.(*refusal.Error)
	if !ok || e.Code != refusal.ValidationCode {
		return err
	}
	if strings.HasPrefix(e.Message, "Supplied") || scan && contained(e.Message) {
		return refusal.Invalid("%s", startText+": "+e.Message)
	}
	return e
}

// startNames returns the starting key for the check of names, which comes before
// that of its values.
func (x *reading) startNames() value.Item {
	start, err := x.item("ExclusiveStartKey")
	if err != nil {
		return nil
	}
	return start
}

// contained tells the complaints that Scan puts behind the one about the key.
func contained(complaint string) bool {
	for _, part := range []string{"Null attribute value", "string set  may not", "Binary sets should not", "Nesting Levels"} {
		if strings.Contains(complaint, part) {
			return true
		}
	}
	return false
}

// checkStart compares the starting key with the keys of table and index.
func (x *reading) checkStart(scan bool) error {
	if x.start == nil {
		return nil
	}
	if scan {
		if err := x.checkStartTypes(); err != nil {
			return err
		}
	}
	if len(x.start) != len(x.keyNames()) {
		return refusal.Invalid(startText)
	}
	attrs := x.table.Key.Attributes()
	if x.index != nil {
		attrs = append(attrs, x.index.Key.Attributes()...)
	}
	for _, a := range attrs {
		if v, ok := x.start.Get(a.Name); !ok || v.Type() != a.Type {
			return refusal.Invalid(startText)
		}
	}
	if scan {
		return nil
	}
	for _, a := range x.table.Key.Attributes() {
		v, _ := x.start.Get(a.Name)
		if err := checkKeyValue(a, v, nil, value.MaxItemSize); err != nil {
			return err
		}
	}
	return nil
}

// checkStartTypes is Scan's own check of the types: on a table with indexes it
// reports any key attribute as one of an index, by default of the first.
func (x *reading) checkStartTypes() error {
	index := x.index
	if index == nil && len(x.table.Indexes) > 0 {
		index = slices.MinFunc(x.table.Indexes, func(a, b *engine.Index) int {
			return cmp.Compare(rank(a), rank(b)) // global ones first
		})
	}
	for _, a := range x.table.Attributes {
		if v, ok := x.start.Get(a.Name); ok && v.Type() != a.Type && index != nil {
			return refusal.Invalid(invalidText+"Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s", a.Name, a.Type, v.Type(), index.Name)
		}
	}
	return nil
}

func rank(x *engine.Index) int {
	if x.Local {
		return 1
	}
	return 0
}

// checkSelectEnum checks Select itself.
func (x *reading) checkSelectEnum() error {
	x.enum("Select", "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")
	return x.violations()
}

// checkSelect checks Select against the members it goes with.
func (x *reading) checkSelect() error {
	if x.selects == "" {
		return nil
	}
	member := ""
	for _, m := range []string{"AttributesToGet", "ProjectionExpression"} {
		if x.has(m) && member == "" {
			member = m
		}
	}
	switch {
	case x.selects == "SPECIFIC_ATTRIBUTES" && member == "":
		x.violates("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case x.selects == "SPECIFIC_ATTRIBUTES":
	case member != "" && x.selects == "COUNT":
		x.violates("Cannot specify the %s when choosing to get only the Count", member)
	case member != "":
		x.violates("Cannot specify the %s when choosing to get %s", member, x.selects)
	case x.selects == "ALL_PROJECTED_ATTRIBUTES" && !x.has("IndexName"):
		x.violates("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
	}
	return x.violations()
}

// checkIndexSelect refuses to read from a global index what it does not hold.
func (x *reading) checkIndexSelect() error {
	if x.index == nil || x.index.Local {
		return nil
	}
	if x.selects == "ALL_ATTRIBUTES" && x.index.Projection != engine.ProjectAll {
		return refusal.Invalid("One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index %s because its projection type is not ALL", x.index.Name)
	}
	for _, name := range x.projection.TopLevel() {
		if !x.index.Projects(name) {
			return refusal.Invalid("One or more parameter values were invalid: Global secondary index %s does not project %s", x.index.Name, name)
		}
	}
	return nil
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
	out := []byte{'{'}
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
	if x.fake.wording == WordingOlder || !x.has("TableName") {
		at = "Value '" + strconv.Itoa(n) + "' at '" + lower(member) + "'"
	}
	switch {
	case ok && n < low:
		x.violates("%s failed to satisfy constraint: Member must have value greater than or equal to %d", at, low)
	case ok && n > high:
		x.violates("%s failed to satisfy constraint: Member must have value less than or equal to %d", at, high)
	}
}
