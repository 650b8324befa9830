// Package template reads CloudFormation and SAM templates, YAML or JSON, for the
// checks that run in tests. It does not deploy anything, and what it cannot know
// before a deployment it says.
//
// The YAML is read by go.yaml.in/yaml/v3. Anchors, aliases and merge keys are
// errors because CloudFormation refuses them too
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html).
package template

import (
	"encoding/json"
	"maps"
	"slices"
)

// A Template is a template as it is written.
type Template struct {
	// Root is the whole document: map[string]any, []any, string, json.Number,
	// bool and nil, with intrinsic functions in their long form.
	Root map[string]any
}

// A Resource is one resource of a template.
type Resource struct {
	// ID is the logical id.
	ID string
	// Type is the type, such as "AWS::SQS::Queue".
	Type string
	// Properties are the properties. Those of a SAM function include the Globals
	// of the template.
	Properties map[string]any
	// Raw is the whole resource, with Metadata, Condition and the like.
	Raw map[string]any
}

// Parse reads a template. The error is an [*Error] that names the line where it
// is known.
func Parse(document []byte) (*Template, error) {
	root, err := decode(document)
	if err != nil {
		return nil, err
	}
	object, ok := root.(map[string]any)
	if !ok {
		return nil, &Error{Message: "a template is a mapping"}
	}
	return &Template{object}, nil
}

// Resources returns the resources in the order of their ids.
func (t *Template) Resources() []Resource {
	resources := Object(t.Root, "Resources")
	out := make([]Resource, 0, len(resources))
	for _, id := range slices.Sorted(maps.Keys(resources)) {
		out = append(out, t.resource(id))
	}
	return out
}

// Resource returns the resource with a logical id.
func (t *Template) Resource(id string) (Resource, bool) {
	if _, ok := Object(t.Root, "Resources")[id]; !ok {
		return Resource{}, false
	}
	return t.resource(id), true
}

func (t *Template) resource(id string) Resource {
	raw := Object(t.Root, "Resources", id)
	kind, _ := raw["Type"].(string)
	properties := Object(raw, "Properties")
	if kind == "AWS::Serverless::Function" {
		properties = merge(Object(t.Root, "Globals", "Function"), properties)
	}
	return Resource{ID: id, Type: kind, Properties: properties, Raw: raw}
}

// merge lays own over globals as SAM does: maps are merged, lists are joined,
// everything else is replaced.
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
func merge(globals, own map[string]any) map[string]any {
	out := make(map[string]any, len(globals)+len(own))
	maps.Copy(out, globals)
	for name, value := range own {
		switch global := out[name].(type) {
		case map[string]any:
			if object, ok := value.(map[string]any); ok {
				value = merge(global, object)
			}
		case []any:
			if list, ok := value.([]any); ok {
				value = slices.Concat(global, list)
			}
		}
		out[name] = value
	}
	return out
}

// Defaults returns the defaults of the template's parameters.
func (t *Template) Defaults() map[string]string {
	values := make(map[string]string)
	for name, parameter := range Object(t.Root, "Parameters") {
		switch value := Object(parameter)["Default"].(type) {
		case string:
			values[name] = value
		case json.Number:
			values[name] = value.String()
		}
	}
	return values
}

// Object returns the object at a path of keys below value, nil when there is
// none.
func Object(value any, path ...string) map[string]any {
	for _, key := range path {
		value = Object(value)[key]
	}
	o, _ := value.(map[string]any)
	return o
}

// Target returns the logical id that value refers to by Ref or Fn::GetAtt.
func Target(value any) (id string, ok bool) {
	o := Object(value)
	if len(o) != 1 {
		return "", false
	}
	if id, ok = o["Ref"].(string); ok {
		return id, true
	}
	if parts, isList := o["Fn::GetAtt"].([]any); isList && len(parts) > 0 {
		id, ok = parts[0].(string)
	}
	return id, ok
}
