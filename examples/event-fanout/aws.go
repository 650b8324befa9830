//go:build !local

package main

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/lambdalog"
)

func serve(ctx context.Context, router *events.Router) error {
	logs := lambdalog.NewHandler(nil)
	slog.SetDefault(slog.New(logs))
	lambda.StartWithOptions(logs.Wrap(router), lambda.WithContext(ctx))
	return nil
}
