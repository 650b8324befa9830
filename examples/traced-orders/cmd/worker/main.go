// Command worker is the function behind the queue.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"

	"github.com/go-thaw/thaw/lambdalog"
	"github.com/go-thaw/thaw/queue"

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
	failed := os.Getenv("FAILED_ORDERS")
	if failed == "" {
		return errors.New("environment variable FAILED_ORDERS must be set")
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	exporter, err := stdouttrace.New() // one JSON document a span, on standard output
	if err != nil {
		return err
	}
	client := sqs.NewFromConfig(cfg)
	lambda.Start(orders.NewWorker(tracing.New("orders-worker", exporter), orders.Accept,
		queue.Options{Client: client, DeadLetter: queue.DeadLetterQueue(client, failed)}))
	return nil
}
