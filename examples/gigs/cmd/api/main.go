// Command api is the function behind the platform's HTTP API.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/httpapi"

	"github.com/go-thaw/thaw/examples/gigs/announce"
	"github.com/go-thaw/thaw/examples/gigs/api"
	"github.com/go-thaw/thaw/examples/gigs/function"
	"github.com/go-thaw/thaw/examples/gigs/store"
)

func main() { function.Main(handler) }

func handler(ctx context.Context, cfg aws.Config, logger *slog.Logger) (lambda.Handler, error) {
	var table, records string
	if err := function.Env(map[string]*string{"TABLE": &table, "IDEMPOTENCY": &records}); err != nil {
		return nil, err
	}
	client := dynamo.NewClient(cfg, nil)
	if err := dynamo.Warm(ctx, client); err != nil {
		logger.Warn("the first request will open its own connection", "error", err)
	}
	s, errStore := store.New(client, table, &store.Options{
		CursorKey:  []byte(os.Getenv("CURSOR_KEY")),
		OnCapacity: store.CountCapacity,
	})
	once, errOnce := idempotency.New(client, records, &idempotency.Options{Observe: store.CountIdempotency})
	box, errBox := announce.New(announce.Options{Client: client, Table: table, Publish: relayOnly, Logger: logger})
	limit, errLimit := api.LimitRegistrations(client, table, api.RegistrationLimit, nil, logger)
	tracker, errTracker := costs.NewTracker(nil)
	if err := errors.Join(errStore, errOnce, errBox, errLimit, errTracker); err != nil {
		return nil, err
	}
	a := api.New(api.Options{Store: s, Announce: box.Op, Idempotency: once, Logger: logger, Limit: limit})
	return tracker.Wrap(httpapi.New(a, &httpapi.Options{Logger: logger})), nil
}

// relayOnly is the publisher of a function that only writes events.
func relayOnly(context.Context, ...events.Event) error {
	return errors.New("events are published by the relay")
}
