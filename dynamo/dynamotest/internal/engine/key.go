package engine

import (
	"crypto/md5"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// Rows are kept in one tree per table and per index, under
//
//	hash of the partition key · partition key · sort key [· table key]
//
// so that a query is one range, and a scan visits partitions in the order of
// their hashes, as DynamoDB does, which also cuts it into segments.

// hashBytes is the length of the hash in front of a row's key.
const hashBytes = 3

// appendPartition appends the hash and the key of a partition. The hash is the
// one that dynalite found DynamoDB to order its scans by.
func appendPartition(b []byte, hash []value.Value) []byte {
	raw := append(make([]byte, 0, 64), "Outliers"...)
	for _, v := range hash {
		if v.Type() == value.N {
			raw = v.AppendKey(raw)
		} else {
			raw = append(raw, v.Text()...)
		}
	}
	sum := md5.Sum(raw)
	b = append(b, sum[:hashBytes]...)
	for _, v := range hash {
		b = v.AppendKey(b)
	}
	return b
}

// values returns the item's values of the attributes, false when one is missing
// or of another type.
func values(item value.Item, attrs []KeyAttribute, out []value.Value) ([]value.Value, bool) {
	for _, a := range attrs {
		v, ok := item.Get(a.Name)
		if !ok || v.Type() != a.Type {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}

// appendRowKey appends the item's key in a tree ordered by k.
func appendRowKey(b []byte, k Key, item value.Item) ([]byte, bool) {
	var buffer [4]value.Value
	hash, ok := values(item, k.Hash, buffer[:0])
	if !ok {
		return nil, false
	}
	b = appendPartition(b, hash)
	sort, ok := values(item, k.Sort, buffer[:0])
	if !ok {
		return nil, false
	}
	for _, v := range sort {
		b = v.AppendKey(b)
	}
	return b, true
}

// RowKey returns the key under which the table keeps the item, which must have
// the table's key attributes.
func (t *Table) RowKey(item value.Item) string {
	key, _ := appendRowKey(make([]byte, 0, 64), t.Key, item)
	return string(key)
}

// EntryKey returns the key under which the index keeps the item; it tells false
// when the item is not in the index.
func (x *Index) EntryKey(item value.Item) (string, bool) {
	key, ok := appendRowKey(make([]byte, 0, 96), x.Key, item)
	if !ok {
		return "", false
	}
	key, ok = appendRowKey(key, x.table.Key, item)
	return string(key), ok
}

// Partition returns what the keys of all rows of a partition start with.
func Partition(hash []value.Value) string { return string(appendPartition(nil, hash)) }

// AfterPrefix returns the first key after all that start with prefix, which is
// that of a partition or goes beyond it, so it ends before the string does.
func AfterPrefix(prefix string) string {
	b := []byte(prefix)
	for len(b) > 0 {
		if last := len(b) - 1; b[last] < 0xFF {
			b[last]++
			return string(b)
		}
		b = b[:len(b)-1]
	}
	return ""
}

// Segment returns the range of keys of one of so many segments of a scan. The
// first 12 bits of the hash decide, so of more than 4,096 segments some are
// empty.
func Segment(segment, total int) Range {
	const buckets = 4096
	first := func(s int) int { return (buckets*s + total - 1) / total }
	bound := func(bucket int) string { return string([]byte{byte(bucket >> 4), byte(bucket << 4)}) }
	from, to := first(segment), first(segment+1)
	switch {
	case from == to:
		return Range{From: "\x01", To: "\x01"}
	case to == buckets && from == 0:
		return Range{}
	case to == buckets:
		return Range{From: bound(from)}
	case from == 0:
		return Range{To: bound(to)}
	}
	return Range{bound(from), bound(to)}
}
