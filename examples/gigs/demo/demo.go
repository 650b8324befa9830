// Package demo drives the platform through a script of requests, as API Gateway
// would deliver them, with faults on the way, and counts whether everything
// that had to happen has happened, once.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
	"github.com/go-thaw/thaw/queue/queuetest"

	"github.com/go-thaw/thaw/examples/gigs/local"
)

// Run plays the script and writes the report to out. The error says how many
// things did not add up; the report says which.
func Run(ctx context.Context, out io.Writer, logger *slog.Logger) error {
	now := new(clock)
	seen := newWitness()
	p, err := local.New(ctx, local.Options{
		Send: seen.send, Logger: logger, Now: now.Now,
		OnHandled: seen.handled, OnBatch: seen.batch, RegistrationLimit: registrationLimit,
	})
	if err != nil {
		return err
	}
	c := newClient(httpapitest.New(httpapi.SourceHTTP2, p.Function, nil))
	if err := play(ctx, p, c); err != nil {
		return err
	}
	if err := settle(ctx, p, now); err != nil {
		return err
	}
	if err := check(ctx, p, c, seen); err != nil {
		return err
	}
	report(out, p, c, seen)
	if n := len(c.problems); n > 0 {
		return fmt.Errorf("%d things do not add up", n)
	}
	return nil
}

// play sends all requests, while events and messages are delivered.
func play(ctx context.Context, p *local.Platform, c *client) error {
	inject(p)
	running, stop := context.WithCancel(ctx)
	delivered := make(chan error, 1)
	go func() { delivered <- p.Run(running) }()

	users := c.register(ctx)
	c.offer(ctx)
	c.apply(ctx, users)
	c.list(ctx, "open", gigs-closedGigs)
	c.list(ctx, "closed", closedGigs)
	c.misbehave(ctx)
	c.flood(ctx)

	stop()
	return errors.Join(ctx.Err(), <-delivered)
}

// inject makes the services misbehave. None of it may be visible to a client.
func inject(p *local.Platform) {
	throttled := &dynamotest.Error{Code: "ProvisionedThroughputExceededException", Message: "slow down"}
	p.Tables.Inject("GetItem", dynamotest.Fault{Times: 2, Error: throttled})
	p.Tables.Inject("TransactWriteItems", dynamotest.Fault{Cut: dynamotest.CutAfter})
	p.Tables.Inject("PutItem", dynamotest.Fault{Cut: dynamotest.CutAfter})
	p.Bus.FailEntries(3, "ThrottlingException")
	p.Queues.FailEntries(queuetest.EntryFault{Times: 3, Code: "InternalError"})
	// Two messages that are not e-mails.
	for range malformed {
		_ = p.Queues.Deliver(local.Emails)(context.Background(), []byte("{not an e-mail"))
	}
}

// malformed is how many messages on the queue are not e-mails.
const malformed = 2

// settle lets time pass until nothing is pending any more.
func settle(ctx context.Context, p *local.Platform, now *clock) error {
	const step, most = time.Minute, 1000
	for range most {
		relayed, err := p.Stream.Drain(ctx)
		if err != nil {
			return err
		}
		delivered, err := p.Bus.Deliver(ctx)
		if err != nil {
			return err
		}
		invocations, err := p.Worker.Drain(ctx)
		if err != nil {
			return err
		}
		if relayed == 0 && delivered == 0 && len(invocations) == 0 && p.Queues.Counts(local.Emails).Total() == 0 {
			return nil
		}
		now.Step(step)
	}
	return fmt.Errorf("%d messages are still on the queue after %v", p.Queues.Counts(local.Emails).Total(), most*step)
}
