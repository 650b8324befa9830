package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxDepth bounds the recursion. Templates of people are 20 deep.
const maxDepth = 200

// An Error is a template that cannot be read, and where.
type Error struct {
	// Line is the line, from 1, or 0 where the YAML reader names it in Message.
	Line int
	// Message says what is wrong.
	Message string
}

// Error returns the line and the message.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Message)
}

func at(n *yaml.Node, format string, arguments ...any) error {
	return &Error{n.Line, fmt.Sprintf(format, arguments...)}
}

// decode reads a document into map[string]any, []any, string, json.Number, bool
// and nil. A tag !Name becomes the map {"Fn::Name": value}, and !Ref and
// !Condition those of their long forms.
func decode(document []byte) (any, error) {
	d := yaml.NewDecoder(strings.NewReader(string(document)))
	var root, second yaml.Node
	err := d.Decode(&root)
	if errors.Is(err, io.EOF) {
		return nil, &Error{Message: "a template is empty"}
	}
	if err != nil {
		return nil, &Error{Message: strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	if d.Decode(&second) == nil {
		return nil, at(&second, "a second document")
	}
	return value(&root, maxDepth)
}

// value converts a node and what is below it.
func value(n *yaml.Node, depth int) (any, error) {
	if depth == 0 {
		return nil, at(n, "nested too deep")
	}
	if n.Anchor != "" || n.Kind == yaml.AliasNode {
		return nil, at(n, "CloudFormation does not support anchors and aliases")
	}
	if name, ok := function(n); ok {
		plain := *n
		plain.Tag = ""
		argument, err := value(&plain, depth-1)
		return map[string]any{name: canonical(name, argument)}, err
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return value(n.Content[0], depth-1)
	case yaml.SequenceNode:
		return sequence(n, depth-1)
	case yaml.MappingNode:
		return mapping(n, depth-1)
	case yaml.ScalarNode:
		return scalar(n)
	default:
		panic("template: a YAML node of no kind")
	}
}

func sequence(n *yaml.Node, depth int) (any, error) {
	out := make([]any, len(n.Content))
	for i, element := range n.Content {
		var err error
		if out[i], err = value(element, depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func mapping(n *yaml.Node, depth int) (any, error) {
	out := make(map[string]any, len(n.Content)/2)
	for i := 0; i < len(n.Content); i += 2 {
		key, member := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode:
			return nil, at(key, "a key must be a scalar")
		case key.Tag == "!!merge":
			return nil, at(key, "CloudFormation does not support merge keys")
		}
		if _, ok := out[key.Value]; ok {
			return nil, at(key, "the key %q stands there twice", key.Value)
		}
		var err error
		if out[key.Value], err = value(member, depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// isNumber is JSON's grammar. 0123 and 0x1F stay text: account ids and codes
// look like that far more often than numbers do.
var isNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

func scalar(n *yaml.Node) (any, error) {
	switch tag := n.ShortTag(); {
	case tag == "!!null":
		return nil, nil
	case tag == "!!bool":
		return strings.EqualFold(n.Value, "true"), nil
	case (tag == "!!int" || tag == "!!float") && isNumber.MatchString(n.Value):
		return json.Number(n.Value), nil
	default:
		return n.Value, nil
	}
}

// function returns the long name of the intrinsic function that n is the short
// form of.
func function(n *yaml.Node) (name string, ok bool) {
	name, ok = strings.CutPrefix(n.Tag, "!")
	if !ok || strings.HasPrefix(name, "!") || name == "" {
		return "", false
	}
	if name == "Ref" || name == "Condition" {
		return name, true
	}
	return "Fn::" + name, true
}

// canonical gives the two ways to write the argument of Fn::GetAtt one form.
func canonical(name string, argument any) any {
	text, ok := argument.(string)
	if name != "Fn::GetAtt" || !ok {
		return argument
	}
	resource, attribute, _ := strings.Cut(text, ".")
	return []any{resource, attribute}
}
