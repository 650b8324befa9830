// Command api is the function behind the HTTP API.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/httpapi"

	"github.com/go-thaw/thaw/examples/traced-orders/function"
	"github.com/go-thaw/thaw/examples/traced-orders/orders"
	"github.com/go-thaw/thaw/examples/traced-orders/tracing"
)

func main() { function.Main("orders-api", serve) }

func serve(ctx context.Context, cfg aws.Config, t *tracing.Tracing) error {
	name, bus := os.Getenv("TABLE"), os.Getenv("BUS")
	if name == "" || bus == "" {
		return errors.New("environment variables TABLE and BUS must be set")
	}
	client := dynamo.NewClient(cfg, nil)
	if err := dynamo.Warm(ctx, client); err != nil {
		slog.Warn("the first request will open its own connection", "error", err)
	}
	table, errTable := orders.NewTable(t, client, name)
	publisher, errPublisher := events.NewPublisher(eventbridge.NewFromConfig(cfg), &events.PublisherOptions{Bus: bus})
	if err := errors.Join(errTable, errPublisher); err != nil {
		return err
	}
	httpapi.Start(orders.NewAPI(t, table, publisher), &httpapi.Options{Logger: slog.Default()})
	return nil
}
