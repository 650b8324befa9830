// Command relay is the function that publishes the events of the outbox: behind
// the table's stream, and by a schedule for what the stream missed.
package main

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/events"

	"github.com/go-thaw/thaw/examples/gigs/announce"
	"github.com/go-thaw/thaw/examples/gigs/function"
)

func main() { function.Main(handler) }

func handler(_ context.Context, cfg aws.Config, logger *slog.Logger) (lambda.Handler, error) {
	var table, bus string
	if err := function.Env(map[string]*string{"TABLE": &table, "BUS": &bus}); err != nil {
		return nil, err
	}
	publisher, err := events.NewPublisher(eventbridge.NewFromConfig(cfg), &events.PublisherOptions{Bus: bus})
	if err != nil {
		return nil, err
	}
	return announce.New(announce.Options{Client: dynamo.NewClient(cfg, nil), Table: table, Publish: publisher.Publish, Logger: logger})
}
