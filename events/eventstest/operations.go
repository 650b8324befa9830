package eventstest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/go-thaw/thaw/internal/awsfake"
)

// operations are the operations of the fake by name.
func (f *Fake) operations() map[string]awsfake.Operation {
	return map[string]awsfake.Operation{
		"PutEvents":         operation(f.putEvents),
		"CreateEventBus":    operation(f.createEventBus),
		"DescribeEventBus":  operation(f.describeEventBus),
		"ListEventBuses":    operation(f.listEventBuses),
		"DeleteEventBus":    operation(f.deleteEventBus),
		"PutRule":           operation(f.putRule),
		"DescribeRule":      operation(f.describeRule),
		"ListRules":         operation(f.listRules),
		"DeleteRule":        operation(f.deleteRule),
		"EnableRule":        operation(f.enableRule),
		"DisableRule":       operation(f.disableRule),
		"PutTargets":        operation(f.putTargets),
		"ListTargetsByRule": operation(f.listTargetsByRule),
		"RemoveTargets":     operation(f.removeTargets),
		"TestEventPattern":  operation(f.testEventPattern),
	}
}

// operation decodes the input of fn. A member that is not known would be ignored
// silently, so it is refused.
func operation[In any](fn func(context.Context, *In) (any, error)) awsfake.Operation {
	return func(ctx context.Context, input []byte) (any, error) {
		var in In
		d := json.NewDecoder(strings.NewReader(string(input)))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			return nil, invalid("the fake does not understand the request: %v", err)
		}
		return fn(ctx, &in)
	}
}

type busInput struct{ Name string }

type busOutput struct {
	Name         string
	Arn          string
	CreationTime float64
}

func (b *bus) output() busOutput {
	return busOutput{b.name, b.arn(), float64(b.created.UnixMilli()) / 1000}
}

func (f *Fake) createEventBus(_ context.Context, in *busInput) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.buses[in.Name] != nil {
		return nil, &Error{Code: "ResourceAlreadyExistsException", Message: "Event bus " + in.Name + " already exists."}
	}
	if in.Name == "" {
		return nil, invalid("the name of the event bus is empty")
	}
	b := &bus{name: in.Name, created: f.now()}
	f.buses[in.Name] = b
	return map[string]any{"EventBusArn": b.arn()}, nil
}

func (f *Fake) describeEventBus(_ context.Context, in *busInput) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, err := f.findBus(in.Name)
	if err != nil {
		return nil, err
	}
	return b.output(), nil
}

func (f *Fake) findBus(name string) (*bus, error) {
	b := f.bus(name)
	if b == nil {
		return nil, notFound("Event bus %s does not exist.", name)
	}
	return b, nil
}

func notFound(format string, args ...any) *Error {
	return &Error{Code: "ResourceNotFoundException", Message: fmt.Sprintf(format, args...)}
}

type listInput struct {
	EventBusName string
	NamePrefix   string
	Limit        int
}

func (f *Fake) listEventBuses(_ context.Context, in *listInput) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := []busOutput{}
	for name, b := range f.buses {
		if strings.HasPrefix(name, in.NamePrefix) {
			out = append(out, b.output())
		}
	}
	slices.SortFunc(out, func(a, b busOutput) int { return strings.Compare(a.Name, b.Name) })
	return map[string]any{"EventBuses": out}, nil
}

// deleteEventBus answers success also when there is no such bus, as AWS does.
func (f *Fake) deleteEventBus(_ context.Context, in *busInput) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.bus(in.Name)
	switch {
	case b == nil:
		return nil, nil
	case b.name == "default":
		return nil, invalid("Cannot delete event bus default.")
	case len(b.rules) > 0:
		return nil, invalid("Event bus %s cannot be deleted because it has rules.", b.name)
	}
	delete(f.buses, b.name)
	return nil, nil
}
