package eventstest_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
)

// A test steps its own clock from retry to retry until the delivery is given up.
func ExampleFake_NextDue() {
	ctx := context.Background()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	fake := eventstest.New(&eventstest.Options{Now: func() time.Time { return now }})
	fake.AddRule("default", "notes", `{"source": ["notes"]}`, eventstest.Target{
		MaximumRetries: 2,
		Invoke: func(context.Context, []byte) ([]byte, error) {
			fmt.Println(now.Format(time.TimeOnly), "attempt")
			return nil, errors.New("the service is down")
		},
		DeadLetter: func(_ context.Context, d eventstest.DeadLetter) error {
			fmt.Println("given up:", d.Attributes["ERROR_MESSAGE"])
			return nil
		},
	})
	pub, err := events.NewPublisher(fake.Client(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := pub.Publish(ctx, noted.New(note{"hello"})); err != nil {
		fmt.Println(err)
		return
	}
	for due, ok := fake.NextDue(); ok; due, ok = fake.NextDue() {
		now = due
		if _, err := fake.Deliver(ctx); err != nil {
			fmt.Println(err)
			return
		}
	}
	// Output:
	// 12:00:00 attempt
	// 12:00:01 attempt
	// 12:00:03 attempt
	// given up: the service is down
}

// Published reads back what was published, with its type.
func ExamplePublished() {
	fake := eventstest.New(nil)
	pub, err := events.NewPublisher(fake.Client(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := pub.Publish(context.Background(), noted.New(note{"hello"}), noted.New(note{"world"})); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(eventstest.Published(fake, noted))
	// Output:
	// [{hello} {world}] <nil>
}
