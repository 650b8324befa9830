// Package memory is the whole service on in-memory AWS: API, table, bus, queue and
// worker, wired as the template wires them.
package memory

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/aws/aws-lambda-go/lambdacontext"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"

	"github.com/go-thaw/thaw/examples/traced-orders/orders"
	"github.com/go-thaw/thaw/examples/traced-orders/tracing"
)

// The names that the shop's queues have.
const (
	Queue  = "orders"
	Failed = "failed-orders"
)

// A Shop is the service. Its fakes are there to look at, and to break.
type Shop struct {
	Table *dynamotest.Fake
	Bus   *eventstest.Fake
	SQS   *queuetest.Fake

	api     *http.Client
	mapping *queuetest.Mapping
}

// New returns a shop whose spans go to exporter and whose orders go to process.
func New(ctx context.Context, exporter sdktrace.SpanExporter, process func(context.Context, orders.Order) error) (*Shop, error) {
	s := &Shop{Table: dynamotest.New(nil), Bus: eventstest.New(nil), SQS: queuetest.New(nil)}
	t := tracing.New("orders-api", exporter)
	table, err := orders.NewTable(t, s.Table.Client(), "orders")
	if err != nil {
		return nil, err
	}
	if err := dynamo.CreateTables(ctx, s.Table.Client(), table); err != nil {
		return nil, err
	}
	publisher, err := events.NewPublisher(s.Bus.Client(), nil)
	if err != nil {
		return nil, err
	}
	function := httpapi.New(orders.NewAPI(t, table, publisher), &httpapi.Options{Logger: slog.Default()})
	s.api = httpapitest.New(httpapi.SourceHTTP2, function, nil).Client()

	failed := s.SQS.CreateQueue(Failed, nil)
	s.SQS.CreateQueue(Queue, &queuetest.QueueOptions{DeadLetterQueue: Failed})
	s.Bus.AddRule("default", "orders", orders.Placed.Pattern().String(), eventstest.Target{Invoke: deliver(s.SQS.Deliver(Queue))})
	client := s.SQS.Client()
	worker := orders.NewWorker(tracing.New("orders-worker", exporter), process,
		queue.Options{Client: client, DeadLetter: queue.DeadLetterQueue(client, failed)})
	s.mapping, err = queuetest.NewMapping(s.SQS, Queue, invocations{worker}, nil)
	return s, err
}

// deliver makes a target of a function that puts a message on a queue.
func deliver(to func(context.Context, []byte) error) func(context.Context, []byte) ([]byte, error) {
	return func(ctx context.Context, event []byte) ([]byte, error) { return nil, to(ctx, event) }
}

// invocations gives the worker what the Lambda runtime puts into a context.
type invocations struct{ worker queuetest.Handler }

func (i invocations) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return i.worker.Invoke(lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{AwsRequestID: "worker-invocation"}), payload)
}

// Place sends an order to the API.
func (s *Shop) Place(ctx context.Context, o orders.Order, header http.Header) (*http.Response, error) {
	body, err := json.Marshal(map[string]any{"customer": o.Customer, "cents": o.Cents})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, "https://orders.example/orders/"+o.ID, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if header != nil {
		r.Header = header
	}
	r.Header.Set("Content-Type", "application/json")
	return s.api.Do(r)
}

// Work delivers what is on the bus and lets the worker take what is on the queue.
func (s *Shop) Work(ctx context.Context) ([]queuetest.Invocation, error) {
	if _, err := s.Bus.Deliver(ctx); err != nil {
		return nil, err
	}
	return s.mapping.Drain(ctx)
}
