// Command api is the function behind the HTTP API.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/lambdalog"

	"github.com/go-thaw/thaw/examples/traced-orders/orders"
	"github.com/go-thaw/thaw/examples/traced-orders/tracing"
)

func main() {
	slog.SetDefault(slog.New(lambdalog.NewHandler(&lambdalog.Options{TraceID: tracing.ID})))
	if err := run(context.Background()); err != nil {
		slog.Error("the function cannot start", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	name, bus := os.Getenv("TABLE"), os.Getenv("BUS")
	if name == "" || bus == "" {
		return errors.New("environment variables TABLE and BUS must be set")
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	exporter, err := stdouttrace.New() // one JSON document a span, on standard output
	if err != nil {
		return err
	}
	t := tracing.New("orders-api", exporter)
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
