package eventstest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/go-thaw/thaw/events/pattern"
)

// The limits of rules, see
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html.
const (
	maxPattern = 4096
	maxTargets = 5
)

type ruleInput struct {
	Name         string
	EventBusName string
	EventPattern string
	State        string
	Description  string
	Force        bool
}

type ruleOutput struct {
	Name         string
	Arn          string
	EventBusName string
	EventPattern string
	State        string
	Description  string `json:",omitempty"`
}

func (r *rule) output() ruleOutput {
	state := "ENABLED"
	if r.disabled {
		state = "DISABLED"
	}
	return ruleOutput{r.name, r.arn(), r.bus.name, r.pattern.String(), state, r.description}
}

func (f *Fake) putRule(_ context.Context, in *ruleInput) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, err := f.findBus(in.EventBusName)
	if err != nil {
		return nil, err
	}
	p, err := pattern.Parse([]byte(in.EventPattern))
	switch {
	case err != nil:
		return nil, &Error{Code: "InvalidEventPatternException", Message: "Event pattern is not valid. Reason: " + err.Error()}
	case len(in.EventPattern) > maxPattern:
		return nil, invalid("the event pattern is longer than %d characters", maxPattern)
	case in.Name == "":
		return nil, invalid("the name of the rule is empty")
	}
	r := b.put(in.Name)
	r.pattern, r.description, r.disabled = p, in.Description, in.State == "DISABLED"
	return map[string]any{"RuleArn": r.arn()}, nil
}

// findRule returns a rule by its name and that of its bus.
func (f *Fake) findRule(busName, name string) (*rule, error) {
	b, err := f.findBus(busName)
	if err != nil {
		return nil, err
	}
	if r := b.rule(name); r != nil {
		return r, nil
	}
	return nil, notFound("Rule %s does not exist on EventBus %s.", name, b.name)
}

func (f *Fake) describeRule(_ context.Context, in *ruleInput) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, err := f.findRule(in.EventBusName, in.Name)
	if err != nil {
		return nil, err
	}
	return r.output(), nil
}

func (f *Fake) listRules(_ context.Context, in *listInput) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, err := f.findBus(in.EventBusName)
	if err != nil {
		return nil, err
	}
	out := []ruleOutput{}
	for _, r := range b.rules {
		if strings.HasPrefix(r.name, in.NamePrefix) {
			out = append(out, r.output())
		}
	}
	return map[string]any{"Rules": out}, nil
}

// deleteRule answers success also when there is no such rule, as AWS does.
func (f *Fake) deleteRule(_ context.Context, in *ruleInput) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, err := f.findBus(in.EventBusName)
	if err != nil {
		return nil, err
	}
	r := b.rule(in.Name)
	if r != nil && len(r.targets) > 0 {
		return nil, invalid("Rule can't be deleted since it has targets.")
	}
	b.rules = slices.DeleteFunc(b.rules, func(x *rule) bool { return x == r })
	return nil, nil
}

func (f *Fake) enableRule(_ context.Context, in *ruleInput) (any, error) {
	return f.switchRule(in, false)
}

func (f *Fake) disableRule(_ context.Context, in *ruleInput) (any, error) {
	return f.switchRule(in, true)
}

func (f *Fake) switchRule(in *ruleInput, disabled bool) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, err := f.findRule(in.EventBusName, in.Name)
	if err != nil {
		return nil, err
	}
	r.disabled = disabled
	return nil, nil
}

type wireTarget struct {
	ID               string `json:"Id"`
	Arn              string
	RoleArn          string            `json:",omitempty"`
	Input            string            `json:",omitempty"`
	InputPath        string            `json:",omitempty"`
	DeadLetterConfig *deadLetterConfig `json:",omitempty"`
	RetryPolicy      *retryPolicy      `json:",omitempty"`
}

type deadLetterConfig struct{ Arn string }

type retryPolicy struct {
	MaximumEventAgeInSeconds *int `json:",omitempty"`
	MaximumRetryAttempts     *int `json:",omitempty"`
}

type targetsInput struct {
	Rule         string
	EventBusName string
	Targets      []wireTarget
	IDs          []string `json:"Ids"`
	Force        bool
	Limit        int
}

type targetsOutput struct {
	FailedEntryCount int
	FailedEntries    []struct{}
}

func (f *Fake) putTargets(_ context.Context, in *targetsInput) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, err := f.findRule(in.EventBusName, in.Rule)
	if err != nil {
		return nil, err
	}
	targets := slices.Clone(r.targets)
	for _, w := range in.Targets {
		if w.ID == "" || w.Arn == "" || w.Input != "" && w.InputPath != "" {
			return nil, invalid("a target needs an Id and an Arn, and at most one of Input and InputPath")
		}
		targets = slices.DeleteFunc(targets, func(t *target) bool { return t.ID == w.ID })
		targets = append(targets, w.target())
	}
	if len(targets) > maxTargets {
		return nil, &Error{Code: "LimitExceededException", Message: "A rule has at most 5 targets."}
	}
	r.targets = targets
	return targetsOutput{FailedEntries: []struct{}{}}, nil
}

// target returns the target that w describes.
func (w *wireTarget) target() *target {
	t := Target{ID: w.ID, ARN: w.Arn, Input: w.Input, InputPath: w.InputPath}
	if p := w.RetryPolicy; p != nil && !strings.Contains(w.Arn, ":lambda:") {
		if p.MaximumEventAgeInSeconds != nil {
			t.MaximumAge = time.Duration(*p.MaximumEventAgeInSeconds) * time.Second
		}
		if p.MaximumRetryAttempts != nil {
			t.MaximumRetries = *p.MaximumRetryAttempts
			if t.MaximumRetries == 0 {
				t.MaximumRetries = -1
			}
		}
	}
	out := newTarget(t)
	if w.DeadLetterConfig != nil {
		out.deadLetterARN = w.DeadLetterConfig.Arn
	}
	return out
}

func (f *Fake) listTargetsByRule(_ context.Context, in *targetsInput) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, err := f.findRule(in.EventBusName, in.Rule)
	if err != nil {
		return nil, err
	}
	out := []wireTarget{}
	for _, t := range r.targets {
		w := wireTarget{ID: t.ID, Arn: t.ARN, Input: t.Input, InputPath: t.InputPath}
		if t.deadLetterARN != "" {
			w.DeadLetterConfig = &deadLetterConfig{t.deadLetterARN}
		}
		out = append(out, w)
	}
	return map[string]any{"Targets": out}, nil
}

func (f *Fake) removeTargets(_ context.Context, in *targetsInput) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, err := f.findRule(in.EventBusName, in.Rule)
	if err != nil {
		return nil, err
	}
	r.targets = slices.DeleteFunc(r.targets, func(t *target) bool { return slices.Contains(in.IDs, t.ID) })
	return targetsOutput{FailedEntries: []struct{}{}}, nil
}

type testPatternInput struct {
	EventPattern string
	Event        string
}

func (f *Fake) testEventPattern(_ context.Context, in *testPatternInput) (any, error) {
	p, err := pattern.Parse([]byte(in.EventPattern))
	if err != nil {
		return nil, &Error{Code: "InvalidEventPatternException", Message: "Event pattern is not valid. Reason: " + err.Error()}
	}
	matched, err := p.Match([]byte(in.Event))
	if err != nil {
		return nil, invalid("%v", err)
	}
	return map[string]any{"Result": matched}, nil
}
