package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
	"github.com/go-thaw/thaw/events/rules"
)

// A platform is a bus with the template's rule, and the function behind it.
type platform struct {
	bus       *eventstest.Fake
	publisher *events.Publisher
	now       time.Time
	dead      int // events that Lambda gave up on

	mu      sync.Mutex
	calls   map[string]int
	done    map[string]int
	failing map[string]int // how often a service fails first
	meet    func()         // called by each service, if not nil
}

func setup(t *testing.T) *platform {
	t.Helper()
	table := dynamotest.New(nil)
	require.NoError(t, table.CreateTable(dynamotest.Table("idempotency", "id")))
	store, err := idempotency.New(table.Client(), "idempotency", storeOptions)
	require.NoError(t, err)
	return setupOn(t, store)
}

func setupOn(t *testing.T, store *idempotency.Store) *platform {
	t.Helper()
	p := &platform{now: time.Now(), calls: map[string]int{}, done: map[string]int{}, failing: map[string]int{}}
	p.bus = eventstest.New(&eventstest.Options{Now: func() time.Time { return p.now }})
	router := newRouter(store, Services{
		Welcome:     func(context.Context, User) error { return p.serve("welcome") },
		Profile:     func(context.Context, User) error { return p.serve("profile") },
		Preferences: func(context.Context, User) error { return p.serve("preferences") },
		Metrics:     func(context.Context, *events.Envelope) error { return p.serve("metrics") },
	})
	template, err := os.ReadFile("template.yaml")
	require.NoError(t, err)
	found, err := rules.FromTemplate(template, map[string]string{"Bus": "platform"})
	require.NoError(t, err)
	require.Len(t, found, 1)
	p.bus.AddRule("platform", "registrations", found[0].Pattern.String(), eventstest.Target{
		ARN:        "arn:aws:lambda:us-east-1:123456789012:function:fanout", // so it is retried as Lambda does
		Invoke:     router.Invoke,
		DeadLetter: func(context.Context, eventstest.DeadLetter) error { p.dead++; return nil },
	})
	p.publisher, err = events.NewPublisher(p.bus.Client(), &events.PublisherOptions{Bus: "platform"})
	require.NoError(t, err)
	return p
}

// serve is what each of the services does here.
func (p *platform) serve(name string) error {
	if p.meet != nil {
		p.meet()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[name]++
	if p.failing[name] > 0 {
		p.failing[name]--
		return errors.New("down")
	}
	p.done[name]++
	return nil
}

// settle makes all deliveries, without waiting for those that are due later.
func (p *platform) settle(t *testing.T) {
	t.Helper()
	for due, pending := p.bus.NextDue(); pending; due, pending = p.bus.NextDue() {
		p.now = due
		_, err := p.bus.Deliver(t.Context())
		require.NoError(t, err)
	}
}

func (p *platform) register(t *testing.T, u User) {
	t.Helper()
	require.NoError(t, p.publisher.Publish(t.Context(), UserRegistered.New(u)))
	p.settle(t)
}

var (
	ada     = User{"u-1", "ada@example.com"}
	allOnce = map[string]int{"welcome": 1, "profile": 1, "preferences": 1, "metrics": 1}
)

func TestARegistrationRunsAllServices(t *testing.T) {
	p := setup(t)
	p.register(t, ada)
	require.Equal(t, allOnce, p.calls)
	eventstest.RequireDelivered(t, p.bus, "registrations", 1)
}

func TestServicesRunInParallel(t *testing.T) {
	p := setupOn(t, idempotency.NewMemory(storeOptions))
	var all sync.WaitGroup
	all.Add(len(allOnce))
	p.meet = func() { // each waits for all the others
		all.Done()
		all.Wait()
	}
	p.register(t, ada)
	require.Equal(t, allOnce, p.done)
}

func TestOnlyTheServiceThatFailedRunsAgain(t *testing.T) {
	for name := range allOnce {
		t.Run(name, func(t *testing.T) {
			p := setup(t)
			p.failing[name] = 1
			p.register(t, ada)

			want := maps.Clone(allOnce)
			want[name] = 2
			require.Equal(t, want, p.calls, "none of the others is repeated")
			require.Equal(t, allOnce, p.done)
			require.Len(t, p.bus.Deliveries("registrations")[0].Attempts, 2)
			require.Zero(t, p.dead)
		})
	}
}

func TestRepeatedDeliveriesHaveNoEffect(t *testing.T) {
	p := setup(t)
	event := UserRegistered.New(ada)
	require.NoError(t, p.publisher.Publish(t.Context(), event, event), "published twice, with two envelope ids")
	p.settle(t)
	p.bus.Redeliver(p.bus.Events("platform")[0].ID)
	p.settle(t)
	require.Equal(t, allOnce, p.calls)
	require.Len(t, p.bus.Deliveries("registrations"), 3)

	p.register(t, ada) // another event with the same content is another event
	require.Equal(t, 2, p.calls["welcome"])
}

func TestAnEventThatKeepsFailingIsKept(t *testing.T) {
	p := setup(t)
	p.failing["profile"] = 3 // Lambda tries three times
	p.register(t, ada)
	require.Equal(t, 1, p.dead)
	require.Equal(t, map[string]int{"welcome": 1, "profile": 3, "preferences": 1, "metrics": 1}, p.calls)

	p.bus.Redeliver(p.bus.Events("platform")[0].ID) // somebody mends it and sends it again
	p.settle(t)
	require.Equal(t, allOnce, p.done)
}

func TestEventsOfOthersHaveNoIdentityInTheirDetail(t *testing.T) {
	p := setup(t)
	router := newRouter(idempotency.NewMemory(storeOptions), Services{
		Welcome:     func(context.Context, User) error { return p.serve("welcome") },
		Profile:     func(context.Context, User) error { return p.serve("profile") },
		Preferences: func(context.Context, User) error { return p.serve("preferences") },
		Metrics:     func(context.Context, *events.Envelope) error { return p.serve("metrics") },
	})
	payload := []byte(`{"id":"e-1","source":"users","detail-type":"UserRegistered","detail":{"id":"u-1","email":"ada@example.com"}}`)
	for range 2 {
		_, err := router.Invoke(t.Context(), payload)
		require.NoError(t, err)
	}
	require.Equal(t, allOnce, p.calls, "the id of the envelope serves")
}

func TestANonsensicalUserIsNotPublished(t *testing.T) {
	p := setup(t)
	var failed *events.PublishError
	require.ErrorAs(t, p.publisher.Publish(t.Context(), UserRegistered.New(User{ID: "u-1"})), &failed)
	require.Empty(t, p.bus.Calls("PutEvents"))
}
