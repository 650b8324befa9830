// Package tracing wires OpenTelemetry through the hooks of thaw's packages: it
// wraps the function values by which they meet, and knows nothing of what the
// service does.
package tracing

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/queue"
)

// flushTime is what the export of spans may take at the end of an invocation. It
// is less than the margin that httpapi and queue leave before the deadline.
const flushTime = 200 * time.Millisecond

// w3c is the form in which the trace travels.
var w3c = propagation.TraceContext{}

// A Tracing makes the spans of one function. It is safe for overlapping
// invocations.
type Tracing struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// New returns a Tracing that exports the spans of service.
func New(service string, exporter sdktrace.SpanExporter) *Tracing {
	provider := sdktrace.NewTracerProvider(
		// Spans are exported together, when the invocation ends: see flush.
		sdktrace.WithBatcher(exporter),
		sdktrace.WithIDGenerator(xrayIDs{}),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))),
	)
	return &Tracing{provider, provider.Tracer("github.com/go-thaw/thaw/examples/traced-orders/tracing")}
}

// ID returns the id of the trace of ctx: of its span, or else of its invocation.
// It is the TraceID of lambdalog's options.
func ID(ctx context.Context) string {
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		return span.TraceID().String()
	}
	if id, ok := xrayID(ctx); ok {
		return id.String()
	}
	return ""
}

// Handler returns next within a span for each request. The trace begins here: a
// traceparent that a client sends becomes a link, so that nobody outside chooses
// our trace ids.
func (t *Tracing) Handler(next http.Handler) http.Handler {
	traced := otelhttp.NewHandler(next, "request",
		otelhttp.WithTracerProvider(t.provider),
		otelhttp.WithPropagators(w3c),
		otelhttp.WithPublicEndpointFn(func(*http.Request) bool { return true }),
	)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer t.flush(r.Context())
		traced.ServeHTTP(w, r)
	})
}

// Step returns fn within a span.
func Step[T any](t *Tracing, name string, fn func(context.Context, T) error) func(context.Context, T) error {
	return func(ctx context.Context, in T) error {
		return t.span(ctx, name, trace.SpanKindClient, nil, func(ctx context.Context) error { return fn(ctx, in) })
	}
}

// Publish returns publish within a span whose context travels in the metadata of
// the event.
func (t *Tracing) Publish(publish func(context.Context, ...events.Event) error) func(context.Context, events.Event) error {
	return func(ctx context.Context, e events.Event) error {
		e = e.Correlate(ctx)
		attributes := append(about(e.Metadata), attribute.String("messaging.system", "aws_eventbridge"))
		return t.span(ctx, "publish "+e.DetailType, trace.SpanKindProducer, attributes, func(ctx context.Context) error {
			carrier := propagation.MapCarrier{}
			w3c.Inject(ctx, carrier)
			e.Metadata.TraceParent, e.Metadata.TraceState = carrier["traceparent"], carrier["tracestate"]
			return publish(ctx, e)
		})
	}
}

// Process returns fn within a span that continues the trace of the event whose
// metadata came along.
func Process[T any](t *Tracing, name string, fn func(context.Context, T) error) func(context.Context, events.Metadata, T) error {
	return func(ctx context.Context, m events.Metadata, in T) error {
		ctx = w3c.Extract(ctx, propagation.MapCarrier{"traceparent": m.TraceParent, "tracestate": m.TraceState})
		attributes := append(about(m), attribute.String("messaging.system", "aws_sqs"))
		return t.span(ctx, "process "+name, trace.SpanKindConsumer, attributes, func(ctx context.Context) error { return fn(ctx, in) })
	}
}

// about says which event a span is about.
func about(m events.Metadata) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("messaging.message.id", m.ID),
		attribute.String("messaging.message.conversation_id", m.CorrelationID),
	}
}

// Capacity notes at the span what a request of DynamoDB consumed. It is the
// OnCapacity of dynamo's options.
func (t *Tracing) Capacity(ctx context.Context, c dynamo.Capacity) {
	trace.SpanFromContext(ctx).AddEvent(c.Op, trace.WithAttributes(
		attribute.String("aws.dynamodb.table", c.Table), attribute.Float64("aws.dynamodb.capacity_units", c.Units)))
}

// Batch exports the spans of a batch when its records are done. It is the OnBatch
// of queue's options.
func (t *Tracing) Batch(ctx context.Context, _ queue.Result) { t.flush(ctx) }

// errPanicked is the status of a span whose function did not return.
var errPanicked = errors.New("panicked")

// span calls fn within a span, whose status is fn's error.
func (t *Tracing) span(ctx context.Context, name string, kind trace.SpanKind, attributes []attribute.KeyValue, fn func(context.Context) error) error {
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attributes...))
	err := errPanicked
	defer func() {
		if err != nil {
			span.RecordError(err)
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}()
	err = fn(ctx)
	return err
}

// flush exports what has ended. Lambda may freeze the process as soon as the
// handler has returned; what is not exported by then waits for the next
// invocation, or is lost when there is none.
func (t *Tracing) flush(ctx context.Context) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
	defer cancel()
	if err := t.provider.ForceFlush(limited); err != nil {
		slog.WarnContext(ctx, "spans were not exported", "error", err)
	}
}
