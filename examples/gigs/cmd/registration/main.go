// Command registration is the function that follows up on registrations.
package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/queue"

	"github.com/go-thaw/thaw/examples/gigs/function"
	"github.com/go-thaw/thaw/examples/gigs/mail"
	"github.com/go-thaw/thaw/examples/gigs/registration"
	"github.com/go-thaw/thaw/examples/gigs/store"
)

func main() { function.Main(handler) }

func handler(_ context.Context, cfg aws.Config, logger *slog.Logger) (lambda.Handler, error) {
	var table, records, emails string
	if err := function.Env(map[string]*string{"TABLE": &table, "IDEMPOTENCY": &records, "EMAILS": &emails}); err != nil {
		return nil, err
	}
	client := dynamo.NewClient(cfg, nil)
	s, errStore := store.New(client, table, nil)
	once, errOnce := idempotency.New(client, records, nil)
	sender, errSender := queue.NewSender[mail.Email](sqs.NewFromConfig(cfg), emails, nil)
	if err := errors.Join(errStore, errOnce, errSender); err != nil {
		return nil, err
	}
	return registration.New(registration.Options{Store: s, Send: sender.Send, Idempotency: once, Logger: logger}), nil
}
