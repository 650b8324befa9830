package engine

// Units of capacity: a read unit covers 4 KB of 1,024 bytes, a write unit 1 KB.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
const (
	readUnit  = 4096
	writeUnit = 1024
)

// ReadUnits returns the units of a strongly consistent read of so many bytes.
func ReadUnits(size int) float64 { return float64(max(1, (size+readUnit-1)/readUnit)) }

// WriteUnits returns the units of a write of so many bytes.
func WriteUnits(size int) float64 { return float64(max(1, (size+writeUnit-1)/writeUnit)) }

// A Charge is what a write to one table has cost.
type Charge struct {
	Table float64
	// Index holds the units of each index that the write changed.
	Index map[*Index]float64
}

// ChargeWrite returns what it costs to replace old by row; either may be nil.
// The larger of the two counts.
func (t *Table) ChargeWrite(old, row *Row) Charge {
	size := 0
	for _, r := range []*Row{old, row} {
		if r != nil {
			size = max(size, r.Size)
		}
	}
	c := Charge{Table: WriteUnits(size)}
	for _, x := range t.Indexes {
		if units := x.chargeWrite(old, row); units > 0 {
			if c.Index == nil {
				c.Index = make(map[*Index]float64)
			}
			c.Index[x] = units
		}
	}
	return c
}

// chargeWrite: an entry that comes or goes costs its size, one that moves costs
// both, one that changes in place costs the larger size, and one that stays as
// it is costs nothing.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
func (x *Index) chargeWrite(old, row *Row) float64 {
	oldKey, before := x.entryOf(old)
	newKey, after := x.entryOf(row)
	switch {
	case !before && !after:
		return 0
	case !before:
		return WriteUnits(x.EntrySize(row))
	case !after:
		return WriteUnits(x.EntrySize(old))
	case oldKey != newKey:
		return WriteUnits(x.EntrySize(old)) + WriteUnits(x.EntrySize(row))
	case x.Project(old.Item).Equal(x.Project(row.Item)):
		return 0
	}
	return WriteUnits(max(x.EntrySize(old), x.EntrySize(row)))
}

func (x *Index) entryOf(row *Row) (string, bool) {
	if row == nil {
		return "", false
	}
	return x.EntryKey(row.Item)
}

// CollectionSize returns the bytes of the item collection of a partition: its
// items and their entries in the local secondary indexes.
func (t *Table) CollectionSize(partition string) int {
	size := 0
	for _, row := range t.Source().Walk(Range{partition, AfterPrefix(partition)}, true) {
		size += row.Size
		for _, x := range t.Indexes {
			if _, ok := x.entryOf(row); ok && x.Local {
				size += x.EntrySize(row)
			}
		}
	}
	return size
}

// HasLocalIndex tells that the table has item collections, which only tables
// with local secondary indexes do.
func (t *Table) HasLocalIndex() bool {
	for _, x := range t.Indexes {
		if x.Local {
			return true
		}
	}
	return false
}
