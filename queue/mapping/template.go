// Package mapping checks the event source mappings of a CloudFormation or SAM
// template for what loses or repeats messages.
//
// It is apart from package queue so that no function carries a YAML library. Of
// what is deployed, [queue.CheckMapping] says the same.
package mapping

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-thaw/thaw/internal/template"
	"github.com/go-thaw/thaw/queue"
)

// CheckTemplate finds in a CloudFormation or SAM template, YAML or JSON, what
// [queue.CheckMapping] finds in what is deployed, for a unit test of the template:
//
//	template, err := os.ReadFile("template.yaml")
//	require.NoError(t, err)
//	require.NoError(t, mapping.CheckTemplate(template, nil))
//
// It finds also what Lambda or SQS would refuse at the deployment (a batch size
// over 10 without a batching window, a FIFO queue with a window or with a
// dead-letter queue that is not one), and a mapping with a higher concurrency
// than the function has reserved. It looks at AWS::Lambda::EventSourceMapping
// and at the SQS, Kinesis and DynamoDB events of AWS::Serverless::Function. Of
// queues that are not in the template it checks only the mapping; so of functions,
// for which it takes Lambda's default timeout.
//
// Ref and Fn::Sub in settings are replaced by parameters, which may be nil, and
// by the defaults in the template. A setting that cannot be told, because of
// another function or a name without a value, is an error that says so.
//
// The findings are one error that joins a [*queue.MappingError] each, in the order of
// the logical ids; errors.Is finds [queue.ErrMapping] in it. A template without a
// mapping is a finding too.
func CheckTemplate(document []byte, parameters map[string]string) error {
	parsed, err := template.Parse(document)
	if err != nil {
		return fmt.Errorf("mapping: check template: %w", err)
	}
	t := &checker{Template: parsed, values: parsed.Defaults()}
	maps.Copy(t.values, parameters)
	var errs []error
	mappings := t.mappings()
	for _, m := range mappings {
		settings, err := t.settings(m)
		if err != nil {
			errs = append(errs, fmt.Errorf("mapping: check template: mapping of %q to %q: %w", m.source, m.function, err))
			continue
		}
		for _, f := range settings.Check() {
			errs = append(errs, &queue.MappingError{Function: m.function, Source: m.source, Problem: f.Problem, Fix: f.Fix})
		}
	}
	if len(mappings) == 0 {
		errs = append(errs, &queue.MappingError{Problem: "the template has none of a queue or a stream", Fix: "create one, or check another template"})
	}
	return errors.Join(errs...)
}

// A checker looks around in a template.
type checker struct {
	*template.Template
	values map[string]string // of parameters
}

// An eventSource is an event source mapping in a template.
type eventSource struct {
	function string // the function's logical id, or its name when it is not in the template
	source   string // the source's logical id, or that of the mapping when it is not in the template
	resource template.Resource
	// properties are those of the mapping.
	properties map[string]any
}

// mappings returns the mappings of queues and streams in the order of their
// logical ids.
func (t *checker) mappings() (found []eventSource) {
	for _, r := range t.Resources() {
		switch r.Type {
		case "AWS::Lambda::EventSourceMapping":
			if ofQueueOrStream(r.Properties) {
				found = append(found, t.mapping(t.functionOf(r.Properties["FunctionName"]), r.ID, r.Properties["EventSourceArn"], r.Properties))
			}
		case "AWS::Serverless::Function":
			events := template.Object(r.Properties, "Events")
			for _, name := range slices.Sorted(maps.Keys(events)) {
				properties := template.Object(events[name], "Properties")
				switch template.Object(events[name])["Type"] {
				case "SQS":
					found = append(found, t.mapping(r.ID, name, properties["Queue"], properties))
				case "Kinesis", "DynamoDB":
					found = append(found, t.mapping(r.ID, name, properties["Stream"], properties))
				}
			}
		}
	}
	return found
}

// mapping names a mapping; name is what it is called itself.
func (t *checker) mapping(function, name string, source any, properties map[string]any) eventSource {
	m := eventSource{function: function, source: name, properties: properties}
	if id := t.sourceOf(source); id != "" {
		m.source = id
		m.resource, _ = t.Resource(id)
	}
	return m
}

// ofQueueOrStream tells a mapping from those of brokers and of DocumentDB, which
// have settings that the others do not have.
func ofQueueOrStream(properties map[string]any) bool {
	for _, other := range []string{"Topics", "Queues", "SelfManagedEventSource", "SourceAccessConfigurations", "DocumentDBEventSourceConfig"} {
		if _, ok := properties[other]; ok {
			return false
		}
	}
	return true
}

// functionOf returns the logical id of the function that value names, directly
// or by an alias or a version; the name itself when it is not in the template.
func (t *checker) functionOf(value any) string {
	for _, name := range names(value) {
		switch r, _ := t.Resource(name); r.Type {
		case "AWS::Lambda::Alias", "AWS::Lambda::Version":
			value = r.Properties["FunctionName"]
		}
	}
	for _, name := range names(value) {
		if r, _ := t.Resource(name); isFunction(r) {
			return name
		}
	}
	name, _, _ := t.text(value) // what cannot be told is not in the template
	for _, r := range t.Resources() {
		if own, ok, _ := t.text(r.Properties["FunctionName"]); ok && isFunction(r) && (name == own || strings.HasSuffix(name, ":function:"+own)) {
			return r.ID
		}
	}
	return name
}

func isFunction(r template.Resource) bool {
	return r.Type == "AWS::Lambda::Function" || r.Type == "AWS::Serverless::Function"
}

// sourceOf returns the logical id of the queue or the table or the stream that
// value names, "" when it is not in the template.
func (t *checker) sourceOf(value any) string {
	for _, name := range names(value) {
		if _, ok := t.Resource(name); ok {
			return name
		}
	}
	arn, _, _ := t.text(value)
	for _, r := range t.Resources() {
		if own, ok, _ := t.text(r.Properties["QueueName"]); ok && strings.HasSuffix(arn, ":"+own) {
			return r.ID
		}
	}
	return ""
}

// names returns the logical ids that value refers to by Ref, Fn::GetAtt or
// Fn::Sub.
func names(value any) (ids []string) {
	if id, ok := template.Target(value); ok {
		id, _, _ = strings.Cut(id, ".") // the attribute of SAM's Ref of an alias
		return []string{id}
	}
	text, _ := template.Object(value)["Fn::Sub"].(string)
	for _, part := range strings.Split(text, "${")[1:] {
		name, _, closed := strings.Cut(part, "}")
		if id, _, _ := strings.Cut(name, "."); closed {
			ids = append(ids, id)
		}
	}
	return ids
}
