package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/go-thaw/thaw/events"
)

// An order is a small event: about 110 bytes of detail.
type order struct {
	ID       string   `json:"id"`
	Customer string   `json:"customer"`
	Total    int      `json:"total"`
	Currency string   `json:"currency"`
	Items    []string `json:"items"`
}

var orderPlaced = events.Define[order]("shop.orders", "OrderPlaced")

const batch = 10 // entries of a request

// publishing sends 1,000 events through the SDK's client, whose requests a
// transport answers without a network: what is compared is the work of this
// process. The bare calls send the same entries, ready before the clock starts,
// and from as many goroutines: two threads that share a processor's core take
// more processor time for the same work. The same calls with entries that are made
// anew each time, which is a copy of each detail and no check, say how much of the
// difference is memory that nobody can reuse.
func publishing(concurrency int) comparison {
	const count = 1000
	client := eventbridge.New(eventbridge.Options{
		Region:      "us-east-1",
		HTTPClient:  acceptor{},
		Credentials: aws.CredentialsProviderFunc(credentials),
	})
	publisher := must(events.NewPublisher(client, &events.PublisherOptions{Concurrency: concurrency}))
	all := make([]events.Event, count)
	for i := range all {
		all[i] = orderPlaced.New(order{
			ID: fmt.Sprintf("order-%d", i), Customer: "customer-17", Total: 1999, Currency: "EUR", Items: []string{"ticket", "poster"},
		})
	}
	inputs := requests(all)
	ctx := context.Background()
	return comparison{fmt.Sprintf("publish 1,000 events, %d requests at a time", concurrency), count, []way{
		{"100 calls of PutEvents", func() { sendAll(ctx, client, inputs, concurrency) }},
		{"the same again", func() { sendAll(ctx, client, inputs, concurrency) }},
		{"the same with entries made anew", func() { sendAll(ctx, client, anew(inputs), concurrency) }},
		{"Publisher.Publish", func() { check(publisher.Publish(ctx, all...)) }},
	}}
}

// sendAll makes the calls from so many goroutines.
func sendAll(ctx context.Context, client *eventbridge.Client, inputs []*eventbridge.PutEventsInput, concurrency int) {
	var next atomic.Int64
	var senders sync.WaitGroup
	for range concurrency {
		senders.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(inputs); i = next.Add(1) - 1 {
				must(client.PutEvents(ctx, inputs[i]))
			}
		})
	}
	senders.Wait()
}

// anew returns copies of inputs that share nothing but the names.
func anew(inputs []*eventbridge.PutEventsInput) []*eventbridge.PutEventsInput {
	fresh := make([]*eventbridge.PutEventsInput, len(inputs))
	for i, input := range inputs {
		fresh[i] = &eventbridge.PutEventsInput{Entries: slices.Clone(input.Entries)}
		for j := range input.Entries {
			fresh[i].Entries[j].Detail = aws.String(strings.Clone(*input.Entries[j].Detail))
		}
	}
	return fresh
}

// requests returns what Publish sends.
func requests(all []events.Event) []*eventbridge.PutEventsInput {
	spy := &recorder{}
	check(must(events.NewPublisher(spy, &events.PublisherOptions{Concurrency: 1})).Publish(context.Background(), all...))
	return spy.inputs
}

// A recorder accepts events and keeps the requests.
type recorder struct {
	events.API
	inputs []*eventbridge.PutEventsInput
}

func (r *recorder) PutEvents(_ context.Context, input *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	r.inputs = append(r.inputs, input)
	return &eventbridge.PutEventsOutput{Entries: make([]types.PutEventsResultEntry, len(input.Entries))}, nil
}

func credentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "key", SecretAccessKey: "secret"}, nil
}

// answer accepts ten entries.
var answer = `{"FailedEntryCount":0,"Entries":[` +
	strings.TrimSuffix(strings.Repeat(`{"EventId":"11710aed-b79e-4468-a20b-bb3c0c3b4860"},`, batch), ",") + `]}`

// An acceptor answers every request without a network.
type acceptor struct{}

func (acceptor) Do(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amzn-Requestid": {"1"}},
		Body:          io.NopCloser(strings.NewReader(answer)),
		ContentLength: int64(len(answer)),
		Request:       r,
	}, nil
}
