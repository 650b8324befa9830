// Package filter evaluates the filter policies of SNS subscriptions:
// https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html.
package filter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// A Scope says what a policy looks at.
type Scope int

// The scopes.
const (
	Attributes Scope = iota // the message attributes
	Body                    // the message, a JSON object
)

// The limits of a policy:
// https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html.
const (
	maxKeys         = 5
	maxCombinations = 150
)

// A Policy is a filter policy that was parsed.
type Policy struct {
	scope Scope
	root  *node
}

// A node is an object of a policy: all its fields and one of its alternatives
// must match.
type node struct {
	fields       map[string]*field
	alternatives []*node // of $or
}

// A field is an object again, in a policy on bodies, or the conditions of which
// one must match.
type field struct {
	object     *node
	conditions []condition
}

// Parse reads a policy. Its error says what SNS would complain about.
func Parse(text string, scope Scope) (*Policy, error) {
	p := &parser{scope: scope, combinations: 1}
	root, err := p.object([]byte(text))
	if err != nil {
		return nil, err
	}
	if p.keys > maxKeys {
		return nil, fmt.Errorf("filter policy can not have more than %d keys", maxKeys)
	}
	if p.combinations > maxCombinations {
		return nil, fmt.Errorf("filter policy is too complex: %d combinations, at most %d", p.combinations, maxCombinations)
	}
	return &Policy{scope: scope, root: root}, nil
}

type parser struct {
	scope              Scope
	depth              int
	keys, combinations int
}

func (p *parser) object(data []byte) (*node, error) {
	const deepest = 100 // of the parser's recursion
	if p.depth++; p.depth > deepest {
		return nil, errors.New("filter policy is nested too deeply")
	}
	defer func() { p.depth-- }()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil || members == nil {
		return nil, errors.New("filter policy is not a JSON object")
	}
	n := &node{fields: make(map[string]*field)}
	for name, value := range members {
		if name == "$or" {
			if err := p.alternatives(n, value); err != nil {
				return nil, err
			}
			continue
		}
		f, err := p.field(name, value)
		if err != nil {
			return nil, err
		}
		n.fields[name] = f
	}
	return n, nil
}

func (p *parser) alternatives(n *node, data []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(data, &list) != nil || len(list) < 2 {
		return errors.New("$or must be an array of at least two objects")
	}
	for _, item := range list {
		alternative, err := p.object(item)
		if err != nil {
			return err
		}
		n.alternatives = append(n.alternatives, alternative)
	}
	return nil
}

func (p *parser) field(name string, data []byte) (*field, error) {
	switch first := bytes.TrimSpace(data)[0]; {
	case first == '{' && p.scope == Body:
		object, err := p.object(data)
		return &field{object: object}, err
	case first != '[':
		return nil, fmt.Errorf("%q must be an object or an array", name)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil || len(list) == 0 {
		return nil, fmt.Errorf("empty arrays are not allowed: %q", name)
	}
	p.keys++
	p.combinations *= len(list)
	f := &field{}
	for _, item := range list {
		c, err := parseCondition(item)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
		f.conditions = append(f.conditions, c)
	}
	return f, nil
}

// An Attribute is a message attribute, as far as a policy sees it.
type Attribute struct{ Type, Value string }

// MatchAttributes tells whether the attributes of a message pass a policy of
// scope Attributes.
func (p *Policy) MatchAttributes(attributes map[string]Attribute) bool {
	object := make(map[string]any, len(attributes))
	for name, a := range attributes {
		object[name] = a.value()
	}
	return p.root.match(object)
}

// value returns a string, a number, a list, or bytes, which only exist.
func (a Attribute) value() any {
	switch a.Type {
	case "Number":
		return json.Number(a.Value)
	case "String.Array":
		if list, ok := decode([]byte(a.Value)).([]any); ok {
			return list
		}
	case "Binary":
		return []byte(nil)
	}
	return a.Value
}

// MatchBody tells whether a message passes a policy of scope Body. A message that
// is no JSON object does not.
func (p *Policy) MatchBody(body []byte) bool {
	object, ok := decode(body).(map[string]any)
	return ok && p.root.match(object)
}

// Scope returns what the policy looks at.
func (p *Policy) Scope() Scope { return p.scope }

// decode returns nil for what is no JSON.
func decode(data []byte) (v any) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if d.Decode(&v) != nil || d.More() {
		return nil
	}
	return v
}

func (n *node) match(object map[string]any) bool {
	for name, f := range n.fields {
		value, found := object[name]
		if !f.match(value, found) {
			return false
		}
	}
	for _, alternative := range n.alternatives {
		if alternative.match(object) {
			return true
		}
	}
	return len(n.alternatives) == 0
}

func (f *field) match(value any, found bool) bool {
	if f.object != nil {
		return f.matchObject(value)
	}
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, c := range f.conditions {
		if c.exists != nil {
			if *c.exists == found {
				return true
			}
			continue
		}
		for _, v := range list {
			if found && c.match(v) {
				return true
			}
		}
	}
	return false
}

// matchObject also looks into the objects of an array, of which one is enough.
func (f *field) matchObject(value any) bool {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			if object, ok := item.(map[string]any); ok && f.object.match(object) {
				return true
			}
		}
		return false
	case map[string]any:
		return f.object.match(v)
	}
	return f.object.match(nil) // its conditions may want it absent
}
