package events_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
)

type Registration struct {
	Email string `json:"email"`
}

var UserRegistered = events.Define[Registration]("users", "UserRegistered")

func Example() {
	ctx := context.Background()
	router := events.NewRouter(&events.RouterOptions{Concurrency: 1})
	router.Handle("welcome-email", UserRegistered.Handler(func(_ context.Context, r Registration) error {
		fmt.Println("welcome,", r.Email)
		return nil
	}))
	router.Handle("audit", events.Match("users", "", func(_ context.Context, e *events.Envelope) error {
		fmt.Println("audit:", e.DetailType)
		return nil
	}))

	bus := eventstest.New(nil) // on AWS: eventbridge.NewFromConfig(cfg) and a rule
	bus.AddRule("platform", "users", `{"source": ["users"]}`, eventstest.Target{Invoke: router.Invoke})
	pub, err := events.NewPublisher(bus.Client(), &events.PublisherOptions{Bus: "platform"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := pub.Publish(ctx, UserRegistered.New(Registration{Email: "ada@example.com"})); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := bus.Deliver(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// welcome, ada@example.com
	// audit: UserRegistered
}

func ExamplePublishError() {
	bus := eventstest.New(nil)
	bus.FailEntries(1, "NotAuthorizedForDetailTypeException")
	pub, err := events.NewPublisher(bus.Client(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = pub.Publish(context.Background(),
		UserRegistered.New(Registration{Email: "ada@example.com"}),
		UserRegistered.New(Registration{Email: "alan@example.com"}),
	)
	var failed *events.PublishError
	if errors.As(err, &failed) {
		for _, f := range failed.Failed {
			fmt.Println(f.Index, string(f.Event.Detail), f.Code, "retryable:", f.Retryable)
		}
	}
	// Output:
	// 0 {"email":"ada@example.com"} NotAuthorizedForDetailTypeException retryable: false
}

func ExampleIdempotencyKey() {
	router := events.NewRouter(nil)
	router.Handle("welcome-email", UserRegistered.Handler(func(ctx context.Context, r Registration) error {
		fmt.Println("once per", events.IdempotencyKey(ctx), "send to", r.Email)
		return nil
	}))
	_, err := router.Invoke(context.Background(), []byte(`{
		"id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "source": "users", "detail-type": "UserRegistered",
		"detail": {"email": "ada@example.com"}
	}`))
	fmt.Println(err)
	// Output:
	// once per welcome-email/6a7e8feb-b491-4cf7-a9f1-bf3703467718 send to ada@example.com
	// <nil>
}

func ExampleParsePattern() {
	p, err := events.ParsePattern(`{"detail": {"state": [{"anything-but": "running"}], "cpu": [{"numeric": [">", 80]}]}}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Match([]byte(`{"detail": {"state": "stopped", "cpu": 90}}`)))
	missed, _ := p.Explain([]byte(`{"detail": {"state": "running", "cpu": 90}}`))
	fmt.Println(missed[0])

	_, err = events.ParsePattern(`{"detail": {"state": "running"}}`)
	fmt.Println(err)
	// Output:
	// true <nil>
	// detail.state: want [{"anything-but": "running"}], got "running"
	// pattern: line 1, column 22: detail.state: the value must be an array of values to match, or an object
}
