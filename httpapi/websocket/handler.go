package websocket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
	"unicode/utf8"
)

// A Func handles one event. The reply of a message function is sent to the
// client when its route has a route response, and is dropped otherwise, like
// that of the other functions; it is text of at most [MaxMessage] bytes. An error with a method StatusCode() int sets the
// status, any other is a 500.
type Func func(ctx context.Context, e *Event) (reply []byte, err error)

// DefaultDeadlineMargin leaves time to hand the answer to the Lambda Runtime API
// before Lambda ends the invocation.
const DefaultDeadlineMargin = 250 * time.Millisecond

// Options configure a [Handler]. The zero value, and nil, mean the defaults.
type Options struct {
	// DeadlineMargin is how long before the deadline of the invocation's
	// context the context of a function expires and the event is answered 503.
	// Default [DefaultDeadlineMargin], but never more than half of the time
	// that is left when the event arrives; a negative value means no margin.
	DeadlineMargin time.Duration
	// Logger receives errors of the functions and panics. Default:
	// slog.Default(), looked up when it is needed.
	Logger *slog.Logger
	// Fallback takes the payloads that are no events of a WebSocket API, such as
	// those of an HTTP API for the same function: httpapi.Adapter.Invoke fits.
	// Default: Invoke returns [ErrUnknownPayload].
	Fallback func(ctx context.Context, payload []byte) ([]byte, error)
}

// A Handler is a lambda.Handler for the events of a WebSocket API. Its routes
// are set up before it is used.
type Handler struct {
	options Options
	routes  map[string]Func
}

// New returns a Handler without routes.
func New(opts *Options) *Handler {
	h := &Handler{routes: make(map[string]Func)}
	if opts != nil {
		h.options = *opts
	}
	if h.options.DeadlineMargin == 0 {
		h.options.DeadlineMargin = DefaultDeadlineMargin
	}
	return h
}

// Connect sets the function for new connections. Without one all are accepted.
func (h *Handler) Connect(f Func) { h.set(RouteConnect, f) }

// Disconnect sets the function for connections that have ended.
func (h *Handler) Disconnect(f Func) { h.set(RouteDisconnect, f) }

// Message sets the function for the messages of a route, "$default" for those
// of no other. It panics when route is empty or taken.
func (h *Handler) Message(route string, f Func) { h.set(route, f) }

func (h *Handler) set(route string, f Func) {
	if route == "" || f == nil || h.routes[route] != nil {
		panic(fmt.Sprintf("websocket: route %q: must be named, have a function and be set once", route))
	}
	h.routes[route] = f
}

// An answer is what API Gateway reads.
type answer struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers,omitempty"`
	Body       string            `json:"body,omitempty"`
}

// Invoke handles one event. It returns an error only for a payload that is no
// event, [ErrUnknownPayload], and when ctx was done before the function was
// called or was cancelled (rather than expired) while it ran; errors of the
// function, and its running into the deadline, become the status of the answer.
func (h *Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e, err := parse(payload)
	if err != nil {
		if h.options.Fallback != nil {
			return h.options.Fallback(ctx, payload)
		}
		return nil, err
	}
	about := []slog.Attr{slog.String("route", e.Route), slog.String("connectionId", e.ConnectionID)}
	a, err := h.answer(ctx, e)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return nil, ctx.Err()
	}
	if err != nil {
		a = answer{StatusCode: statusOf(err)}
		about = append(about, slog.Int("status", a.StatusCode), slog.Any("error", err))
		h.logger().LogAttrs(ctx, slog.LevelError, "websocket: event failed", about...)
	}
	return json.Marshal(a)
}

// answer returns the answer for e. After an error a function may still have e.
func (h *Handler) answer(ctx context.Context, e *Event) (answer, error) {
	a := answer{StatusCode: http.StatusOK}
	reply, err := h.run(ctx, e)
	switch {
	case err != nil:
		return a, err
	case len(reply) > MaxMessage:
		return a, fmt.Errorf("websocket: reply of %d bytes: %w", len(reply), ErrTooLarge)
	case !utf8.Valid(reply):
		return a, errors.New("websocket: reply is not UTF-8; only a Sender can send bytes")
	case e.Route == RouteConnect && e.Subprotocol != "":
		a.Headers = map[string]string{"Sec-WebSocket-Protocol": e.Subprotocol}
	default:
		a.Body = string(reply)
	}
	return a, nil
}

// A result is how a function ended.
type result struct {
	reply []byte
	err   error
}

// errExited says that a function ended by runtime.Goexit.
var errExited = errors.New("websocket: function exited")

// run calls the function for e and waits for it until shortly before the
// deadline of ctx, with a goroutine for it only when there is one.
func (h *Handler) run(ctx context.Context, e *Event) ([]byte, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return h.call(ctx, e)
	}
	margin := min(max(h.options.DeadlineMargin, 0), time.Until(deadline)/2)
	ctx, cancel := context.WithDeadline(ctx, deadline.Add(-margin))
	defer cancel()
	done := make(chan result, 1)
	go func() {
		r := result{err: errExited}
		defer func() { done <- r }()
		r.reply, r.err = h.call(ctx, e)
	}()
	select {
	case r := <-done:
		return r.reply, r.err
	case <-ctx.Done():
	}
	select {
	case r := <-done: // both at once: an answer is better than none
		return r.reply, r.err
	default:
		return nil, fmt.Errorf("websocket: function has not returned: %w", ctx.Err())
	}
}

// call calls the function of e's route and turns a panic into an error.
func (h *Handler) call(ctx context.Context, e *Event) (reply []byte, err error) {
	f := h.routes[e.Route]
	switch {
	case f != nil:
	case e.Route == RouteConnect || e.Route == RouteDisconnect:
		return nil, nil
	case h.routes[RouteDefault] != nil:
		f = h.routes[RouteDefault]
	default:
		return nil, errNoRoute
	}
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	return f(ctx, e)
}

// errNoRoute says that the API has a route which the Handler has not.
var errNoRoute = errors.New("websocket: no function for the route")

// A panicError is a panic of a function.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.value, e.stack) }

// statusOf returns the status for err.
func statusOf(err error) int {
	var coded interface{ StatusCode() int }
	if errors.As(err, &coded) {
		return coded.StatusCode()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func (h *Handler) logger() *slog.Logger {
	if h.options.Logger != nil {
		return h.options.Logger
	}
	return slog.Default()
}
