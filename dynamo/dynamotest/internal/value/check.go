package value

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// MaxDepth is how many lists and maps may be around a value, counting the one
// that is the attribute itself.
const MaxDepth = 31

// secondDepth is how deep a value may be for the first of DynamoDB's two checks
// of the depth to answer; the second words it without "1 validation error".
const secondDepth = 62

// NestingText is the complaint about too many levels.
const NestingText = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"

// Check checks the values of an item that is to be stored, and brings their
// sets into order.
func (m Item) Check(layer Layer) error {
	for i := range m {
		if err := m[i].Value.Check(layer); err != nil {
			return err
		}
	}
	return nil
}

// CheckKey checks the values of a key that is given as such.
func (m Item) CheckKey(layer Layer) error {
	for i := range m {
		if m[i].Value.Depth() > MaxDepth {
			return refusal.Request(NestingText)
		}
	}
	for i := range m {
		v := m[i].Value
		if v.IsSet() && len(v.List()) == 0 {
			return refusal.Invalid(emptySet(v.Type()))
		}
		if v.IsSet() {
			if err := v.checkSet(layer); err != nil {
				return err
			}
		}
	}
	return nil
}

// Check checks one value that is to be stored and brings its sets into order.
func (v Value) Check(layer Layer) error {
	if v.more == nil {
		return nil
	}
	switch depth := v.Depth(); {
	case depth > secondDepth:
		return refusal.Invalid(NestingText)
	case depth > MaxDepth:
		return refusal.Request(NestingText)
	}
	return v.CheckSets(layer)
}

// CheckSets refuses empty sets and repeated members at any depth, and sorts the
// members of the others.
func (v Value) CheckSets(layer Layer) error {
	switch v.typ {
	case SS, NS, BS:
		return v.checkSet(layer)
	case L:
		for _, e := range v.List() {
			if err := e.CheckSets(layer); err != nil {
				return err
			}
		}
	case M:
		for _, a := range v.Map() {
			if err := a.Value.CheckSets(layer); err != nil {
				return err
			}
		}
	}
	return nil
}

func emptySet(t Type) string {
	switch t {
	case NS:
		return emptyNSText
	case BS:
		return emptyBSText
	}
	return emptySetText
}

func (v Value) checkSet(layer Layer) error {
	if len(v.more.list) == 0 {
		return refusal.Request(emptySet(v.typ))
	}
	members := slices.Clone(v.more.list)
	slices.SortFunc(members, Compare)
	for i := range members[1:] {
		if members[i].text == members[i+1].text {
			return v.repeated(layer)
		}
	}
	copy(v.more.list, members) // decoding made the list for this value alone
	return nil
}

// repeated words the complaint about a repeated member. The current layer lists
// the members it had read in order, then the repeated one, then the others as
// they were sent; the older layer lists all as they were sent.
func (v Value) repeated(layer Layer) error {
	const invalid = "One or more parameter values were invalid: "
	if v.typ == NS {
		if layer == Older {
			return refusal.Request("Input collection contains duplicates")
		}
		return refusal.Request(invalid + "Input collection contains duplicates.")
	}
	members, separator := v.more.list, ", "
	if layer == Current {
		members = readOrder(members)
	}
	texts := make([]string, len(members))
	for i, m := range members {
		texts[i] = m.text
		if v.typ == BS {
			texts[i] = base64.StdEncoding.EncodeToString([]byte(m.text))
		}
		if layer == Current {
			texts[i] = string(wire.AppendString(nil, texts[i]))
		}
	}
	suffix := "] contains duplicates."
	if v.typ == BS {
		suffix = "]of type BS contains duplicates."
		if layer == Current {
			separator = ","
		}
	}
	return refusal.Request("%s", invalid+"Input collection ["+strings.Join(texts, separator)+suffix)
}

func readOrder(members []Value) []Value {
	for i, m := range members {
		if !slices.ContainsFunc(members[:i], m.Equal) {
			continue
		}
		out := slices.Clone(members[:i])
		slices.SortFunc(out, Compare)
		return append(out, members[i:]...)
	}
	return members
}

// HasEmptyName tells that an attribute at any depth has an empty name.
func (m Item) HasEmptyName() bool {
	for i := range m {
		if m[i].Name == "" || m[i].Value.HasEmptyName() {
			return true
		}
	}
	return false
}

// HasEmptyName tells that an attribute inside v has an empty name.
func (v Value) HasEmptyName() bool {
	return v.more != nil && (v.more.attrs.HasEmptyName() || slices.ContainsFunc(v.more.list, Value.HasEmptyName))
}
