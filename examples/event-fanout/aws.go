//go:build !local

package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/lambdalog"
)

// run handles what Lambda delivers.
func run(ctx context.Context) error {
	logs := lambdalog.NewHandler(nil)
	slog.SetDefault(slog.New(logs))
	table := os.Getenv("TABLE")
	if table == "" {
		return errors.New("environment variable TABLE must be set (or build with -tags local)")
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	store, err := idempotency.New(dynamo.NewClient(cfg, nil), table, storeOptions)
	if err != nil {
		return err
	}
	lambda.StartWithOptions(logs.Wrap(newRouter(store, logged())), lambda.WithContext(ctx))
	return nil
}
