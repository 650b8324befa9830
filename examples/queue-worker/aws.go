//go:build !local

package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/go-thaw/thaw/lambdalog"
	"github.com/go-thaw/thaw/queue"
)

func run(ctx context.Context) error {
	slog.SetDefault(slog.New(lambdalog.NewHandler(nil)))
	failed := os.Getenv("FAILED_ORDERS")
	if failed == "" {
		return errors.New("environment variable FAILED_ORDERS must be set (or build with -tags local)")
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := sqs.NewFromConfig(cfg)
	lambda.Start(newWorker(accept, &queue.Options{Client: client, DeadLetter: queue.DeadLetterQueue(client, failed)}))
	return nil
}
