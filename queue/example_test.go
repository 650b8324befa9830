package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

type Email struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
}

// A queue of e-mails is sent to, and worked off by a function behind an event
// source mapping, all in memory.
func Example() {
	ctx := context.Background()
	fake := queuetest.New(nil)
	url := fake.CreateQueue("emails", nil)

	sender, err := queue.NewSender[Email](fake.Client(), url, nil)
	if err != nil {
		panic(err)
	}
	err = sender.Send(ctx,
		Email{To: "ada@example.com", Subject: "Welcome"},
		Email{To: "nobody", Subject: "Lost"},
	)
	if err != nil {
		panic(err)
	}

	processor := queue.NewProcessor(func(_ context.Context, m queue.Message[Email]) error {
		if m.Body.To == "nobody" {
			return errors.New("no such mailbox")
		}
		fmt.Println("sent", m.Body.Subject, "to", m.Body.To)
		return nil
	}, &queue.Options{Logger: slog.New(slog.DiscardHandler)})

	mapping, err := queuetest.NewMapping(fake, "emails", processor, nil)
	if err != nil {
		panic(err)
	}
	invocations, err := mapping.Poll(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\n", invocations[0].Response)
	fmt.Println(fake.Counts("emails").InFlight, "message comes back")
	// Output:
	// sent Welcome to ada@example.com
	// {"batchItemFailures":[{"itemIdentifier":"00000000-0000-4000-8000-000000000002"}]}
	// 1 message comes back
}

// What a handler returns decides about its message.
func ExamplePermanent() {
	ctx := context.Background()
	fake := queuetest.New(nil)
	fake.CreateQueue("emails", nil)
	_ = fake.Deliver("emails")(ctx, []byte(`{"to":""}`))

	processor := queue.NewProcessor(func(_ context.Context, m queue.Message[Email]) error {
		if m.Body.To == "" {
			return queue.Permanent(errors.New("no recipient"))
		}
		return nil
	}, &queue.Options{
		Logger: slog.New(slog.DiscardHandler),
		DeadLetter: func(_ context.Context, r queue.Record, reason error) error {
			fmt.Println("dead letter:", r.Text, "because of:", reason)
			return nil
		},
		OnBatch: func(_ context.Context, r queue.Result) {
			fmt.Println(r.Permanent, "permanent,", r.Failed, "failed")
		},
	})
	mapping, err := queuetest.NewMapping(fake, "emails", processor, nil)
	if err != nil {
		panic(err)
	}
	if _, err := mapping.Drain(ctx); err != nil {
		panic(err)
	}
	fmt.Println(fake.Counts("emails").Total(), "messages left")
	// Output:
	// dead letter: {"to":""} because of: no recipient
	// 1 permanent, 0 failed
	// 0 messages left
}

// A record that fails for a passing reason names its own wait.
func ExampleRetryAfter() {
	ctx := context.Background()
	now := time.Unix(1_700_000_000, 0)
	fake := queuetest.New(&queuetest.Options{Now: func() time.Time { return now }})
	fake.CreateQueue("emails", nil)
	_ = fake.Deliver("emails")(ctx, []byte(`{"to":"ada@example.com"}`))

	processor := queue.NewProcessor(func(_ context.Context, m queue.Message[Email]) error {
		if m.ReceiveCount == 1 {
			return queue.RetryAfter(2*time.Minute, errors.New("mailbox busy"))
		}
		fmt.Println("sent at attempt", m.ReceiveCount)
		return nil
	}, &queue.Options{Client: fake.Client(), Logger: slog.New(slog.DiscardHandler)})
	mapping, err := queuetest.NewMapping(fake, "emails", processor, nil)
	if err != nil {
		panic(err)
	}

	_, _ = mapping.Drain(ctx)
	fmt.Println("visible again in", fake.Messages("emails")[0].Visible.Sub(now))
	now = now.Add(2 * time.Minute)
	_, _ = mapping.Drain(ctx)
	// Output:
	// visible again in 2m0s
	// sent at attempt 2
}
