// Command api is the function behind the platform's HTTP API.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/httpapi"

	"github.com/go-thaw/thaw/examples/gigs/api"
	"github.com/go-thaw/thaw/examples/gigs/function"
	"github.com/go-thaw/thaw/examples/gigs/store"
)

func main() { function.Main(handler) }

func handler(ctx context.Context, cfg aws.Config, logger *slog.Logger) (lambda.Handler, error) {
	var table, records, bus string
	if err := function.Env(map[string]*string{"TABLE": &table, "IDEMPOTENCY": &records, "BUS": &bus}); err != nil {
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
	publisher, errPublisher := events.NewPublisher(eventbridge.NewFromConfig(cfg), &events.PublisherOptions{Bus: bus})
	tracker, errTracker := costs.NewTracker(nil)
	if err := errors.Join(errStore, errOnce, errPublisher, errTracker); err != nil {
		return nil, err
	}
	a := api.New(api.Options{Store: s, Publish: publisher.Publish, Idempotency: once, Logger: logger})
	return tracker.Wrap(httpapi.New(a, &httpapi.Options{Logger: logger})), nil
}
