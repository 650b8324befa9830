package dynamotest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/partiql"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// A selection is a SELECT on its way.
type selection struct {
	*statement
	table *engine.Table
	index *engine.Index // nil for the table itself
	// ranges are those that are read, one after the other.
	ranges []engine.Range
	back   bool
	limit  int // 0 for none

	items          []value.Item
	scanned, bytes int
	last           string // the key of the row that the page ends with
	fetched        float64
}

// read runs a SELECT. The token, if there is one, says where to go on.
func (s *statement) read(tx *engine.Tx, limit int, token string, hasToken bool) (*selection, error) {
	x := &selection{statement: s, limit: limit}
	if err := x.open(tx); err != nil {
		return nil, err
	}
	if err := x.plan(); err != nil {
		return nil, err
	}
	if err := x.checkProjection(); err != nil {
		return nil, err
	}
	if hasToken {
		if err := x.resume(token); err != nil {
			return nil, err
		}
	}
	x.walk()
	return x, nil
}

// open finds the table and index.
func (x *selection) open(tx *engine.Tx) (err error) {
	if x.table, err = lookUp(tx, x.Table); err != nil || x.Index == "" {
		return err
	}
	if x.index = x.table.Index(x.Index); x.index == nil {
		return refusal.Invalid("The table does not have the specified index")
	}
	return nil
}

// checkIndexKey refuses an index with a key of several attributes, which PartiQL
// cannot read.
func (s *statement) checkIndexKey(tx *engine.Tx) error {
	t := tx.Table(s.Table)
	if t == nil || s.Index == "" || !s.Reads() {
		return nil
	}
	if x := t.Index(s.Index); x != nil && (len(x.Key.Hash) > 1 || len(x.Key.Sort) > 1) {
		return refusal.Invalid("PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys.")
	}
	return nil
}

// key returns the key that the rows are ordered by.
func (x *selection) key() engine.Key {
	if x.index != nil {
		return x.index.Key
	}
	return x.table.Key
}

// checkProjection refuses what a secondary index cannot answer.
func (x *selection) checkProjection() error {
	if x.index == nil {
		return nil
	}
	if !x.index.Local && x.flag("ConsistentRead") {
		return refusal.Invalid("Strongly consistent read is not supported on Global Secondary Indexes")
	}
	if missing := x.missing(x.columnNames()); len(missing) > 0 && !x.index.Local {
		return refusal.Invalid("%s", invalidText+"Global secondary index "+x.index.Name+" does not project ["+strings.Join(missing, ", ")+"]")
	}
	if x.Where == nil || len(x.ranges) == 0 || x.ranges[0] == (engine.Range{}) || x.hasAlternatives() {
		return nil
	}
	names, _ := x.Where.TopLevel()
	if missing := x.missing(names); len(missing) > 0 {
		return refusal.Invalid("%s", invalidText+"Secondary index "+x.index.Name+" does not project one or more filter attributes: ["+strings.Join(missing, ", ")+"]")
	}
	return nil
}

// hasAlternatives tells whether there are several ways of meeting the condition.
// DynamoDB then lets it name what the index does not hold, and matches nothing by
// it, even where each way names the index's key
// (https://github.com/nubo-db/dynoxide/blob/main/tests/partiql_index_qualifier.rs,
// captured in August 2026).
func (x *selection) hasAlternatives() bool {
	branches, ok := x.branches(x.key(), true)
	return !ok || len(branches) > 1
}

// columnNames returns the attribute of each column.
func (x *selection) columnNames() []string {
	names := make([]string, len(x.Columns))
	for i, path := range x.Columns {
		names[i] = path.Top()
	}
	return names
}

// missing returns the attributes that the index does not hold.
func (x *selection) missing(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), x.index.Projects)
}

// walk reads the rows of a page.
func (x *selection) walk() {
	source := x.table.Source()
	if x.index != nil {
		source = x.index.Source()
	}
	fetches := x.index != nil && len(x.missing(x.columnNames())) > 0
	for _, r := range x.ranges {
		for key, row := range source.Walk(r, !x.back) {
			size := row.Size
			if x.index != nil {
				size = x.index.EntrySize(row)
			}
			if x.scanned > 0 && x.bytes+size > maxPage {
				return
			}
			x.bytes += size
			x.visit(key, row, fetches)
			if x.scanned == x.limit {
				return
			}
		}
	}
	x.last = ""
}

// visit adds one row to the page.
func (x *selection) visit(key string, row *engine.Row, fetches bool) {
	x.scanned++
	x.last = key
	item := row.Item
	if x.index != nil {
		item = x.index.Project(item)
	}
	if fetches {
		x.fetched += x.readUnits(row.Size, x.flag("ConsistentRead"))
	}
	if x.Where != nil && !x.Where.Match(item) {
		return
	}
	if fetches {
		item = row.Item
	}
	x.items = append(x.items, x.project(item))
}

// project returns the columns of an item, each under the last name of its path.
func (x *selection) project(item value.Item) value.Item {
	if x.Columns == nil {
		return item
	}
	out := value.Item{}
	for _, path := range x.Columns {
		if v, ok := path.Lookup(item); ok {
			out = out.With(columnName(path), v)
		}
	}
	return out
}

func columnName(path expr.Path) string {
	name := ""
	for _, s := range path {
		if s.Name != "" {
			name = s.Name
			continue
		}
		name += "[" + strconv.Itoa(s.Index) + "]"
	}
	return name
}

// consumption returns what the page has cost.
func (x *selection) consumption() tally {
	units := x.readUnits(x.bytes, x.flag("ConsistentRead"))
	if x.index == nil {
		return tally{table: units}
	}
	return tally{table: x.fetched, index: map[*engine.Index]float64{x.index: units}}
}

// checkOverlap refuses a SELECT whose alternatives lead to the same items.
func (s *statement) checkOverlap(k engine.Key) error {
	branches, ok := s.branches(k, false)
	if !ok {
		return nil
	}
	overlaps := refusal.Invalid("Overlapping conditions with range keys are not supported in where clause")
	var seen []engine.Range
	for _, b := range branches {
		if b.Repeats {
			return overlaps
		}
		if b.Loose || len(b.Hash) == 0 || len(b.Sort) > 1 {
			return nil
		}
		seen = append(seen, points(k, b)...)
	}
	slices.SortFunc(seen, func(a, b engine.Range) int { return strings.Compare(a.From, b.From) })
	for i := 1; i < len(seen); i++ {
		if seen[i].From < seen[i-1].To || seen[i-1].To == "" {
			return overlaps
		}
	}
	return nil
}

func (s *statement) branches(k engine.Key, all bool) ([]partiql.Branch, bool) {
	sort := ""
	if len(k.Sort) > 0 {
		sort = k.Sort[0].Name
	}
	return partiql.Branches(s.Where, k.Hash[0].Name, sort, all)
}
