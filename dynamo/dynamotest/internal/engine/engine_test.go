package engine_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/number"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

func num(n int) value.Value { return value.Number(number.FromInt(n)) }

func newTable() *engine.Table {
	pk, sk, g := engine.KeyAttribute{Name: "pk", Type: value.S}, engine.KeyAttribute{Name: "sk", Type: value.N}, engine.KeyAttribute{Name: "g", Type: value.N}
	return engine.NewTable("t", engine.Key{Hash: []engine.KeyAttribute{pk}, Sort: []engine.KeyAttribute{sk}}, []engine.IndexSchema{
		{Name: "global", Key: engine.Key{Hash: []engine.KeyAttribute{g}, Sort: []engine.KeyAttribute{sk}}, Projection: engine.ProjectKeys},
		{Name: "local", Key: engine.Key{Hash: []engine.KeyAttribute{pk}, Sort: []engine.KeyAttribute{g}}, Local: true, Projection: engine.ProjectAll},
	})
}

// item returns an item; a negative g leaves it out of the indexes.
func item(pk string, sk, g int) value.Item {
	out := value.Item(nil).With("pk", value.String(pk)).With("sk", num(sk)).With("v", num(sk*g))
	if g >= 0 {
		out = out.With("g", num(g))
	}
	return out
}

// TestAgainstAModel writes random items, some of them in transactions that
// fail, and compares table and indexes with a list.
func TestAgainstAModel(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	db := engine.NewDB()
	table := newTable()
	require.NoError(t, db.Update(func(tx *engine.Tx) error {
		tx.Create(table)
		return nil
	}))
	model := map[string]value.Item{}
	failure := errors.New("failure")
	for i := range 4000 {
		fails := r.IntN(5) == 0
		err := db.Update(func(tx *engine.Tx) error {
			for range 1 + r.IntN(3) {
				it := item(fmt.Sprint("p", r.IntN(6)), r.IntN(40)-20, r.IntN(5)-1)
				key := table.RowKey(it)
				row := engine.NewRow(it)
				if r.IntN(3) == 0 {
					row = nil
				}
				tx.Put(table, key, row)
				if !fails {
					delete(model, key)
					if row != nil {
						model[key] = it
					}
				}
			}
			if fails {
				return failure
			}
			return nil
		})
		require.Equal(t, fails, errors.Is(err, failure))
		if i%200 == 0 {
			compare(t, table, model)
		}
	}
	compare(t, table, model)
}

func compare(t *testing.T, table *engine.Table, model map[string]value.Item) {
	t.Helper()
	bytes, inIndex := 0, 0
	for key, it := range model {
		require.True(t, it.Equal(table.Get(key).Item))
		bytes += it.Size()
		if it.Has("g") {
			inIndex++
		}
	}
	require.Equal(t, len(model), table.Len())
	require.Equal(t, bytes, table.Bytes())
	for _, x := range table.Indexes {
		require.Equal(t, inIndex, x.Len(), x.Name)
	}
	for p := range 6 {
		partition := engine.Partition([]value.Value{value.String(fmt.Sprint("p", p))})
		compareRange(t, table.Source(), partition, model, "sk", func(it value.Item) bool {
			pk, _ := it.Get("pk")
			return pk.Text() == fmt.Sprint("p", p)
		})
	}
	for g := range 4 {
		partition := engine.Partition([]value.Value{num(g)})
		compareRange(t, table.Index("global").Source(), partition, model, "sk", func(it value.Item) bool {
			v, ok := it.Get("g")
			return ok && v.Equal(num(g))
		})
	}
}

// compareRange walks a partition in both directions.
func compareRange(t *testing.T, source engine.Source, partition string, model map[string]value.Item, sort string, in func(value.Item) bool) {
	t.Helper()
	var want []int
	for _, it := range model {
		if in(it) {
			want = append(want, sortKey(it, sort))
		}
	}
	slices.Sort(want)
	r := engine.Range{From: partition, To: engine.AfterPrefix(partition)}
	for _, forward := range []bool{true, false} {
		var got []int
		for _, row := range source.Walk(r, forward) {
			require.True(t, in(row.Item))
			got = append(got, sortKey(row.Item, sort))
		}
		require.Equal(t, want, got)
		slices.Reverse(want)
	}
}

func sortKey(it value.Item, name string) int {
	v, _ := it.Get(name)
	n := 0
	_, _ = fmt.Sscan(v.Text(), &n)
	return n
}

func TestSegmentsPartTheKeys(t *testing.T) {
	in := func(r engine.Range, key string) bool { return key >= r.From && (r.To == "" || key < r.To) }
	for _, total := range []int{1, 2, 3, 7, 100, 4096, 5000} {
		for _, key := range []string{"\x00\x00\x00a", "\x01\x00\x00b", "\x55\x55\x55c", "\x80\x00\x00d", "\xFF\xEF\xFFe", "\xFF\xFF\xFF\xFF"} {
			found := 0
			for s := range total {
				if in(engine.Segment(s, total), key) {
					found++
				}
			}
			require.Equal(t, 1, found, "%x in %d segments", key, total)
		}
	}
}

// TestIndexCharges is the ladder of what a write costs an index.
func TestIndexCharges(t *testing.T) {
	table := newTable()
	global, local := table.Index("global"), table.Index("local")
	row := func(g, v int) *engine.Row { return engine.NewRow(item("p", 1, g).With("v", num(v))) }
	for name, test := range map[string]struct {
		old, now      *engine.Row
		global, local float64
	}{
		"insert":                   {nil, row(1, 1), 1, 1},
		"insert outside":           {nil, row(-1, 1), 0, 0},
		"move":                     {row(1, 1), row(2, 1), 2, 2},
		"leave":                    {row(1, 1), row(-1, 1), 1, 1},
		"delete":                   {row(1, 1), nil, 1, 1},
		"change what is projected": {row(1, 1), row(1, 2), 0, 1},
		"change nothing":           {row(1, 1), row(1, 1), 0, 0},
		"stay outside":             {row(-1, 1), row(-1, 2), 0, 0},
	} {
		c := table.ChargeWrite(test.old, test.now)
		require.Equal(t, 1.0, c.Table, name)
		require.Equal(t, test.global, c.Index[global], name)
		require.Equal(t, test.local, c.Index[local], name)
	}
}
