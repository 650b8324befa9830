// Package local is the whole platform in one process, on in-memory AWS: the
// functions of cmd, wired to the fakes instead of to the template.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/dynamo/ratelimit"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"

	"github.com/go-thaw/thaw/examples/gigs/announce"
	"github.com/go-thaw/thaw/examples/gigs/api"
	"github.com/go-thaw/thaw/examples/gigs/mail"
	"github.com/go-thaw/thaw/examples/gigs/registration"
	"github.com/go-thaw/thaw/examples/gigs/store"
	"github.com/go-thaw/thaw/examples/gigs/worker"
)

// The names of what the platform consists of.
const (
	Table        = "gigs"
	Records      = "gigs-idempotency"
	Bus          = "gigs"
	Rule         = "user-registered"
	Emails       = "emails"
	FailedEmails = "failed-emails"
)

// MaxReceives is how often an e-mail is tried.
const MaxReceives = 3

// Options configure a [Platform].
type Options struct {
	// Send sends the e-mails. Required.
	Send   mail.Sender
	Logger *slog.Logger // required
	// Now is the clock of table, bus and queues; nil means time.Now.
	Now func() time.Time
	// Clock is that of the cache; nil means the system's clocks.
	Clock cache.Clock
	// WrapStore comes between the registration's handlers and the store, to
	// make one of them fail; nil leaves it as it is.
	WrapStore func(registration.Store) registration.Store
	// OnHandled and OnBatch watch the registration's handlers and the worker;
	// nil means that nobody does.
	OnHandled func(handler string, u registration.User, err error)
	OnBatch   func(context.Context, queue.Result)
	// RegistrationLimit replaces [api.RegistrationLimit]; zero leaves it.
	RegistrationLimit ratelimit.Limit
	// Metrics takes the lines of cost metrics; nil drops them.
	Metrics io.Writer
}

// A Platform is the running application.
type Platform struct {
	Tables *dynamotest.Fake
	Bus    *eventstest.Fake
	Queues *queuetest.Fake

	Store   *store.Store
	Once    *idempotency.Store
	API     *api.API
	Tracker *costs.Tracker
	// Function is the API as Lambda would invoke it.
	Function lambda.Handler
	// Relay publishes the events of the outbox, and Stream invokes it for the
	// changes of the table.
	Relay  *announce.Box
	Stream *Stream
	// Worker invokes the worker for what is on the queue.
	Worker *queuetest.Mapping

	limit func(http.Handler) http.Handler
}

// errUnfinished is the error of a batch that the function did not finish.
var errUnfinished = errors.New("records are left")

// New makes a platform. It is ready for requests; what they set in motion
// happens in [Platform.Run] or [Platform.Drain].
func New(ctx context.Context, o Options) (*Platform, error) {
	p := &Platform{
		Tables: dynamotest.New(&dynamotest.Options{Now: o.Now}),
		Bus:    eventstest.New(&eventstest.Options{Now: o.Now}),
		Queues: queuetest.New(&queuetest.Options{Now: o.Now}),
	}
	if err := p.openStore(ctx, o); err != nil {
		return nil, err
	}
	if err := p.openAPI(o); err != nil {
		return nil, err
	}
	if err := p.connect(o); err != nil {
		return nil, err
	}
	return p, nil
}

// openStore creates the tables and what is kept in them.
func (p *Platform) openStore(ctx context.Context, o Options) (err error) {
	// The client of production, on the fake's transport.
	fake := p.Tables.Client().Options()
	client := dynamo.NewClient(aws.Config{
		Region: fake.Region, Credentials: fake.Credentials, HTTPClient: fake.HTTPClient, BaseEndpoint: fake.BaseEndpoint,
	}, nil)
	p.Store, err = store.New(client, Table, &store.Options{OnCapacity: store.CountCapacity, Now: o.Now})
	if err != nil {
		return err
	}
	if err = p.Tables.CreateTable(dynamotest.Table(Records, "id")); err != nil {
		return err
	}
	p.Once, err = idempotency.New(client, Records, &idempotency.Options{Observe: store.CountIdempotency, Now: o.Now})
	if err != nil {
		return err
	}
	publisher, err := events.NewPublisher(p.Bus.Client(), &events.PublisherOptions{Bus: Bus, Attempts: 2})
	if err != nil {
		return err
	}
	p.Relay, err = announce.New(announce.Options{
		Client: client, Table: Table, Publish: publisher.Publish, Logger: o.Logger, Now: o.Now,
	})
	if err != nil {
		return err
	}
	p.Stream = newStream(p.Tables, Table, p.Relay)
	if o.RegistrationLimit.Rate == 0 {
		o.RegistrationLimit = api.RegistrationLimit
	}
	p.limit, err = api.LimitRegistrations(client, Table, o.RegistrationLimit, o.Now, o.Logger)
	if err != nil {
		return err
	}
	return dynamo.CreateTables(ctx, client, p.Relay, p.Store)
}

// openAPI makes the API and its function.
func (p *Platform) openAPI(o Options) (err error) {
	if o.Metrics == nil {
		o.Metrics = io.Discard
	}
	p.Tracker, err = costs.NewTracker(&costs.TrackerOptions{
		Region: "us-east-1", MemoryMB: 256, Architecture: costs.ARM64, Function: "gigs-api", Output: o.Metrics,
	})
	if err != nil {
		return err
	}
	p.API = api.New(api.Options{
		Store: p.Store, Announce: p.Relay.Op, Idempotency: p.Once, Logger: o.Logger, Limit: p.limit, Clock: o.Clock,
	})
	p.Function = p.Tracker.Wrap(httpapi.New(p.API, &httpapi.Options{Logger: o.Logger}))
	return nil
}

// connect does what the template does: bus to function, function to queue,
// queue to function.
func (p *Platform) connect(o Options) error {
	failed := p.Queues.CreateQueue(FailedEmails, nil)
	url := p.Queues.CreateQueue(Emails, &queuetest.QueueOptions{DeadLetterQueue: FailedEmails, MaxReceiveCount: MaxReceives})
	sqs := p.Queues.Client()
	sender, err := queue.NewSender[mail.Email](sqs, url, nil)
	if err != nil {
		return err
	}
	var kept registration.Store = p.Store
	if o.WrapStore != nil {
		kept = o.WrapStore(kept)
	}
	followUp := registration.New(registration.Options{Store: kept, Send: sender.Send, Idempotency: p.Once, Logger: o.Logger, OnHandled: o.OnHandled})
	p.Bus.CreateBus(Bus)
	p.Bus.AddRule(Bus, Rule, registration.UserRegistered.Pattern().String(), eventstest.Target{ID: "registration", Invoke: followUp.Invoke})

	p.Worker, err = queuetest.NewMapping(p.Queues, Emails, finishing{worker.New(o.Send, p.Once, &queue.Options{
		Client:     sqs,
		DeadLetter: queue.DeadLetterQueue(sqs, failed),
		Logger:     o.Logger,
		OnBatch:    o.OnBatch,
	})}, nil)
	return err
}

// finishing lets a batch that has begun come to its end when the platform stops,
// as Lambda does: its messages have been received, and that counts.
type finishing struct{ lambda.Handler }

func (f finishing) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return f.Handler.Invoke(context.WithoutCancel(ctx), payload)
}

// Handler serves the API as API Gateway would: each request becomes an event for
// the function, and its answer a response.
func (p *Platform) Handler() http.Handler {
	return &httputil.ReverseProxy{
		Transport: httpapitest.New(httpapi.SourceHTTP2, p.Function, nil),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", r.In.Host
			r.SetXForwarded()
		},
	}
}

// Run delivers events and messages as they come, until ctx ends.
func (p *Platform) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	var stream, bus, emails error
	wg.Go(func() { stream = p.Stream.Run(ctx) })
	wg.Go(func() { bus = p.Bus.Run(ctx) })
	wg.Go(func() { emails = p.Worker.Run(ctx) })
	wg.Wait()
	for _, err := range []error{stream, bus, emails} {
		if err != nil && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("deliver: %w", err)
		}
	}
	return nil
}
