// Package function is what both Lambda functions do at their start.
package function

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"

	"github.com/go-thaw/thaw/lambdalog"

	"github.com/go-thaw/thaw/examples/traced-orders/tracing"
)

// Main sets up the log, the AWS configuration and the tracing of service, and has
// serve do the rest. A function that cannot start says why and ends, so that its
// deployment fails instead of its users' requests.
func Main(service string, serve func(context.Context, aws.Config, *tracing.Tracing) error) {
	slog.SetDefault(slog.New(lambdalog.NewHandler(&lambdalog.Options{TraceID: tracing.ID})))
	if err := run(context.Background(), service, serve); err != nil {
		slog.Error("the function cannot start", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, service string, serve func(context.Context, aws.Config, *tracing.Tracing) error) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	exporter, err := stdouttrace.New() // one JSON document a span, on standard output
	if err != nil {
		return err
	}
	return serve(ctx, cfg, tracing.New(service, exporter))
}
