package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// An Adapter serves the HTTP events of Lambda with an http.Handler. It is a
// lambda.Handler, so that lambda.Start takes it as it is. It holds nothing that
// belongs to one invocation and is safe for overlapping ones.
type Adapter struct {
	handler http.Handler
	options Options
	scratch sync.Pool // of *scratch
}

// New returns an adapter for handler; nil means http.DefaultServeMux, as in
// net/http. It panics when an option breaks its rule.
func New(handler http.Handler, opts *Options) *Adapter {
	if handler == nil {
		handler = http.DefaultServeMux
	}
	o := opts.withDefaults()
	if err := o.validate(); err != nil {
		panic(err.Error())
	}
	return &Adapter{handler: handler, options: o}
}

// An invocation is all that one request needs, in one piece of memory.
type invocation struct {
	Request
	event   event
	url     url.URL
	body    requestBody
	writer  responseWriter
	ctx     requestContext
	outcome outcome
}

// A requestContext is a context with a *Request.
type requestContext struct {
	context.Context //nolint:containedctx // it is one
	request         *Request
}

// Value returns the request for the key of this package.
func (c *requestContext) Value(key any) any {
	if _, ok := key.(contextKey); ok {
		return c.request
	}
	return c.Context.Value(key)
}

// An outcome is how a handler ended.
type outcome uint8

const (
	aborted   outcome = iota // by http.ErrAbortHandler or runtime.Goexit
	panicked                 // by any other panic
	completed                // by returning
)

// scratch is memory that invocations use again.
type scratch struct {
	decoder decoder
	fields  []byte
	body    []byte
}

// maxScratch is the largest buffer that is kept for the next invocation. One
// answer of 6 MB must not stay in memory for the life of the process.
const maxScratch = 256 << 10

// Invoke serves one request: payload is the event that Lambda delivered, and
// what it returns is the answer for its source. Neither the request nor the
// answer shares memory with payload.
//
// A handler that panics, an answer over the limit and a deadline that comes too
// close are answered; see the package documentation. Invoke returns an error,
// and the client gets the source's own 5xx, only when there is no answer:
//
//   - ctx was done before the handler was called, or was cancelled (rather than
//     expired) while it ran: the error of ctx;
//   - the payload is not an HTTP request: a [*PayloadError], unless there is a
//     [Options].Fallback;
//   - the handler gave up the request with http.ErrAbortHandler: that error.
func (a *Adapter) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := a.get()
	inv := &invocation{}
	if err := s.decoder.decode(string(payload), &inv.event); err != nil {
		a.put(s)
		if a.options.Fallback != nil {
			return a.options.Fallback(ctx, payload)
		}
		return nil, err
	}
	return a.serve(ctx, s, inv)
}

// serve answers the event of inv.
func (a *Adapter) serve(ctx context.Context, s *scratch, inv *invocation) ([]byte, error) {
	a.describe(ctx, inv)
	hctx, cancel := a.handlerContext(ctx)
	defer cancel()
	inv.ctx = requestContext{hctx, &inv.Request}
	r := new(http.Request).WithContext(&inv.ctx)
	err := s.decoder.request(inv, r, &a.options)
	a.prepare(s, inv, r.Method)
	if err != nil {
		defer a.put(s)
		return inv.refuse(Problem{Status: http.StatusBadRequest, Detail: err.Error()}), nil
	}
	if !a.run(inv, r) {
		// The handler still has the writer and its buffers.
		if err := ctx.Err(); errors.Is(err, context.Canceled) {
			return nil, err
		}
		a.logExpired(inv, r)
		return inv.refuse(expired), nil
	}
	out, err := a.finish(inv, r)
	inv.writer.release(s)
	a.put(s)
	return out, err
}

// describe fills in what is known of the request besides the HTTP.
func (a *Adapter) describe(ctx context.Context, inv *invocation) {
	inv.event.describe(&inv.Request)
	inv.log = a.options.Logger
	if inv.ID == "" {
		if lc, ok := lambdacontext.FromContext(ctx); ok {
			inv.ID = lc.AwsRequestID
		}
	}
}

// handlerContext returns the context of the handler, which ends some time
// before ctx does and when the handler has returned.
func (a *Adapter) handlerContext(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || a.options.DeadlineMargin < 0 {
		return context.WithCancel(ctx)
	}
	margin := min(a.options.DeadlineMargin, time.Until(deadline)/2)
	return context.WithDeadline(ctx, deadline.Add(-margin))
}

// prepare sets up the writer of inv.
func (a *Adapter) prepare(s *scratch, inv *invocation, method string) {
	limit := limitOf(inv.Source)
	if a.options.MaxResponse > 0 {
		limit = a.options.MaxResponse
	}
	w := &inv.writer
	w.shape, w.isHead, w.limit, w.declared = shapeOf(inv.Source), method == http.MethodHead, limit, -1
	w.frozen.fields, w.body = s.fields[:0], s.body[:0]
}

// run calls the handler and tells whether it ended before its context did. A
// handler whose context cannot end runs on this goroutine.
func (a *Adapter) run(inv *invocation, r *http.Request) bool {
	if _, ok := inv.ctx.Deadline(); !ok {
		a.call(inv, &inv.writer, r)
		return true
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		growStack(len(r.Method))
		a.call(inv, &inv.writer, r)
	}()
	select {
	case <-done:
		return true
	case <-inv.ctx.Done():
	}
	select {
	case <-done: // both at once: an answer is better than none
		return true
	default:
		inv.writer.expired.Store(true)
		return false
	}
}

// growStack makes room on the stack of a new goroutine at once, while there is
// next to nothing on it. Otherwise the stack grows step by step below the
// handler's router, and each step copies all of it.
//
//go:noinline
func growStack(i int) byte {
	var room [6 << 10]byte
	room[i&0xfff] = 1
	return room[(i+1)&0xfff]
}

// call calls the handler and catches its panic.
func (a *Adapter) call(inv *invocation, w http.ResponseWriter, r *http.Request) {
	defer func() {
		if v := recover(); v != nil && v != http.ErrAbortHandler { //nolint:errorlint // net/http compares so
			inv.outcome = panicked
			logPanic(a.options.Logger, r, v)
		}
	}()
	a.handler.ServeHTTP(w, r)
	inv.outcome = completed
}

// finish encodes what the handler answered.
func (a *Adapter) finish(inv *invocation, r *http.Request) ([]byte, error) {
	p, err := a.conclude(inv, r)
	if err != nil {
		return nil, err
	}
	if p != nil {
		return inv.refuse(*p), nil //nolint:nilerr // the problem stands for it
	}
	out := inv.writer.answer(inv.Source)
	if len(out) > inv.writer.limit {
		return inv.refuse(a.unsendable(inv, r, ErrResponseTooLarge)), nil
	}
	return out, nil
}

// conclude completes the answer of a handler that has ended. It returns a
// problem to answer with instead, or an error when there is no answer.
func (a *Adapter) conclude(inv *invocation, r *http.Request) (*Problem, error) {
	switch inv.outcome {
	case aborted:
		return nil, fmt.Errorf("httpapi: %s %s: %w", r.Method, r.URL.Path, http.ErrAbortHandler)
	case panicked:
		return &Problem{Status: http.StatusInternalServerError}, nil
	case completed:
	}
	if inv.writer.status == 0 && errors.Is(inv.ctx.Err(), context.DeadlineExceeded) {
		// The handler gave up at the deadline. Its silence is not a 200.
		a.logExpired(inv, r)
		return &expired, nil
	}
	if err := inv.writer.finish(); err != nil {
		p := a.unsendable(inv, r, err)
		return &p, nil
	}
	return nil, nil
}

// unsendable logs why the answer of the handler cannot be sent and returns what
// to answer instead.
func (a *Adapter) unsendable(inv *invocation, r *http.Request, err error) Problem {
	a.options.Logger.LogAttrs(&inv.ctx, slog.LevelError, "httpapi: answer cannot be sent",
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("route", inv.Route),
		slog.Int("status", inv.writer.status), slog.Int64("bytes", inv.writer.written), slog.String("error", err.Error()))
	p := Problem{Status: http.StatusInternalServerError}
	if errors.Is(err, ErrResponseTooLarge) {
		p.Detail = "the response is larger than the limit"
	}
	return p
}

// expired is the answer to a request whose handler has not returned in time.
var expired = Problem{Status: http.StatusServiceUnavailable, Detail: "the request was not answered in time"}

// logExpired logs that a handler has not returned in time.
func (a *Adapter) logExpired(inv *invocation, r *http.Request) {
	a.options.Logger.LogAttrs(&inv.ctx, slog.LevelError, "httpapi: handler ran into the deadline",
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("route", inv.Route))
}

// refuse returns the JSON document of an answer with p.
func (inv *invocation) refuse(p Problem) []byte { return inv.refusal(p).answer(inv.Source) }

// refusal returns an answer with p in place of the handler's. The writer of inv
// is not touched: the handler may still have it.
func (inv *invocation) refusal(p Problem) *responseWriter {
	w := &responseWriter{shape: inv.writer.shape, isHead: inv.writer.isHead, limit: MaxLambdaResponse}
	writeProblem(w, p)
	if err := w.finish(); err != nil {
		panic("httpapi: a problem cannot be sent: " + err.Error())
	}
	return w
}

func (a *Adapter) get() *scratch {
	if s, ok := a.scratch.Get().(*scratch); ok {
		return s
	}
	return &scratch{}
}

// put keeps s for the next invocation, without what would keep this one's
// payload in memory.
func (a *Adapter) put(s *scratch) {
	if cap(s.decoder.names) > maxScratch {
		s.decoder.names = nil
	}
	if cap(s.decoder.pairs) > maxScratch/64 { // of about 40 bytes each
		s.decoder.pairs = nil
	}
	clear(s.decoder.pairs)
	s.decoder.scan.Reset("")
	s.decoder.later = jsonscan.Scanner{}
	if s.decoder.scan.Scratch() > maxScratch {
		s.decoder.scan = jsonscan.Scanner{}
	}
	if cap(s.body) > maxScratch {
		s.body = nil
	}
	if cap(s.fields) > maxScratch {
		s.fields = nil
	}
	a.scratch.Put(s)
}
