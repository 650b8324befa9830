package eventstest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-thaw/thaw/events/pattern"
	"github.com/go-thaw/thaw/internal/awsfake"
)

// A bus is an event bus with its rules in the order of their names.
type bus struct {
	name    string
	created time.Time
	rules   []*rule
}

func (b *bus) arn() string { return arn("event-bus/" + b.name) }

func (b *bus) rule(name string) *rule {
	for _, r := range b.rules {
		if r.name == name {
			return r
		}
	}
	return nil
}

// A rule is a rule with its targets.
type rule struct {
	bus         *bus
	name        string
	description string
	pattern     *pattern.Pattern
	disabled    bool
	targets     []*target
}

func (r *rule) arn() string {
	if r.bus.name == "default" {
		return arn("rule/" + r.name)
	}
	return arn("rule/" + r.bus.name + "/" + r.name)
}

func arn(resource string) string {
	return "arn:aws:events:" + awsfake.Region + ":" + awsfake.Account + ":" + resource
}

// CreateBus adds an event bus, and does nothing when it is there.
func (f *Fake) CreateBus(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.buses[name] == nil {
		f.buses[name] = &bus{name: name, created: f.now()}
	}
}

// bus returns the bus of a name or an ARN, nil when there is none.
func (f *Fake) bus(name string) *bus {
	if _, after, ok := strings.Cut(name, ":event-bus/"); ok {
		name = after
	}
	if name == "" {
		name = "default"
	}
	return f.buses[name]
}

// A Target is what a rule delivers to.
type Target struct {
	// ID names the target within its rule. Default: "target-1" for the first
	// target of a rule, and so on.
	ID string
	// ARN is the ARN of the target. That of a Lambda function makes the fake
	// retry as Lambda does. Default: the ARN of an SQS queue with the names of
	// the rule and the target.
	ARN string
	// Input is a constant payload instead of the event. Default: none.
	Input string
	// InputPath selects the part of the event that is delivered, such as
	// "$.detail". Default: the whole event.
	InputPath string
	// MaximumRetries is how often a failed delivery is tried again. Default:
	// 185, as in EventBridge, and 2 for a Lambda function. Negative: never.
	MaximumRetries int
	// MaximumAge is how long a delivery is tried. Default: 24 hours, as in
	// EventBridge, and 6 hours for a Lambda function.
	MaximumAge time.Duration
	// Invoke gets the payload; its answer is dropped. Required. A
	// lambda.Handler's Invoke fits as it is.
	Invoke func(ctx context.Context, payload []byte) ([]byte, error)
	// DeadLetter gets what could not be delivered. Default: it is dropped.
	DeadLetter func(ctx context.Context, d DeadLetter) error
}

// AddRule adds a rule with a pattern and its targets, and the bus if it does not
// exist. It replaces a rule of the same name. It panics when the pattern is
// wrong or a target has no Invoke.
func (f *Fake) AddRule(busName, name, eventPattern string, targets ...Target) {
	p, err := pattern.Parse([]byte(eventPattern))
	if err != nil {
		panic("eventstest: AddRule " + name + ": " + err.Error())
	}
	f.CreateBus(busName)
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.bus(busName).put(name)
	r.pattern, r.targets = p, nil
	for i, t := range targets {
		if t.Invoke == nil {
			panic("eventstest: AddRule " + name + ": Target.Invoke is nil")
		}
		if t.ID == "" {
			t.ID = fmt.Sprintf("target-%d", i+1)
		}
		if t.ARN == "" {
			t.ARN = "arn:aws:sqs:" + awsfake.Region + ":" + awsfake.Account + ":" + name + "-" + t.ID
		}
		r.targets = append(r.targets, newTarget(t))
	}
}

// put returns the rule of a name, a new one if there is none.
func (b *bus) put(name string) *rule {
	if r := b.rule(name); r != nil {
		return r
	}
	r := &rule{bus: b, name: name}
	b.rules = append(b.rules, r)
	slices.SortFunc(b.rules, func(x, y *rule) int { return strings.Compare(x.name, y.name) })
	return r
}

// Connect says what runs when a rule that was made with PutRule and PutTargets
// delivers to arn, as a target or as its dead-letter queue. A dead-letter queue
// gets the event as the payload. A delivery to an ARN that is not connected
// fails for good.
func (f *Fake) Connect(arn string, invoke func(ctx context.Context, payload []byte) ([]byte, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.functions[arn] = invoke
}
