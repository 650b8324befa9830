package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/go-thaw/thaw/events"
)

// An Order is the detail of the event.
type Order struct {
	ID       string `json:"id"`
	Customer string `json:"customer"`
	Cents    int64  `json:"cents"`
}

// Validate is called on both sides: a wrong event is neither published nor
// handled.
func (o Order) Validate() error {
	if o.ID == "" || o.Cents <= 0 {
		return errors.New("id must not be empty and cents must be positive")
	}
	return nil
}

// OrderPlaced is published when a customer has ordered.
var OrderPlaced = events.Define[Order]("shop", "OrderPlaced")

// large matches the orders that somebody looks at. It is EventBridge's own
// language: the same text can be a rule's pattern in the template.
var large = events.MustParsePattern(`{
	"source": ["shop"],
	"detail-type": ["OrderPlaced"],
	"detail": {"cents": [{"numeric": [">=", 100000]}]}
}`)

// A Service is one of the things that follow an order. It may be called again
// with the same order; the key tells a repetition.
type Service func(ctx context.Context, key string, o Order) error

// Services are all of them.
type Services struct{ Receipt, Stock, Review Service }

// newRouter returns the handler of the events. All services that an order
// concerns run in parallel; when one fails, the event is delivered again and all
// of them run again.
func newRouter(s Services) *events.Router {
	r := events.NewRouter(nil)
	r.Handle("receipt", OrderPlaced.Handler(keyed(s.Receipt)))
	r.Handle("stock", OrderPlaced.Handler(keyed(s.Stock)))
	r.Handle("review", events.MatchPattern(large, func(ctx context.Context, e *events.Envelope) error {
		o, err := OrderPlaced.Decode(e)
		if err != nil {
			return err
		}
		return s.Review(ctx, events.IdempotencyKey(ctx), o)
	}))
	return r
}

// keyed hands a service the key of the event.
func keyed(s Service) func(context.Context, Order) error {
	return func(ctx context.Context, o Order) error { return s(ctx, events.IdempotencyKey(ctx), o) }
}

// logged stands where a real service would be called.
func logged(name string) Service {
	return func(ctx context.Context, key string, o Order) error {
		slog.InfoContext(ctx, name, "order", o.ID, "cents", o.Cents)
		return nil
	}
}
