//go:build !local

package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/lambdalog"
)

// run serves the stream of the orders; the environment variable LINES names the
// table of the read model.
func run(ctx context.Context) error {
	slog.SetDefault(slog.New(lambdalog.NewHandler(nil)))
	table := os.Getenv("LINES")
	if table == "" {
		return errors.New("environment variable LINES must be set (or build with -tags local)")
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := dynamo.NewClient(cfg, nil)
	if err := dynamo.Warm(ctx, client); err != nil {
		slog.Warn("the first change will open its own connection", "error", err)
	}
	lines, err := dynamo.New[Line](client, table, nil)
	if err != nil {
		return err
	}
	lambda.StartWithOptions(newProjector(lines, time.Now), lambda.WithContext(ctx))
	return nil
}
