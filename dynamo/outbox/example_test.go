package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/outbox"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
)

type User struct {
	ID   string `dynamodbav:"id"`
	Name string `dynamodbav:"name"`
}

// A user and the event about it, written together. The stream has the event
// published.
func Example() {
	ctx := context.Background()
	fake := dynamotest.New(nil)
	client := fake.Client()
	box, err := outbox.New(client, "platform", func(_ context.Context, events []outbox.Event) []error {
		for _, e := range events {
			fmt.Println(e.Type, string(e.Data))
		}
		return nil
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := fake.CreateTable(box.Schema()); err != nil {
		log.Fatal(err)
	}
	fake.OnStream("platform", func(event []byte) {
		if _, err := box.Invoke(ctx, event); err != nil {
			log.Fatal(err)
		}
	})
	users, err := dynamo.New[User](client, "platform", &dynamo.Options{Partition: "USER#{id}", Sort: "USER"})
	if err != nil {
		log.Fatal(err)
	}

	for range 2 {
		err = dynamo.Transact(ctx, client,
			users.CreateOp(&User{ID: "u-1", Name: "Ada"}),
			box.Op(outbox.Event{Key: "u-1", Type: "UserRegistered", Data: []byte(`{"id":"u-1"}`)}))
		fmt.Println("exists already:", errors.Is(err, dynamo.ErrExists))
	}
	// Output:
	// UserRegistered {"id":"u-1"}
	// exists already: false
	// exists already: true
}

// publisher publishes through EventBridge. Events that can never be accepted are
// parked.
func publisher(bus *events.Publisher) outbox.Publish {
	return func(ctx context.Context, waiting []outbox.Event) []error {
		batch := make([]events.Event, len(waiting))
		for i, e := range waiting {
			batch[i] = events.Event{Source: e.Source, DetailType: e.Type, Detail: e.Data, Time: e.Time}
			batch[i].Metadata.ID = e.ID
		}
		err := bus.Publish(ctx, batch...)
		var partial *events.PublishError
		if err == nil || !errors.As(err, &partial) {
			return each(err, len(waiting))
		}
		failures := make([]error, len(waiting))
		for _, f := range partial.Failed {
			failures[f.Index] = f
			if !f.Retryable {
				failures[f.Index] = outbox.Permanent(f)
			}
		}
		return failures
	}
}

// each returns err for all of n events, nothing for nil.
func each(err error, n int) []error {
	if err == nil {
		return nil
	}
	failures := make([]error, n)
	for i := range failures {
		failures[i] = err
	}
	return failures
}

// An outbox in front of EventBridge: the event keeps the id that it was written
// with.
func Example_eventBridge() {
	ctx := context.Background()
	fake, bus := dynamotest.New(nil), eventstest.New(nil)
	bus.CreateBus("gigs")
	p, err := events.NewPublisher(bus.Client(), &events.PublisherOptions{Bus: "gigs"})
	if err != nil {
		log.Fatal(err)
	}
	box, err := outbox.New(fake.Client(), "platform", publisher(p), &outbox.Options{
		MinAge: -1,
		OnParked: func(_ context.Context, p outbox.Parked) {
			fmt.Println("parked:", p.Event.ID)
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := fake.CreateTable(box.Schema()); err != nil {
		log.Fatal(err)
	}
	for id, data := range map[string]string{"e-1": `{"user":"ada"}`, "e-2": `not JSON`} {
		err := dynamo.Transact(ctx, fake.Client(), box.Op(outbox.Event{ID: id, Source: "gigs", Type: "UserRegistered", Data: []byte(data)}))
		if err != nil {
			log.Fatal(err)
		}
	}
	result, err := box.Sweep(ctx)
	fmt.Printf("%+v %v\n", result, err)

	for _, e := range bus.Events("gigs") {
		fmt.Println(e.DetailType, e.Metadata().ID)
	}
	// Output:
	// parked: e-2
	// {Published:1 Parked:1 Failed:0} <nil>
	// UserRegistered e-1
}
