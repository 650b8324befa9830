// Package orders takes orders over HTTP and works on them behind a queue.
package orders

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/queue"
)

// An Order is what the table holds, what clients send and what the event tells.
type Order struct {
	ID       string `dynamodbav:"id" dynamo:"partition" json:"id"`
	Customer string `dynamodbav:"customer" json:"customer"`
	Cents    int64  `dynamodbav:"cents" json:"cents"`
}

// Validate is called by the publisher and by the worker.
func (o Order) Validate() error {
	if o.ID == "" || o.Customer == "" || o.Cents <= 0 {
		return errors.New("an order has an id, a customer and a positive sum")
	}
	return nil
}

// Placed is published when an order is stored.
var Placed = events.Define[Order]("shop", "OrderPlaced")

// placement is a request for an order. The client chooses the id, so that it can
// send the request again when it got no answer, or a 5xx.
type placement struct {
	ID       string `path:"id"`
	Customer string `json:"customer"`
	Cents    int64  `json:"cents"`
}

// Validate names the first field that is wrong.
func (p placement) Validate() error {
	switch {
	case len(p.ID) > 100:
		return &httpapi.FieldError{In: "path", Field: "id", Detail: "must have at most 100 bytes"}
	case p.Customer == "" || len(p.Customer) > 100:
		return &httpapi.FieldError{Field: "customer", Detail: "must have 1 to 100 bytes"}
	case p.Cents <= 0:
		return &httpapi.FieldError{Field: "cents", Detail: "must be positive"}
	}
	return nil
}

// newMux returns the API. An order is first stored and then published: when the
// second fails, the client sends it again, and both are done again.
func newMux(store func(context.Context, Order) error, publish func(context.Context, events.Event) error) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("PUT /orders/{id}", httpapi.JSON(func(ctx context.Context, in placement) (httpapi.Response[Order], error) {
		o := Order(in)
		if err := store(ctx, o); err != nil {
			return httpapi.Response[Order]{}, err
		}
		if err := publish(ctx, Placed.New(o)); err != nil {
			return httpapi.Response[Order]{}, err
		}
		slog.InfoContext(ctx, "accepted", "order", o.ID, "customer", o.Customer, "cents", o.Cents)
		return httpapi.Response[Order]{Status: http.StatusAccepted, Body: o}, nil
	}))
	return mux
}

// storeIn returns a function that stores an order once: the same order again
// changes nothing, another one under its id is refused.
func storeIn(table *dynamo.Repository[Order]) func(context.Context, Order) error {
	return func(ctx context.Context, o Order) error {
		err := table.Create(ctx, &o)
		if !errors.Is(err, dynamo.ErrExists) {
			return err
		}
		if stored, ok := dynamo.Current[Order](err); ok && stored == o {
			return nil
		}
		return httpapi.Error(http.StatusConflict, "there is another order with this id")
	}
}

// An announcement is a message of the queue: the event that the rule put there.
type announcement struct {
	Order    Order
	Metadata events.Metadata
}

// decode reads an announcement from the envelope of an event. What it cannot read
// goes to the dead-letter queue, because the next attempt would get the same bytes.
func decode(body []byte, v any) error {
	e, err := events.ParseEnvelope(body)
	if err != nil {
		return err
	}
	o, err := Placed.Decode(e)
	if err != nil {
		return err
	}
	*v.(*announcement) = announcement{o, e.Metadata()}
	return nil
}

// newProcessor returns the handler of the queue. An order may come twice: its id
// is what process recognises a repetition by.
func newProcessor(process func(context.Context, events.Metadata, Order) error, o queue.Options) *queue.Processor[announcement] {
	o.Decode = decode
	return queue.NewProcessor(func(ctx context.Context, m queue.Message[announcement]) error {
		return process(ctx, m.Body.Metadata, m.Body.Order)
	}, &o)
}

// Accept stands where an order would be packed and sent.
func Accept(ctx context.Context, o Order) error {
	slog.InfoContext(ctx, "processed", "order", o.ID, "customer", o.Customer, "cents", o.Cents)
	return nil
}
