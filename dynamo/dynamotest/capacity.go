package dynamotest

import (
	"maps"
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// consumedCapacity is ConsumedCapacity. The read and write units are those of
// transactions only.
type consumedCapacity struct {
	TableName              string
	CapacityUnits          float64
	ReadCapacityUnits      float64                   `json:",omitempty"`
	WriteCapacityUnits     float64                   `json:",omitempty"`
	Table                  *capacityUnits            `json:",omitempty"`
	GlobalSecondaryIndexes map[string]*capacityUnits `json:",omitempty"`
	LocalSecondaryIndexes  map[string]*capacityUnits `json:",omitempty"`
}

type capacityUnits struct {
	CapacityUnits      float64
	ReadCapacityUnits  float64 `json:",omitempty"`
	WriteCapacityUnits float64 `json:",omitempty"`
}

// A tally adds up what a request consumes of one table.
type tally struct {
	table float64
	index map[*engine.Index]float64
}

func (t *tally) add(c engine.Charge, factor float64) {
	t.table += factor * c.Table
	for x, units := range c.Index {
		t.addIndex(x, units)
	}
}

func (t *tally) addIndex(x *engine.Index, units float64) {
	if t.index == nil {
		t.index = make(map[*engine.Index]float64)
	}
	t.index[x] += units
}

// axis is which units a transaction names beside the total.
type axis int

const (
	noAxis axis = iota
	readAxis
	writeAxis
)

func (a axis) units(units float64) *capacityUnits {
	c := &capacityUnits{CapacityUnits: units}
	switch a {
	case readAxis:
		c.ReadCapacityUnits = units
	case writeAxis:
		c.WriteCapacityUnits = units
	}
	return c
}

// consumed returns the tally in the form that the request asks for, nil when it
// does not ask.
func (r *request) consumed(table string, t tally, a axis) *consumedCapacity {
	mode, _ := r.text("ReturnConsumedCapacity")
	if mode != "TOTAL" && mode != "INDEXES" {
		return nil
	}
	total := t.table
	for _, units := range t.index {
		total += units
	}
	sum := a.units(total)
	out := &consumedCapacity{
		TableName:          table,
		CapacityUnits:      sum.CapacityUnits,
		ReadCapacityUnits:  sum.ReadCapacityUnits,
		WriteCapacityUnits: sum.WriteCapacityUnits,
	}
	if mode == "TOTAL" {
		return out
	}
	out.Table = a.units(t.table)
	for x, units := range t.index {
		arm := &out.GlobalSecondaryIndexes
		if x.Local {
			arm = &out.LocalSecondaryIndexes
		}
		if *arm == nil {
			*arm = make(map[string]*capacityUnits)
		}
		(*arm)[x.Name] = a.units(units)
	}
	return out
}

// consumedEach returns the tallies of several tables in the order of their
// names.
func (r *request) consumedEach(tallies map[string]*tally, a axis) []*consumedCapacity {
	var out []*consumedCapacity
	for _, name := range slices.Sorted(maps.Keys(tallies)) {
		if c := r.consumed(name, *tallies[name], a); c != nil {
			out = append(out, c)
		}
	}
	return out
}

// itemCollectionMetrics is ItemCollectionMetrics.
type itemCollectionMetrics struct {
	ItemCollectionKey   value.Item
	SizeEstimateRangeGB []float64
}

// metrics returns the size of the collection that the item belongs to, nil when
// it is not asked for or the table has no collections.
func (r *request) metrics(t *engine.Table, item value.Item) *itemCollectionMetrics {
	if mode, _ := r.text("ReturnItemCollectionMetrics"); mode != "SIZE" || !t.HasLocalIndex() {
		return nil
	}
	name := t.Key.Hash[0].Name
	hash, _ := item.Get(name)
	const gigabyte = 1 << 30
	low := float64(t.CollectionSize(engine.Partition([]value.Value{hash})) / gigabyte)
	return &itemCollectionMetrics{
		ItemCollectionKey:   value.Item{{Name: name, Value: hash}},
		SizeEstimateRangeGB: []float64{low, low + 1},
	}
}
