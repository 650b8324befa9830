// Package query translates AWS's query protocol, forms in and XML out, to the
// JSON of the newer ones and back:
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html.
package query

import (
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

var errConflict = errors.New("a parameter is given twice")

// A tree is the parameters below a name: text, or further parameters.
type tree struct {
	text     *string
	children map[string]*tree
}

// document returns the parameters of a request as a JSON document. Every value
// is a string; X.member.N becomes a list, X.entry.N with a key and a value or a
// Name and a Value an object. An empty parameter is left out, because it may
// stand for an empty list.
func document(form url.Values) ([]byte, error) {
	root := &tree{}
	for name, values := range form {
		if name == "Action" || name == "Version" || values[0] == "" {
			continue
		}
		if err := root.put(strings.Split(name, "."), values[0]); err != nil {
			return nil, err
		}
	}
	return json.Marshal(root.value())
}

func (t *tree) put(path []string, text string) error {
	const deepest = 10 // real requests have five levels
	if len(path) > deepest || t.text != nil || len(path) == 0 && t.children != nil {
		return errConflict
	}
	if len(path) == 0 {
		t.text = &text
		return nil
	}
	child := t.children[path[0]]
	if child == nil {
		child = &tree{}
		if t.children == nil {
			t.children = make(map[string]*tree)
		}
		t.children[path[0]] = child
	}
	return child.put(path[1:], text)
}

func (t *tree) value() any {
	if t.text != nil {
		return *t.text
	}
	if list := t.items("member"); list != nil {
		values := make([]any, len(list))
		for i, item := range list {
			values[i] = item.value()
		}
		return values
	}
	object := make(map[string]any, len(t.children))
	if entries := t.items("entry"); entries != nil {
		for _, e := range entries {
			if name, value, ok := e.entry(); ok {
				object[name] = value
			}
		}
		return object
	}
	for name, child := range t.children {
		object[name] = child.value()
	}
	return object
}

// items returns the numbered parameters below name in their order, nil when
// there are none or others beside them.
func (t *tree) items(name string) []*tree {
	child := t.children[name]
	if child == nil || len(t.children) > 1 || child.text != nil {
		return nil
	}
	numbers := make(map[int]*tree, len(child.children))
	for key, item := range child.children {
		n, err := strconv.Atoi(key)
		if err != nil {
			return nil
		}
		numbers[n] = item
	}
	var list []*tree
	for _, n := range slices.Sorted(maps.Keys(numbers)) {
		list = append(list, numbers[n])
	}
	return list
}

// entry returns one entry of a map, which names its parts in one of two ways.
func (t *tree) entry() (name string, value any, ok bool) {
	for _, keys := range [][2]string{{"key", "value"}, {"Name", "Value"}} {
		k, v := t.children[keys[0]], t.children[keys[1]]
		if k != nil && k.text != nil && v != nil {
			return *k.text, v.value(), true
		}
	}
	return "", nil, false
}
