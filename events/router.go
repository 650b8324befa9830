package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// RouterOptions configure a [Router]. The zero value and nil are the defaults.
type RouterOptions struct {
	// Concurrency is the largest number of handlers that run at once within
	// one invocation. Default: 10. With 1, handlers run one after the other in
	// the order in which they were added, and events in the order of the
	// payload.
	Concurrency int
	// AcknowledgeUnmatched accepts an event that no handler takes, and logs it
	// at level Info. Default: false, the event fails with an [*UnmatchedError].
	AcknowledgeUnmatched bool
	// DeadlineMargin is how long before the deadline of the invocation the
	// context of the handlers ends, so that the router can still answer.
	// Default: 0, which means a twentieth of the time that is left, at most
	// 500 ms. Negative: no margin.
	DeadlineMargin time.Duration
	// Load fetches a detail that PublisherOptions.Offload stored. Default: nil,
	// an event whose detail is elsewhere fails.
	Load func(ctx context.Context, reference string) (detail []byte, err error)
	// Logger gets what is not returned: the failures of optional handlers,
	// acknowledged events, and the failures of SQS messages, which the answer
	// only names. Default: slog.Default().
	Logger *slog.Logger
}

// maxMargin and marginPart bound the default of DeadlineMargin.
const (
	maxMargin  = 500 * time.Millisecond
	marginPart = 20
)

// A Router hands events to the handlers that take them. It is a lambda.Handler:
// pass it to lambda.Start, or call Invoke. It is safe for concurrent use.
type Router struct {
	options  RouterOptions
	mu       sync.RWMutex
	routes   []*route // replaced, never changed
	patterns *routePatterns
	fallback *route
}

// A route is a handler and its name.
type route struct {
	Handler
	name string
}

// NewRouter returns a router without handlers. The options are copied; nil means
// the defaults. A negative Concurrency panics.
func NewRouter(options *RouterOptions) *Router {
	r := &Router{}
	if options != nil {
		r.options = *options
	}
	if r.options.Concurrency < 0 {
		panic(fmt.Sprintf("events: RouterOptions.Concurrency: must be at least 1, got %d", r.options.Concurrency))
	}
	setDefault(&r.options.Concurrency, 10)
	return r
}

func (r *Router) logger() *slog.Logger {
	if r.options.Logger != nil {
		return r.options.Logger
	}
	return slog.Default()
}

// Handle adds a handler. The name identifies it in errors and in
// [IdempotencyKey]; it is unique within the router and stays the same as long
// as events may be delivered again. Handle panics when the name is empty or
// taken. Handlers are usually added before the first invocation; an invocation
// that is under way does not see new ones.
func (r *Router) Handle(name string, h Handler) {
	if h.run == nil {
		panic("events: Handle " + name + ": the handler is the zero value")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checkName(name)
	r.routes = append(slices.Clip(r.routes), &route{h, name})
	r.patterns = newRoutePatterns(r.routes)
}

// HandleDefault adds the handler of the events that no other handler takes. It
// panics when there is one, and when the name is empty or taken.
func (r *Router) HandleDefault(name string, fn func(ctx context.Context, e *Envelope) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checkName(name)
	if r.fallback != nil {
		panic("events: HandleDefault " + name + ": the default handler is " + r.fallback.name)
	}
	r.fallback = &route{Match("", "", fn), name}
}

func (r *Router) checkName(name string) {
	taken := slices.ContainsFunc(r.routes, func(x *route) bool { return x.name == name })
	if name == "" || taken || r.fallback != nil && r.fallback.name == name {
		panic(fmt.Sprintf("events: Handle: the name %q is empty or taken", name))
	}
}

// Invoke handles one payload of Lambda: an event, an array of events, the form
// with metadata of a custom event bus, or SQS or SNS records with such payloads
// in them.
//
// Every event runs all handlers that take it, in parallel up to Concurrency. A
// panic in a handler is its failure. Invoke returns when all handlers have
// returned. Their failures come back as one [*InvokeError], which makes Lambda
// deliver the whole payload again; for SQS records they come back as the answer
// {"batchItemFailures": […]} instead, which needs ReportBatchItemFailures in
// the event source mapping and delivers only the failed messages again. Messages
// of one group of a FIFO queue are handled in order, and those after a failure
// fail with it.
func (r *Router) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	p, err := readPayload(payload)
	if err != nil {
		return nil, err
	}
	ctx, cancel := r.withMargin(ctx)
	defer cancel()
	d := r.newDispatch()
	d.run(ctx, p)
	if p.partial {
		return r.answer(ctx, d.failures)
	}
	if len(d.failures) > 0 {
		return nil, &InvokeError{Failures: d.failures}
	}
	return []byte("null"), nil
}

// withMargin ends the context early enough for an answer.
func (r *Router) withMargin(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || r.options.DeadlineMargin < 0 {
		return context.WithCancel(ctx)
	}
	margin := r.options.DeadlineMargin
	if margin == 0 {
		margin = min(maxMargin, time.Until(deadline)/marginPart)
	}
	return context.WithDeadline(ctx, deadline.Add(-margin))
}

type batchResponse struct {
	Failures []batchFailure `json:"batchItemFailures"`
}

type batchFailure struct {
	ID string `json:"itemIdentifier"`
}

// answer returns the partial batch response. Lambda takes an empty id for a
// broken answer and one that is not of the batch too, and a null list for
// success, see
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html.
func (r *Router) answer(ctx context.Context, failures []*HandlerError) ([]byte, error) {
	response := batchResponse{Failures: []batchFailure{}}
	for _, f := range failures {
		if f.MessageID == "" {
			return nil, &InvokeError{Failures: failures}
		}
		r.logger().ErrorContext(ctx, "events: message failed", "messageId", f.MessageID, "error", f)
		if failed := (batchFailure{f.MessageID}); !slices.Contains(response.Failures, failed) {
			response.Failures = append(response.Failures, failed)
		}
	}
	return json.Marshal(response)
}

// An InvokeError lists the handlers that failed. Its causes are the
// [*HandlerError] in it, for errors.Is and errors.As.
type InvokeError struct {
	// Failures are in the order of the payload and, within an event, of the
	// handlers.
	Failures []*HandlerError
}

// Error counts the failures and spells out the first ones.
func (e *InvokeError) Error() string {
	return summary(fmt.Sprintf("events: invoke: %d failed", len(e.Failures)), e.Failures)
}

// Unwrap returns the failures.
func (e *InvokeError) Unwrap() []error { return causes(e.Failures) }

// A HandlerError is one handler that failed for one event, an event that no
// handler takes, or one that could not be read.
type HandlerError struct {
	// Handler is the name of the handler; empty when none ran.
	Handler string
	// EventID, Source and DetailType are those of the event, as far as it could
	// be read.
	EventID, Source, DetailType string
	// MessageID is that of the SQS message that carried the event.
	MessageID string
	// Err is the cause: what the handler returned, a [*PanicError], an
	// [*UnmatchedError], [ErrMalformed], [ErrSkipped], or the context's error
	// when the handler was not started.
	Err error
}

// Error names the handler, the event and the cause.
func (e *HandlerError) Error() string {
	event := fmt.Sprintf("event %s (%s %s)", e.EventID, e.Source, e.DetailType)
	if e.EventID == "" {
		event = "event"
	}
	if e.Handler == "" {
		return event + ": " + e.Err.Error()
	}
	return "handler " + e.Handler + ": " + event + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *HandlerError) Unwrap() error { return e.Err }

// A PanicError is a handler that panicked.
type PanicError struct {
	// Value is what it panicked with.
	Value any
	// Stack is the stack of the goroutine.
	Stack []byte
}

// Error returns the value; the stack is left to who logs it.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value when it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrSkipped is the cause of a message that was not handled because an earlier
// message of its FIFO group failed.
var ErrSkipped = errors.New("skipped after a failure in its group")

// ErrUnmatched is what an [*UnmatchedError] is.
var ErrUnmatched = errors.New("no handler takes the event")

// An UnmatchedError is an event that no handler takes.
type UnmatchedError struct {
	// Source and DetailType are those of the event.
	Source, DetailType string
	// Version is that of its metadata, 0 if none.
	Version int
	// Handled are the versions of the same event that handlers do take.
	Handled []int
}

// Error names the event, and the versions that would have been taken.
func (e *UnmatchedError) Error() string {
	text := fmt.Sprintf("%v: %s %s", ErrUnmatched, e.Source, e.DetailType)
	if len(e.Handled) > 0 {
		text += fmt.Sprintf(": version %d, handled are %v", e.Version, e.Handled)
	}
	return text
}

// Is reports whether target is [ErrUnmatched].
func (e *UnmatchedError) Is(target error) bool { return target == ErrUnmatched }
