package thaw_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// The bodies of these examples are the snippets of the README; a test holds the
// two together.

type Gig struct {
	ID      string `dynamodbav:"id" dynamo:"partition"`
	Title   string `dynamodbav:"title"`
	Version int64  `dynamodbav:"version" dynamo:"version"`
}

func Example_dynamo() {
	ctx := context.Background()
	client := dynamotest.New(nil).Client()

	gigs, err := dynamo.New[Gig](client, "gigs", nil)
	must(err)
	must(dynamo.CreateTables(ctx, client, gigs))

	err = gigs.Create(ctx, &Gig{ID: "g-1", Title: "Move a piano"}) // ErrExists if it does
	must(err)
	g, err := gigs.Get(ctx, dynamo.Key{"g-1"}) // ErrNotFound if there is none
	must(err)
	theirs := g

	g.Title = "Move two pianos"
	err = gigs.Put(ctx, &g) // ErrConflict if somebody else was faster
	must(err)
	err = gigs.Put(ctx, &theirs)
	fmt.Println(err, errors.Is(err, dynamo.ErrConflict))
	// Output: dynamo: put gigs g-1: item was changed by another write true
}

type Registered struct {
	User string `json:"user"`
}

var UserRegistered = events.Define[Registered]("gigs.platform", "UserRegistered")

func Example_events() {
	ctx := context.Background()
	bus := eventstest.New(nil)
	client := bus.Client()

	router := events.NewRouter(nil) // lambda.Start(router)
	router.Handle("welcome-email", UserRegistered.Handler(func(ctx context.Context, r Registered) error {
		fmt.Println("welcome,", r.User)
		return nil
	}))

	publisher, err := events.NewPublisher(client, nil)
	must(err)
	bus.AddRule("default", "registrations", UserRegistered.Pattern().String(), eventstest.Target{Invoke: router.Invoke})
	err = publisher.Publish(ctx, UserRegistered.New(Registered{User: "Ada"}))
	must(err)
	_, err = bus.Deliver(ctx)
	must(err)
	// Output: welcome, Ada
}

type Email struct{ To string }

func Example_queue() {
	ctx := context.Background()
	fake := queuetest.New(nil)
	url, failed := fake.CreateQueue("emails", nil), fake.CreateQueue("failed-emails", nil)
	client := fake.Client()

	processor := queue.NewProcessor(func(ctx context.Context, m queue.Message[Email]) error {
		switch {
		case m.Body.To == "":
			return queue.Permanent(errors.New("no address"))
		case m.ReceiveCount < 3:
			return queue.RetryAfter(time.Minute, errors.New("mail server is busy"))
		}
		return nil
	}, &queue.Options{Client: client, DeadLetter: queue.DeadLetterQueue(client, failed)}) // lambda.Start(processor)

	sender, err := queue.NewSender[Email](client, url, nil)
	must(err)
	must(sender.Send(ctx, Email{To: "ada@example.com"}, Email{}))

	mapping, err := queuetest.NewMapping(fake, "emails", processor, nil)
	must(err)
	_, err = mapping.Drain(ctx)
	must(err)
	fmt.Println(fake.Counts("emails").InFlight, "waits,", fake.Counts("failed-emails").Visible, "failed for good")
	// Output: 1 waits, 1 failed for good
}

func Example_cache() {
	ctx := context.Background()
	loads := 0
	load := func(_ context.Context, id string) (Gig, error) {
		loads++
		return Gig{ID: id, Title: "Move a piano"}, nil
	}

	gigs := cache.New(&cache.Options[string, Gig]{Capacity: 1000, TTL: 5 * time.Minute, Load: load})
	for range 3 {
		g, err := gigs.Get(ctx, "g-1") // a hit, or one load that all callers share
		must(err)
		fmt.Println(g.Title)
	}
	fmt.Println(loads, "load")
	// Output:
	// Move a piano
	// Move a piano
	// Move a piano
	// 1 load
}

type Order struct {
	Gig string `path:"gig"`
	Pay int    `json:"pay"`
}

func (o Order) Validate() error {
	if o.Pay <= 0 {
		return &httpapi.FieldError{Field: "pay", Detail: "must be positive"}
	}
	return nil
}

func Example_httpapi() {
	mux := http.NewServeMux()
	mux.Handle("POST /gigs/{gig}/orders", httpapi.JSON(func(ctx context.Context, o Order) (Order, error) {
		return o, nil
	}))
	function := httpapi.New(mux, nil) // lambda.Start(function), or httpapi.Start(mux, nil) for both worlds

	gateway := httpapitest.New(httpapi.SourceHTTP2, function, nil)
	response, err := gateway.Client().Post("https://api.example.com/gigs/piano/orders", "application/json", strings.NewReader(`{"pay":-1}`))
	must(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(err)
	fmt.Println(string(body))
	// Output: {"title":"Unprocessable Entity","status":422,"detail":"wrong fields: pay","errors":[{"in":"body","field":"pay","detail":"must be positive"}]}
}

func Example_costs() {
	invocation := costs.Invocation{
		Region: "eu-west-1", Architecture: costs.ARM64, MemoryMB: 128, Duration: 49300 * time.Microsecond,
	}
	cost, err := invocation.Cost(nil)
	must(err)
	fmt.Println(cost.Total(), "an invocation,", cost.Total().Mul(1_000_000).Round(2), "a million")

	report, err := costs.ParseReport("REPORT RequestId: 6f1c\tDuration: 49.30 ms\tBilled Duration: 50 ms\tMemory Size: 128 MB\tMax Memory Used: 31 MB\t")
	must(err)
	fmt.Println(report.BilledDuration, report.MaxMemoryUsedMB, "MB used")
	// Output:
	// $0.00000028333375 an invocation, $0.28 a million
	// 50ms 31 MB used
}

// must keeps the examples short; a service returns its errors.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
