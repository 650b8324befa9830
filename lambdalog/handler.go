package lambdalog

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// Options configure a Handler. The zero value, or nil, is ready to use.
type Options struct {
	// Next writes the records. Default: JSON or text on standard output, as the
	// function's logging configuration says, with the names of Lambda's own JSON
	// format ("timestamp", "message").
	Next slog.Handler
	// TraceID returns the id of the trace that ctx belongs to, for another tracer
	// than X-Ray; when it returns "", X-Ray's is taken. Default: X-Ray's.
	TraceID func(ctx context.Context) string
}

// A Handler is a [slog.Handler] that adds requestId, traceId and coldStart to
// the records of an invocation.
type Handler struct {
	next slog.Handler // has the attributes that were added before any group
	// open are the groups, and the attributes within them. They are applied to a
	// record after what belongs to the top level.
	open    []func(slog.Handler) slog.Handler
	traceID func(context.Context) string
	process *process
}

// process is what the handlers that are derived from one another share.
type process struct {
	cold  bool // whether somebody waits for the start of this process
	first atomic.Pointer[lambdacontext.LambdaContext]
}

// NewHandler returns a handler. The options are copied; nil means the defaults.
// A process has one: another one has its own idea of the first invocation.
func NewHandler(options *Options) *Handler {
	var o Options
	if options != nil {
		o = *options
	}
	if o.Next == nil {
		o.Next = newOutput(os.Stdout, os.Getenv)
	}
	return &Handler{next: o.Next, traceID: o.TraceID, process: &process{cold: startsCold(os.Getenv)}}
}

// Enabled reports whether the handler below takes records of the level.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	// A line that is not written tells of an invocation as well.
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		h.process.isFirst(lc)
	}
	return h.next.Enabled(ctx, level)
}

// Handle adds the attributes of the invocation of ctx, if it has one, and hands
// the record on.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	var room [3]slog.Attr
	attrs := h.appendAttrs(ctx, room[:0])
	if len(h.open) == 0 {
		r = r.Clone()
		r.AddAttrs(attrs...)
		return h.next.Handle(ctx, r)
	}
	next := h.next
	if len(attrs) > 0 {
		next = next.WithAttrs(attrs)
	}
	for _, apply := range h.open {
		next = apply(next)
	}
	return next.Handle(ctx, r)
}

// WithAttrs returns a handler whose records have the attributes as well.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return h.with(func(next slog.Handler) slog.Handler { return next.WithAttrs(attrs) }, len(h.open) > 0)
}

// WithGroup returns a handler that puts what follows into a group. What is added
// about the invocation stays outside.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(func(next slog.Handler) slog.Handler { return next.WithGroup(name) }, true)
}

// with returns a copy of h to which apply is applied, now or within a group.
func (h *Handler) with(apply func(slog.Handler) slog.Handler, grouped bool) *Handler {
	copied := *h
	if grouped {
		copied.open = append(slices.Clip(h.open), apply)
	} else {
		copied.next = apply(h.next)
	}
	return &copied
}

// appendAttrs appends what there is to say about the invocation of ctx.
func (h *Handler) appendAttrs(ctx context.Context, attrs []slog.Attr) []slog.Attr {
	lc, invoked := lambdacontext.FromContext(ctx)
	if invoked {
		attrs = append(attrs, slog.String("requestId", lc.AwsRequestID))
	}
	var trace string
	if h.traceID != nil {
		trace = h.traceID(ctx)
	}
	if trace == "" {
		trace = xrayTraceID(ctx)
	}
	if trace != "" {
		attrs = append(attrs, slog.String("traceId", trace))
	}
	if invoked {
		attrs = append(attrs, slog.Bool("coldStart", h.process.cold && h.process.isFirst(lc)))
	}
	return attrs
}

// isFirst reports whether lc is that of the first invocation. The pointer tells,
// not the request id, which a retry by Lambda has as well.
func (p *process) isFirst(lc *lambdacontext.LambdaContext) bool {
	return p.first.Load() == lc || p.first.CompareAndSwap(nil, lc)
}

// xrayTraceID returns the root of the invocation's X-Ray header, which the
// runtime keeps under a string key. The environment variable of the same purpose
// is not set when one process runs several invocations.
func xrayTraceID(ctx context.Context) string {
	header, _ := ctx.Value("x-amzn-trace-id").(string)
	for field := range strings.SplitSeq(header, ";") {
		if root, ok := strings.CutPrefix(strings.TrimSpace(field), "Root="); ok {
			return root
		}
	}
	return ""
}

// An Invoker is what Lambda invokes; lambda.Handler is one.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Wrap returns next with a word to h at the start of each invocation, so that
// coldStart is right although the first one may log nothing:
//
//	logs := lambdalog.NewHandler(nil)
//	slog.SetDefault(slog.New(logs))
//	lambda.Start(logs.Wrap(router))
func (h *Handler) Wrap(next Invoker) Invoker { return wrapped{h, next} }

type wrapped struct {
	logs *Handler
	next Invoker
}

func (w wrapped) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		w.logs.process.isFirst(lc)
	}
	return w.next.Invoke(ctx, payload)
}
