// Package engine stores tables: items in order, their indexes, and the
// arithmetic of capacity.
package engine

import (
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// A KeyAttribute is a part of a key.
type KeyAttribute struct {
	Name string
	Type value.Type
}

// A Key is a key schema. A table's key has one attribute of each kind at most;
// a global secondary index may have up to four of each.
type Key struct {
	Hash, Sort []KeyAttribute
}

// Names returns the names of the key's attributes, partition key first.
func (k Key) Names() []string {
	return append(attributeNames(k.Hash), attributeNames(k.Sort)...)
}

// HashNames returns the names of the partition key's attributes.
func (k Key) HashNames() []string { return attributeNames(k.Hash) }

// SortNames returns the names of the sort key's attributes.
func (k Key) SortNames() []string { return attributeNames(k.Sort) }

// Has tells that the attribute is part of the key.
func (k Key) Has(name string) bool {
	return slices.ContainsFunc(k.Attributes(), func(a KeyAttribute) bool { return a.Name == name })
}

// Attributes returns all attributes of the key, partition key first.
func (k Key) Attributes() []KeyAttribute { return slices.Concat(k.Hash, k.Sort) }

func attributeNames(attrs []KeyAttribute) []string {
	out := make([]string, len(attrs))
	for i, a := range attrs {
		out[i] = a.Name
	}
	return out
}

// The kinds of projections of an index.
const (
	ProjectAll     = "ALL"
	ProjectKeys    = "KEYS_ONLY"
	ProjectInclude = "INCLUDE"
)

// An IndexSchema describes a secondary index.
type IndexSchema struct {
	Name string
	Key  Key
	// Local tells a local secondary index from a global one.
	Local bool
	// Projection is one of the kinds above, and Include what INCLUDE adds.
	Projection string
	Include    []string
}

// projected returns the names of the attributes that the index holds, nil for
// all of them.
func (s *IndexSchema) projected(table Key) []string {
	if s.Projection == ProjectAll {
		return nil
	}
	names := append(s.Key.Names(), table.Names()...)
	return append(names, s.Include...)
}
