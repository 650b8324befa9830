package dynamotest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

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
	e, ok := refusal.As(err)
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
		return x.badStart()
	}
	attrs := x.table.Key.Attributes()
	if x.index != nil {
		attrs = append(attrs, x.index.Key.Attributes()...)
	}
	for _, a := range attrs {
		if v, ok := x.start.Get(a.Name); !ok || v.Type() != a.Type {
			return x.badStart()
		}
	}
	if scan {
		return nil
	}
	for _, a := range x.table.Key.Attributes() {
		v, _ := x.start.Get(a.Name)
		if err := checkKeyValue(a, v, value.MaxItemSize); err != nil {
			return err
		}
	}
	return nil
}

// badStart is the complaint about a starting key that is not like those of the
// table and index.
func (x *reading) badStart() error {
	if x.older() {
		return refusal.Invalid(startText + ": " + schemaText)
	}
	return refusal.Invalid(startText)
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
