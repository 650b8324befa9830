// Command worker is the function behind the queue.
package main

import (
	"context"
	"errors"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/go-thaw/thaw/queue"

	"github.com/go-thaw/thaw/examples/traced-orders/function"
	"github.com/go-thaw/thaw/examples/traced-orders/orders"
	"github.com/go-thaw/thaw/examples/traced-orders/tracing"
)

func main() { function.Main("orders-worker", serve) }

func serve(_ context.Context, cfg aws.Config, t *tracing.Tracing) error {
	failed := os.Getenv("FAILED_ORDERS")
	if failed == "" {
		return errors.New("environment variable FAILED_ORDERS must be set")
	}
	client := sqs.NewFromConfig(cfg)
	lambda.Start(orders.NewWorker(t, orders.Accept, queue.Options{Client: client, DeadLetter: queue.DeadLetterQueue(client, failed)}))
	return nil
}
