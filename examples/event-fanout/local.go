//go:build local

package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
)

// run registers a user on an in-memory bus. The preferences fail at first, and
// the event is delivered again as Lambda does it, after a minute that takes no
// time here.
func run(ctx context.Context) error {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime})))
	table := dynamotest.New(nil)
	if err := table.CreateTable(dynamotest.Table("idempotency", "id")); err != nil {
		return err
	}
	store, err := idempotency.New(table.Client(), "idempotency", storeOptions)
	if err != nil {
		return err
	}
	services := logged()
	services.Preferences = failingAtFirst(services.Preferences)

	now := time.Now()
	bus := eventstest.New(&eventstest.Options{Now: func() time.Time { return now }})
	bus.AddRule("default", "registrations", UserRegistered.Pattern().String(), eventstest.Target{
		ARN:    "arn:aws:lambda:us-east-1:123456789012:function:fanout",
		Invoke: newRouter(store, services).Invoke,
	})
	publisher, err := events.NewPublisher(bus.Client(), nil)
	if err != nil {
		return err
	}
	if err := publisher.Publish(ctx, UserRegistered.New(User{"u-1", "ada@example.com"})); err != nil {
		return err
	}
	for due, pending := bus.NextDue(); pending; due, pending = bus.NextDue() {
		slog.Info("--- delivery", "after", due.Sub(now).Round(time.Second))
		now = due
		if _, err := bus.Deliver(ctx); err != nil {
			return err
		}
	}
	return nil
}

func failingAtFirst(fn func(context.Context, User) error) func(context.Context, User) error {
	var failed atomic.Bool
	return func(ctx context.Context, u User) error {
		if failed.CompareAndSwap(false, true) {
			slog.InfoContext(ctx, "preferences failed", "user", u.ID)
			return errors.New("the database does not answer")
		}
		return fn(ctx, u)
	}
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
