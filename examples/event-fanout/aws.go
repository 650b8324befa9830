//go:build !local

package main

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/go-thaw/thaw/events"
)

func serve(ctx context.Context, router *events.Router) error {
	slog.SetDefault(slog.New(lambdacontext.NewLogHandler()))
	lambda.StartWithOptions(router, lambda.WithContext(ctx))
	return nil
}
