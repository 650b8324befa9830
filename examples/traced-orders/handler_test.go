package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/events/eventstest"
	"github.com/go-thaw/thaw/lambdalog"
	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/mapping"

	"github.com/go-thaw/thaw/examples/traced-orders/memory"
	"github.com/go-thaw/thaw/examples/traced-orders/orders"
	"github.com/go-thaw/thaw/examples/traced-orders/tracing"
)

var order = orders.Order{ID: "o-1", Customer: "ada", Cents: 1200}

// A world is a shop, what it exported, and what became of the orders.
type world struct {
	*memory.Shop
	spans *tracetest.InMemoryExporter
	err   error // what processing an order returns

	mu   sync.Mutex // orders of a batch are processed side by side
	done []orders.Order
}

func setup(t *testing.T) *world {
	t.Helper()
	w := &world{spans: tracetest.NewInMemoryExporter()}
	var err error
	w.Shop, err = memory.New(t.Context(), w.spans, func(_ context.Context, o orders.Order) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.done = append(w.done, o)
		return w.err
	})
	require.NoError(t, err)
	return w
}

// place sends an order within an invocation of X-Ray trace 1-5759e988-….
func (w *world) place(t *testing.T, o orders.Order, header http.Header) int {
	t.Helper()
	ctx := context.WithValue(t.Context(), "x-amzn-trace-id", //nolint:staticcheck // the runtime's key
		"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
	answer, err := w.Place(ctx, o, header)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode
}

// work lets the events and messages go their way.
func (w *world) work(t *testing.T) {
	t.Helper()
	_, err := w.Work(t.Context())
	require.NoError(t, err)
}

// exported returns the spans by name; each is there once.
func (w *world) exported(t *testing.T) map[string]tracetest.SpanStub {
	t.Helper()
	found := map[string]tracetest.SpanStub{}
	for _, s := range w.spans.GetSpans() {
		require.NotContains(t, found, s.Name)
		found[s.Name] = s
	}
	return found
}

const (
	request = "PUT /orders/{id}"
	store   = "store order"
	publish = "publish OrderPlaced"
	process = "process OrderPlaced"
)

func TestOneTraceFromTheRequestToTheWorker(t *testing.T) {
	w := setup(t)
	require.Equal(t, http.StatusAccepted, w.place(t, order, nil))
	require.Len(t, w.exported(t), 3, "exported before the API answered")
	w.work(t)
	require.Equal(t, []orders.Order{order}, w.done)

	spans := w.exported(t)
	require.Len(t, spans, 4, "exported before the worker returned")
	for name, want := range map[string]struct {
		parent  trace.SpanID
		kind    trace.SpanKind
		service string
	}{
		request: {trace.SpanID{}, trace.SpanKindServer, "orders-api"},
		store:   {spans[request].SpanContext.SpanID(), trace.SpanKindClient, "orders-api"},
		publish: {spans[request].SpanContext.SpanID(), trace.SpanKindProducer, "orders-api"},
		process: {spans[publish].SpanContext.SpanID(), trace.SpanKindConsumer, "orders-worker"},
	} {
		s := spans[name]
		require.Equal(t, "5759e988bd862e3fe1be46a994272793", s.SpanContext.TraceID().String(), "%s: X-Ray's id", name)
		require.Equal(t, want.parent, s.Parent.SpanID(), name)
		require.Equal(t, want.kind, s.SpanKind, name)
		require.Equal(t, codes.Unset, s.Status.Code, name)
		service, _ := s.Resource.Set().Value("service.name")
		require.Equal(t, want.service, service.AsString(), name)
	}
	require.Equal(t, "PutItem", spans[store].Events[0].Name, "what it consumed")
	require.True(t, spans[process].Parent.IsRemote())
}

func TestEachOrderOfABatchContinuesItsOwnTrace(t *testing.T) {
	w := setup(t)
	for _, id := range []string{"o-1", "o-2"} {
		answer, err := w.Place(t.Context(), orders.Order{ID: id, Customer: "ada", Cents: 1}, nil)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
	}
	w.work(t)

	producers, consumers := map[trace.TraceID]trace.SpanID{}, map[trace.TraceID]trace.SpanID{}
	for _, s := range w.spans.GetSpans() {
		switch s.Name {
		case publish:
			producers[s.SpanContext.TraceID()] = s.SpanContext.SpanID()
		case process:
			consumers[s.SpanContext.TraceID()] = s.Parent.SpanID()
		}
	}
	require.Len(t, producers, 2)
	require.Equal(t, producers, consumers)
}

func TestAFailureIsTheStatusOfItsSpan(t *testing.T) {
	for name, tt := range map[string]struct {
		fail   func(w *world)
		failed []string
	}{
		"store": {func(w *world) {
			w.Table.Inject("PutItem", dynamotest.Fault{Error: &dynamotest.Error{Code: "AccessDeniedException"}})
		}, []string{request, store}},
		"publish": {func(w *world) {
			w.Bus.Inject("PutEvents", eventstest.Fault{Error: &eventstest.Error{Code: "AccessDeniedException"}})
		}, []string{request, publish}},
		"process": {func(w *world) { w.err = queue.Permanent(errors.New("no such customer")) }, []string{process}},
	} {
		t.Run(name, func(t *testing.T) {
			w := setup(t)
			tt.fail(w)
			w.place(t, order, nil)
			w.work(t)
			var failed []string
			for name, s := range w.exported(t) {
				if s.Status.Code == codes.Error {
					failed = append(failed, name)
				}
			}
			require.ElementsMatch(t, tt.failed, failed)
		})
	}
}

func TestAPanicIsAFailureToo(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	shop, err := memory.New(t.Context(), spans, func(context.Context, orders.Order) error { panic("worker") })
	require.NoError(t, err)
	w := &world{Shop: shop, spans: spans}
	w.place(t, order, nil)
	w.work(t)
	require.Equal(t, codes.Error, w.exported(t)[process].Status.Code)
	require.Equal(t, 1, w.SQS.Counts(memory.Queue).Total(), "it comes back")
}

func TestAClientDoesNotChooseOurTraceIDs(t *testing.T) {
	w := setup(t)
	theirs := "4bf92f3577b34da6a3ce929d0e0e4736"
	w.place(t, order, http.Header{"Traceparent": {"00-" + theirs + "-00f067aa0ba902b7-01"}})
	s := w.exported(t)[request]
	require.Equal(t, "5759e988bd862e3fe1be46a994272793", s.SpanContext.TraceID().String())
	require.Len(t, s.Links, 1)
	require.Equal(t, theirs, s.Links[0].SpanContext.TraceID().String())
}

func TestAnOrderMayBeSentAgain(t *testing.T) {
	w := setup(t)
	w.Bus.Inject("PutEvents", eventstest.Fault{Error: &eventstest.Error{Code: "AccessDeniedException"}})
	require.Equal(t, http.StatusInternalServerError, w.place(t, order, nil))
	require.Equal(t, http.StatusAccepted, w.place(t, order, nil), "stored already, and now published")
	require.Equal(t, http.StatusConflict, w.place(t, orders.Order{ID: "o-1", Customer: "eve", Cents: 1}, nil))
	require.Equal(t, http.StatusUnprocessableEntity, w.place(t, orders.Order{ID: "o-2", Customer: "eve"}, nil))
	w.work(t)
	require.Equal(t, []orders.Order{order}, w.done)
}

func TestWhatIsNoOrderGoesToTheDeadLetterQueue(t *testing.T) {
	w := setup(t)
	require.NoError(t, w.SQS.Deliver(memory.Queue)(t.Context(), []byte(`{"source":"shop"}`)))
	w.work(t)
	require.Empty(t, w.done)
	require.Equal(t, 1, w.SQS.Counts(memory.Failed).Total())
}

func TestLinesHaveTheIDOfTheTrace(t *testing.T) {
	var out bytes.Buffer
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(slog.New(lambdalog.NewHandler(&lambdalog.Options{Next: slog.NewJSONHandler(&out, nil), TraceID: tracing.ID})))

	shop, err := memory.New(t.Context(), tracetest.NewNoopExporter(), orders.Accept)
	require.NoError(t, err)
	w := &world{Shop: shop}
	w.place(t, order, nil)
	w.work(t)

	traces := map[string]any{}
	for lines := json.NewDecoder(&out); ; {
		var line map[string]any
		err := lines.Decode(&line)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		require.Contains(t, line, "requestId")
		require.Contains(t, line, "coldStart")
		traces[line["msg"].(string)] = line["traceId"]
	}
	require.Equal(t, "5759e988bd862e3fe1be46a994272793", traces["accepted"])
	require.Equal(t, "5759e988bd862e3fe1be46a994272793", traces["processed"])
}

func TestTheMappingLosesNothing(t *testing.T) {
	template, err := os.ReadFile("template.yaml")
	require.NoError(t, err)
	require.NoError(t, mapping.CheckTemplate(template, nil))
}
