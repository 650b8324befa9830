//go:build !local

package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/lambdalog"
)

func connect(ctx context.Context) (*dynamodb.Client, string, error) {
	slog.SetDefault(slog.New(lambdalog.NewHandler(nil)))
	table := os.Getenv("TABLE")
	if table == "" {
		return nil, "", errors.New("environment variable TABLE must be set (or build with -tags local)")
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	return dynamo.NewClient(cfg, nil), table, err
}

// prepare opens the connection during INIT, which costs less than the first
// request would wait for it.
func prepare(ctx context.Context, client *dynamodb.Client, _ *dynamo.Repository[Note]) error {
	if err := dynamo.Warm(ctx, client); err != nil {
		slog.Warn("the first request will open its own connection", "error", err)
	}
	return nil
}
