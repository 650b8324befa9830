// Package announce tells the world what happened, by way of an outbox: an event
// is written with the item that it is about, and published afterwards.
package announce

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/outbox"
	"github.com/go-thaw/thaw/events"
)

// Options are what a [Box] needs. All fields but Now and MinAge are required.
type Options struct {
	Client dynamo.API
	Table  string
	// Publish is that of an events.Publisher.
	Publish func(context.Context, ...events.Event) error
	Logger  *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// MinAge is that of [outbox.Options].
	MinAge time.Duration
}

// A Box holds the events that are still to be published. It implements
// lambda.Handler.
type Box struct {
	*outbox.Outbox
}

// New returns the box of a table.
func New(o Options) (*Box, error) {
	box, err := outbox.New(o.Client, o.Table, publisher(o.Publish), &outbox.Options{
		Now: o.Now, MinAge: o.MinAge,
		OnParked: func(ctx context.Context, p outbox.Parked) {
			o.Logger.ErrorContext(ctx, "an event cannot be published", "id", p.Event.ID, "type", p.Event.Type, "reason", p.Reason)
		},
		OnResult: func(ctx context.Context, r outbox.Result, err error) {
			if err != nil {
				o.Logger.WarnContext(ctx, "events wait to be published", "error", err)
			}
			o.Logger.DebugContext(ctx, "relayed", "published", r.Published, "parked", r.Parked)
		},
	})
	if err != nil {
		return nil, err
	}
	return &Box{box}, nil
}

// Op returns the operation that writes e, for the transaction that makes it true.
// Events of one key are published in their order.
func (b *Box) Op(key string, e events.Event) (dynamo.Op, error) {
	if err := e.Err(); err != nil {
		return dynamo.Op{}, err
	}
	data, err := json.Marshal(e)
	if err != nil {
		return dynamo.Op{}, err
	}
	return b.Outbox.Op(outbox.Event{ID: e.Metadata.ID, Key: key, Source: e.Source, Type: e.DetailType, Data: data, Time: e.Time}), nil
}

// Invoke handles the records of the table's stream, and sweeps for any other
// payload: that of the schedule.
func (b *Box) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var stream struct{ Records json.RawMessage }
	if err := json.Unmarshal(payload, &stream); err == nil && stream.Records == nil {
		_, err := b.Sweep(ctx)
		return nil, err
	}
	return b.Outbox.Invoke(ctx, payload)
}

// publisher publishes what was written by Op. What can never be accepted is
// parked.
func publisher(publish func(context.Context, ...events.Event) error) outbox.Publish {
	return func(ctx context.Context, waiting []outbox.Event) []error {
		batch := make([]events.Event, len(waiting))
		for i, e := range waiting {
			if err := json.Unmarshal(e.Data, &batch[i]); err != nil {
				batch[i] = events.Event{} // refused for good below
			}
		}
		err := publish(ctx, batch...)
		if err == nil {
			return nil
		}
		var partial *events.PublishError
		if !errors.As(err, &partial) {
			return slices.Repeat([]error{err}, len(waiting))
		}
		failures := make([]error, len(waiting))
		for _, f := range partial.Failed {
			failures[f.Index] = f
			if !f.Retryable {
				failures[f.Index] = outbox.Permanent(f)
			}
		}
		return failures
	}
}
