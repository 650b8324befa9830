//go:build !local

package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/go-thaw/thaw/dynamo"
)

// open returns the table that the environment variable TABLE names.
func open(ctx context.Context) (*dynamo.Repository[Config], error) {
	slog.SetDefault(slog.New(lambdacontext.NewLogHandler()))
	table := os.Getenv("TABLE")
	if table == "" {
		return nil, errors.New("environment variable TABLE must be set (or build with -tags local)")
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	client := dynamo.NewClient(cfg, nil)
	if err := dynamo.Warm(ctx, client); err != nil {
		slog.Warn("the first request will open its own connection", "error", err)
	}
	return dynamo.New[Config](client, table, nil)
}
