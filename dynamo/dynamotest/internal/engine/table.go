package engine

import (
	"iter"
	"slices"
	"time"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/btree"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// A Row is a stored item with its size. Rows are never changed.
type Row struct {
	Item value.Item
	Size int
}

// NewRow returns a row of the item, which it copies.
func NewRow(item value.Item) *Row { return &Row{Item: item.Compact(), Size: item.Size()} }

// OwnRow returns a row of the item, which it keeps and changes: nobody else must
// have seen it.
func OwnRow(item value.Item) *Row {
	item.MakeCompact()
	return &Row{Item: item, Size: item.Size()}
}

// A Table is a table with its rows and indexes.
type Table struct {
	Name    string
	Key     Key
	Indexes []*Index
	// Attributes holds AttributeDefinitions in their order.
	Attributes []KeyAttribute
	// ID and Created identify the table in descriptions.
	ID      string
	Created time.Time
	// Stream is the newest stream, nil when there never was one.
	Stream *Stream
	// ExpiresAt is the attribute of time to live, empty when that is off.
	ExpiresAt string
	// Tags are in the order in which they were first set.
	Tags []Tag
	// Settings are described and have no effect on the rows.
	Settings Settings

	rows  btree.Tree[*Row]
	bytes int
}

// A Tag is a tag of a table.
type Tag struct{ Key, Value string }

// Settings are the parts of a table's description that do not touch its rows.
type Settings struct {
	// OnDemand tells PAY_PER_REQUEST from PROVISIONED billing.
	OnDemand bool
	// BillingChanged is when the billing mode was set; zero when it never was.
	BillingChanged    time.Time
	Throughput        Throughput
	OnDemandLimit     *OnDemandLimit
	Class             string
	ClassChanged      time.Time
	DeletionProtected bool
	Encryption        *Encryption
	Warm              *Throughput
}

// Throughput is provisioned capacity.
type Throughput struct {
	Read, Write int64
	// Raised and Lowered are when it was last changed; zero when it never was.
	Raised, Lowered time.Time
	// Decreases is how often it was lowered on the day of Lowered.
	Decreases int
}

// DecreasesOn returns how often the throughput was lowered on that day, in UTC.
func (t Throughput) DecreasesOn(day time.Time) int {
	if t.Lowered.UTC().Truncate(24*time.Hour) != day.UTC().Truncate(24*time.Hour) {
		return 0
	}
	return t.Decreases
}

// An OnDemandLimit bounds on-demand throughput.
type OnDemandLimit struct {
	Read, Write int64
}

// Encryption is server-side encryption with a KMS key.
type Encryption struct {
	Key string
}

// An Index is a secondary index. Its entries are the rows of the table.
type Index struct {
	IndexSchema
	Throughput    Throughput
	OnDemandLimit *OnDemandLimit

	table     *Table
	projected []string // nil for all attributes
	entries   btree.Tree[*Row]
	bytes     int
}

// NewTable returns an empty table.
func NewTable(name string, key Key, indexes []IndexSchema) *Table {
	t := &Table{Name: name, Key: key}
	for _, s := range indexes {
		t.Indexes = append(t.Indexes, t.newIndex(s))
	}
	return t
}

func (t *Table) newIndex(s IndexSchema) *Index {
	return &Index{IndexSchema: s, table: t, projected: s.projected(t.Key)}
}

// AddIndex adds an index with the rows that belong to it.
func (t *Table) AddIndex(s IndexSchema) *Index {
	x := t.newIndex(s)
	for _, row := range t.rows.From("") {
		x.add(row)
	}
	t.Indexes = append(t.Indexes, x)
	return x
}

// RemoveIndex drops the index of that name.
func (t *Table) RemoveIndex(name string) {
	t.Indexes = slices.DeleteFunc(t.Indexes, func(x *Index) bool { return x.Name == name })
}

// Index returns the index of that name, nil when there is none.
func (t *Table) Index(name string) *Index {
	for _, x := range t.Indexes {
		if x.Name == name {
			return x
		}
	}
	return nil
}

// Len returns the number of items, and Bytes their size.
func (t *Table) Len() int { return t.rows.Len() }

// Bytes returns the size of all items.
func (t *Table) Bytes() int { return t.bytes }

// Get returns the row under the key, nil when there is none.
func (t *Table) Get(key string) *Row {
	row, _ := t.rows.Get(key)
	return row
}

// put stores row under key, nil removes it, and returns what was there.
func (t *Table) put(key string, row *Row) (old *Row) {
	old = t.Get(key)
	switch {
	case row != nil:
		t.rows.Set(key, row)
		t.bytes += row.Size
	case old != nil:
		t.rows.Delete(key)
	}
	if old != nil {
		t.bytes -= old.Size
	}
	for _, x := range t.Indexes {
		x.replace(old, row)
	}
	return old
}

// Len returns the number of entries of the index.
func (x *Index) Len() int { return x.entries.Len() }

// Bytes returns the size of all entries of the index.
func (x *Index) Bytes() int { return x.bytes }

func (x *Index) add(row *Row) {
	if key, ok := x.EntryKey(row.Item); ok {
		x.entries.Set(key, row)
		x.bytes += x.EntrySize(row)
	}
}

// replace takes old out and puts row in; either may be nil.
func (x *Index) replace(old, row *Row) {
	if old != nil {
		if key, ok := x.EntryKey(old.Item); ok && x.entries.Delete(key) {
			x.bytes -= x.EntrySize(old)
		}
	}
	if row != nil {
		x.add(row)
	}
}

// Project returns the part of the item that the index holds.
func (x *Index) Project(item value.Item) value.Item {
	if x.projected == nil {
		return item
	}
	return item.Pick(x.projected)
}

// Projects tells that the index holds the attribute.
func (x *Index) Projects(name string) bool {
	return x.projected == nil || slices.Contains(x.projected, name)
}

// EntrySize returns the size of the part of the row that the index holds.
func (x *Index) EntrySize(row *Row) int {
	if x.projected == nil {
		return row.Size
	}
	size := 0
	for i := range row.Item {
		if a := &row.Item[i]; slices.Contains(x.projected, a.Name) {
			size += len(a.Name) + a.Value.Size()
		}
	}
	return size
}

// A Range is the keys from From up to, and without, To. An empty To is no bound
// when walking forward.
type Range struct{ From, To string }

// A Source is what a query or scan walks: the rows of a table or index.
type Source struct{ rows *btree.Tree[*Row] }

// Source returns the table's rows.
func (t *Table) Source() Source { return Source{&t.rows} }

// Source returns the index's entries.
func (x *Index) Source() Source { return Source{&x.entries} }

// Walk visits the rows of a range, forward or backward.
func (s Source) Walk(r Range, forward bool) iter.Seq2[string, *Row] {
	return func(yield func(string, *Row) bool) {
		walk := s.rows.From(r.From)
		if !forward {
			walk = s.rows.Before(r.To)
		}
		for key, row := range walk {
			if forward && r.To != "" && key >= r.To || !forward && key < r.From || !yield(key, row) {
				return
			}
		}
	}
}
