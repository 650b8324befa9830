package pattern

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-thaw/thaw/events/internal/yamlsubset"
)

// A Rule is a rule of a template.
type Rule struct {
	// Name is the logical id of an AWS::Events::Rule, or the logical ids of a
	// SAM function or state machine and its event, joined by a dot.
	Name string
	// Pattern is its event pattern.
	Pattern *Pattern
}

// FromTemplate returns the rules of a CloudFormation or SAM template, YAML or
// JSON, that have an event pattern, in the order of their names. So a test can
// check which events the deployed rules match.
//
// Ref and Fn::Sub in a pattern are replaced by parameters, which may hold pseudo
// parameters such as "AWS::AccountId" and logical ids too, and by the defaults
// in the template. Another function, or a name without a value, is an error that
// says so. Nil parameters are allowed. The template is read by a reader for the
// usual YAML of templates; it refuses anchors, aliases and merge keys.
func FromTemplate(template []byte, parameters map[string]string) ([]Rule, error) {
	document, err := yamlsubset.Parse(template)
	if err != nil {
		return nil, fmt.Errorf("pattern: template: %w", err)
	}
	r := resolver{defaults(document)}
	maps.Copy(r.values, parameters)
	var rules []Rule
	found := patterns(document)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		p, err := r.parse(found[name])
		if err != nil {
			return nil, fmt.Errorf("pattern: template: %s: %w", name, err)
		}
		rules = append(rules, Rule{name, p})
	}
	return rules, nil
}

// defaults returns the defaults of the template's parameters.
func defaults(document any) map[string]string {
	values := make(map[string]string)
	for name, parameter := range object(document, "Parameters") {
		switch value := object(parameter)["Default"].(type) {
		case string:
			values[name] = value
		case json.Number:
			values[name] = value.String()
		}
	}
	return values
}

// object returns the object at a path of keys, nil when there is none.
func object(value any, path ...string) map[string]any {
	for _, key := range path {
		value = object(value)[key]
	}
	o, _ := value.(map[string]any)
	return o
}

// patterns returns the event patterns of a template by the names of their rules.
func patterns(document any) map[string]any {
	out := make(map[string]any)
	for id, resource := range object(document, "Resources") {
		properties := object(resource, "Properties")
		switch object(resource)["Type"] {
		case "AWS::Events::Rule":
			if p, ok := properties["EventPattern"]; ok {
				out[id] = p
			}
		case "AWS::Serverless::Function", "AWS::Serverless::StateMachine":
			for event, source := range object(properties, "Events") {
				kind := object(source)["Type"]
				p, ok := object(source, "Properties")["Pattern"]
				if ok && (kind == "EventBridgeRule" || kind == "CloudWatchEvent") {
					out[id+"."+event] = p
				}
			}
		}
	}
	return out
}

// A resolver replaces intrinsic functions by their values.
type resolver struct{ values map[string]string }

// parse parses a pattern of a template, an object or a text.
func (r resolver) parse(source any) (*Pattern, error) {
	resolved, err := r.resolve(source)
	if err != nil {
		return nil, err
	}
	if text, ok := resolved.(string); ok {
		return Parse([]byte(text))
	}
	encoded, err := json.Marshal(resolved)
	if err != nil {
		return nil, err
	}
	return Parse(encoded)
}

func (r resolver) resolve(value any) (any, error) {
	switch value := value.(type) {
	case []any:
		out := make([]any, len(value))
		for i := range value {
			element, err := r.resolve(value[i])
			if err != nil {
				return nil, err
			}
			out[i] = element
		}
		return out, nil
	case map[string]any:
		if result, ok, err := r.call(value); ok {
			return result, err
		}
		out := make(map[string]any, len(value))
		for key := range value {
			member, err := r.resolve(value[key])
			if err != nil {
				return nil, err
			}
			out[key] = member
		}
		return out, nil
	default:
		return value, nil
	}
}

// call evaluates an intrinsic function; ok is false when value is none.
func (r resolver) call(value map[string]any) (result any, ok bool, err error) {
	if len(value) != 1 {
		return nil, false, nil
	}
	for name, argument := range value {
		text, isText := argument.(string)
		switch {
		case name == "Ref" && isText:
			result, err = r.value(text)
			return result, true, err
		case name == "Fn::Sub" && isText:
			result, err = r.substitute(text)
			return result, true, err
		case name == "Ref", strings.HasPrefix(name, "Fn::"):
			return nil, true, fmt.Errorf("%s cannot be resolved", name)
		}
	}
	return nil, false, nil
}

func (r resolver) value(name string) (string, error) {
	value, ok := r.values[name]
	if !ok {
		return "", fmt.Errorf("no value for %s among the parameters", name)
	}
	return value, nil
}

// substitute replaces each ${Name} of text; ${!Name} stands for ${Name}.
func (r resolver) substitute(text string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		switch {
		case !closed:
			return "", fmt.Errorf("%q has no closing brace", rest)
		case strings.HasPrefix(name, "!"):
			out.WriteString("${" + name[1:] + "}")
		default:
			value, err := r.value(name)
			if err != nil {
				return "", err
			}
			out.WriteString(value)
		}
		text = after
	}
}
