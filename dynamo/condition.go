package dynamo

import (
	"maps"
	"sync"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A state is what a write expects of the stored item.
type state uint8

const (
	anything         state = iota // nothing is expected
	absent                        // there is no item
	present                       // there is an item
	atVersion                     // what is stored has a certain version, expired or not
	presentAtVersion              // there is an item, and it has a certain version
	states
)

// fixed are the conditions that every write of a type needs, put together once.
// Their names are words, those that the SDK's builders make are numbers, so
// they never meet.
type fixed struct {
	condition [states]string
	names     [states]map[string]string
}

// precompute puts the fixed conditions together. An item whose time to live is
// over counts as absent; the first second of 1970 and earlier is "never".
func (c *core) precompute() fixed {
	key := map[string]string{"#pk": c.key.partition.name}
	var f fixed
	f.condition[absent], f.names[absent] = "attribute_not_exists(#pk)", key
	f.condition[present], f.names[present] = "attribute_exists(#pk)", key
	if c.ttl != nil {
		key["#ttl"] = c.ttl.name
		f.condition[absent] = "(attribute_not_exists(#pk) OR #ttl BETWEEN :one AND :now)"
		f.condition[present] = "attribute_exists(#pk) AND (attribute_not_exists(#ttl) OR #ttl < :one OR #ttl > :now)"
	}
	if c.version != nil {
		version := map[string]string{"#version": c.version.name}
		f.condition[atVersion], f.names[atVersion] = "#version = :version", version
		f.condition[presentAtVersion] = f.condition[present] + " AND " + f.condition[atVersion]
		f.names[presentAtVersion] = maps.Clone(key)
		maps.Copy(f.names[presentAtVersion], version)
	}
	return f
}

var one = numberOf(int64(1))

// fixedValues returns the values of the fixed condition for expect.
func (c *core) fixedValues(expect state, version *types.AttributeValueMemberN) map[string]types.AttributeValue {
	timed := c.ttl != nil && expect != atVersion
	if !timed && version == nil {
		return nil
	}
	values := make(map[string]types.AttributeValue, 3)
	if version != nil {
		values[":version"] = version
	}
	if timed {
		values[":one"], values[":now"] = one, numberOf(c.now().Unix())
	}
	return values
}

// A statement is the expressions of one write with their names and values.
type statement struct {
	condition, update *string
	names             map[string]string
	values            map[string]types.AttributeValue
}

// require adds the fixed condition for expect to s.
func (c *core) require(s *statement, expect state, version *types.AttributeValueMemberN) {
	if expect == anything {
		return
	}
	values := c.fixedValues(expect, version)
	if s.condition == nil && s.update == nil { // the common case shares the names
		s.condition, s.names, s.values = &c.fixed.condition[expect], c.fixed.names[expect], values
		return
	}
	text := c.fixed.condition[expect]
	if s.condition != nil {
		text += " AND (" + *s.condition + ")"
	}
	s.condition = &text
	if s.update == nil { // a kept condition's
		s.names, s.values = maps.Clone(s.names), maps.Clone(s.values)
	}
	s.add(c.fixed.names[expect], values)
}

// add adds names and values to those of s, which must be its own.
func (s *statement) add(names map[string]string, values map[string]types.AttributeValue) {
	if s.names == nil {
		s.names = make(map[string]string, len(names))
	}
	if s.values == nil && len(values) > 0 {
		s.values = make(map[string]types.AttributeValue, len(values))
	}
	maps.Copy(s.names, names)
	maps.Copy(s.values, values)
}

// A condition is one of the caller's. What it is built into is kept, and must
// not be changed.
type condition struct {
	builder expression.ConditionBuilder
	once    sync.Once
	built   statement
	err     error
}

// statement returns the built condition, an empty statement for none.
func (c *condition) statement() (statement, error) {
	if c == nil {
		return statement{}, nil
	}
	c.once.Do(func() {
		built, err := expression.NewBuilder().WithCondition(c.builder).Build()
		c.built = statement{condition: built.Condition(), names: built.Names(), values: built.Values()}
		c.err = err
	})
	return c.built, c.err
}
