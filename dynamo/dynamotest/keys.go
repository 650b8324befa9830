package dynamotest

import (
	"cmp"
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// Limits of keys in bytes.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys
const (
	maxHashKey = 2048
	maxSortKey = 1024
)

const (
	schemaText  = "The provided key element does not match the schema"
	hashKeyText = "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"
	sortKeyText = "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
)

// lookUp returns the table for an operation on items.
func lookUp(tx *engine.Tx, name string) (*engine.Table, error) {
	if t := tx.Table(name); t != nil {
		return t, nil
	}
	return nil, refusal.NotFound("Requested resource not found")
}

// isEmptyKey tells a complaint about an empty key value, which fails a whole
// transaction instead of one of its actions.
func isEmptyKey(err error) bool {
	e, ok := refusal.As(err)
	return ok && e.Fields[emptyKeyMark] != nil
}

// emptyKeyMark marks the error inside the fake and is never sent.
const emptyKeyMark = "\x00empty key"

func emptyKey(text string) error {
	e := refusal.Invalid("%s", text)
	e.Fields = map[string]any{emptyKeyMark: true}
	return e
}

func emptyKind(v value.Value) string {
	if v.Type() == value.B {
		return "binary"
	}
	return "string"
}

// checkKeyValue checks the value of a key attribute, which has the right type.
func checkKeyValue(a engine.KeyAttribute, v value.Value, limit int) error {
	switch {
	case v.Type() != value.N && v.Text() == "":
		return emptyKey("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty " +
			emptyKind(v) + " value. Key: " + a.Name)
	case len(v.Text()) <= limit:
		return nil
	case limit == maxHashKey:
		return refusal.Invalid(hashKeyText)
	}
	return refusal.Invalid(sortKeyText)
}

// checkKey checks a key that is given as such.
func checkKey(t *engine.Table, key value.Item) error {
	if len(key) != len(t.Key.Hash)+len(t.Key.Sort) {
		return refusal.Invalid(schemaText)
	}
	return eachKey(t, func(a engine.KeyAttribute, limit int) error {
		v, ok := key.Get(a.Name)
		if !ok || v.Type() != a.Type {
			return refusal.Invalid(schemaText)
		}
		return checkKeyValue(a, v, limit)
	})
}

// eachKey calls check for the table's key attributes, partition key first, with
// the limits of their lengths, until it returns an error.
func eachKey(t *engine.Table, check func(a engine.KeyAttribute, limit int) error) error {
	for _, a := range t.Key.Hash {
		if err := check(a, maxHashKey); err != nil {
			return err
		}
	}
	for _, a := range t.Key.Sort {
		if err := check(a, maxSortKey); err != nil {
			return err
		}
	}
	return nil
}

// checkItemKeys checks the key attributes of an item that is to be stored, then
// those of the indexes.
func checkItemKeys(t *engine.Table, item value.Item) error {
	err := eachKey(t, func(a engine.KeyAttribute, limit int) error {
		v, ok := item.Get(a.Name)
		if !ok {
			return refusal.Invalid("One or more parameter values were invalid: Missing the key %s in the item", a.Name)
		}
		if v.Type() != a.Type {
			return refusal.Invalid("One or more parameter values were invalid: Type mismatch for key %s expected: %s actual: %s",
				a.Name, a.Type, v.Type())
		}
		return checkKeyValue(a, v, limit)
	})
	if err != nil {
		return err
	}
	return checkIndexKeys(t, nil, item)
}

// checkIndexKeys checks the attributes that are keys of an index. With the item
// as it was before an update, only what the update changed is looked at.
func checkIndexKeys(t *engine.Table, before, item value.Item) error {
	if len(t.Indexes) == 0 {
		return nil
	}
	indexes := slices.SortedFunc(slices.Values(t.Indexes), func(a, b *engine.Index) int {
		return cmp.Compare(a.Name, b.Name)
	})
	for _, x := range indexes {
		for _, a := range x.Key.Attributes() {
			v, ok := item.Get(a.Name)
			if old, had := before.Get(a.Name); !ok || had && old.Equal(v) {
				continue
			}
			if err := checkIndexKey(x, a, v, before != nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkIndexKey(x *engine.Index, a engine.KeyAttribute, v value.Value, update bool) error {
	switch {
	case v.Type() != a.Type:
		return refusal.Invalid("One or more parameter values were invalid: Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s",
			a.Name, a.Type, v.Type(), x.Name)
	case v.Type() == value.N || v.Text() != "":
		return nil
	case update:
		return emptyKey("One or more parameter values are not valid. The update expression attempted to update a secondary index key " +
			"to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty " + emptyKind(v) + " value.")
	}
	return emptyKey("One or more parameter values are not valid. A value specified for a secondary index key is not supported. " +
		"The AttributeValue for a key attribute cannot contain an empty " + emptyKind(v) + " value. IndexName: " + x.Name + ", IndexKey: " + a.Name)
}
