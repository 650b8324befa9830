package orders

import (
	"context"
	"net/http"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/queue"

	"github.com/go-thaw/thaw/examples/traced-orders/tracing"
)

// NewTable returns the table of orders, which notes at each span what a request
// consumed.
func NewTable(t *tracing.Tracing, client *dynamodb.Client, name string) (*dynamo.Repository[Order], error) {
	return dynamo.New[Order](client, name, &dynamo.Options{OnCapacity: t.Capacity})
}

// NewAPI returns the API with its spans: the request, and in it store and
// publish. Recover makes a panic a 500 that the span sees. There is no
// httpapi.AccessLog: the span and API Gateway's own log have what it would say.
func NewAPI(t *tracing.Tracing, table *dynamo.Repository[Order], publisher *events.Publisher) http.Handler {
	mux := newMux(tracing.Step(t, "store order", storeIn(table)), t.Publish(publisher.Publish))
	return t.Handler(httpapi.Recover(mux))
}

// NewWorker returns the handler of the queue with a span for each order, which
// continues the trace of the request.
func NewWorker(t *tracing.Tracing, process func(context.Context, Order) error, o queue.Options) lambda.Handler {
	o.OnBatch = t.Batch
	return newProcessor(tracing.Process(t, Placed.DetailType(), process), o)
}
