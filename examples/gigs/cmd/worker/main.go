// Command worker is the function that sends e-mails.
package main

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/queue"

	"github.com/go-thaw/thaw/examples/gigs/function"
	"github.com/go-thaw/thaw/examples/gigs/mail"
	"github.com/go-thaw/thaw/examples/gigs/worker"
)

func main() { function.Main(handler) }

func handler(_ context.Context, cfg aws.Config, logger *slog.Logger) (lambda.Handler, error) {
	var failed, records string
	if err := function.Env(map[string]*string{"FAILED_EMAILS": &failed, "IDEMPOTENCY": &records}); err != nil {
		return nil, err
	}
	client := sqs.NewFromConfig(cfg)
	once, err := idempotency.New(dynamo.NewClient(cfg, nil), records, nil)
	if err != nil {
		return nil, err
	}
	return worker.New(mail.Log(logger), once, &queue.Options{
		Client:     client,
		DeadLetter: queue.DeadLetterQueue(client, failed),
		Logger:     logger,
	}), nil
}
