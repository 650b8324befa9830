// Package rules reads the EventBridge rules of a CloudFormation or SAM template,
// so that a test can check which events the deployed rules match.
//
// It is a package of its own because reading a template needs a YAML library,
// which a function that publishes or routes does not.
package rules

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/go-thaw/thaw/events/pattern"
	"github.com/go-thaw/thaw/internal/template"
)

// A Rule is a rule of a template.
type Rule struct {
	// Name is the logical id of an AWS::Events::Rule, or the logical ids of a
	// SAM function or state machine and its event, joined by a dot.
	Name string
	// Pattern is its event pattern.
	Pattern *pattern.Pattern
}

// FromTemplate returns the rules of a CloudFormation or SAM template, YAML or
// JSON, that have an event pattern, in the order of their names.
//
// Ref, Fn::GetAtt, Fn::Sub and Fn::Join in a pattern are replaced by parameters,
// which may hold pseudo parameters such as "AWS::AccountId", logical ids and
// attributes such as "Queue.Arn" too, and by the defaults in the template. Another
// function, or a name without a value, is an error that
// says so. Nil parameters are allowed. A pattern that EventBridge would refuse
// is a [*pattern.SyntaxError].
func FromTemplate(document []byte, parameters map[string]string) ([]Rule, error) {
	t, err := template.Parse(document)
	if err != nil {
		return nil, fmt.Errorf("rules: template: %w", err)
	}
	values := t.Defaults()
	maps.Copy(values, parameters)
	found := patterns(t)
	rules := make([]Rule, 0, len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		p, err := parse(found[name], values)
		if err != nil {
			return nil, fmt.Errorf("rules: template: %s: %w", name, err)
		}
		rules = append(rules, Rule{name, p})
	}
	return rules, nil
}

// patterns returns the event patterns of a template by the names of their rules.
func patterns(t *template.Template) map[string]any {
	out := make(map[string]any)
	for _, r := range t.Resources() {
		switch r.Type {
		case "AWS::Events::Rule":
			if p, ok := r.Properties["EventPattern"]; ok {
				out[r.ID] = p
			}
		case "AWS::Serverless::Function", "AWS::Serverless::StateMachine":
			for event, source := range template.Object(r.Properties, "Events") {
				kind := template.Object(source)["Type"]
				p, ok := template.Object(source, "Properties")["Pattern"]
				if ok && (kind == "EventBridgeRule" || kind == "CloudWatchEvent") {
					out[r.ID+"."+event] = p
				}
			}
		}
	}
	return out
}

// parse parses a pattern of a template, an object or a text.
func parse(source any, values map[string]string) (*pattern.Pattern, error) {
	resolved, err := template.Resolve(source, values)
	if err != nil {
		return nil, err
	}
	if text, ok := resolved.(string); ok {
		return pattern.Parse([]byte(text))
	}
	encoded, err := json.Marshal(resolved)
	if err != nil {
		return nil, err
	}
	return pattern.Parse(encoded)
}
