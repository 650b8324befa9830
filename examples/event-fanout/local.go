//go:build local

package main

import (
	"context"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
)

// serve publishes two orders on an in-memory bus and delivers them.
func serve(ctx context.Context, router *events.Router) error {
	bus := eventstest.New(nil)
	bus.AddRule("default", "orders", OrderPlaced.Pattern().String(), eventstest.Target{Invoke: router.Invoke})
	publisher, err := events.NewPublisher(bus.Client(), nil)
	if err != nil {
		return err
	}
	err = publisher.Publish(ctx, OrderPlaced.New(Order{"o-1", "ada", 1200}), OrderPlaced.New(Order{"o-2", "eve", 250_000}))
	if err != nil {
		return err
	}
	return bus.Drain(ctx)
}
