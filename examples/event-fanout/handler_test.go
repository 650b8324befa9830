package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
)

// A shop is a bus with the router behind it.
type shop struct {
	bus       *eventstest.Fake
	publisher *events.Publisher
	step      func(time.Duration)

	mu    sync.Mutex
	calls map[string][]string // keys by service
	fail  map[string]int      // how often a service fails first
}

func setup(t *testing.T) *shop {
	t.Helper()
	now := time.Now()
	s := &shop{
		bus:   eventstest.New(&eventstest.Options{Now: func() time.Time { return now }}),
		step:  func(d time.Duration) { now = now.Add(d) },
		calls: map[string][]string{}, fail: map[string]int{},
	}
	router := newRouter(Services{Receipt: s.service("receipt"), Stock: s.service("stock"), Review: s.service("review")})
	s.bus.AddRule("default", "orders", OrderPlaced.Pattern().String(), eventstest.Target{Invoke: router.Invoke})
	var err error
	s.publisher, err = events.NewPublisher(s.bus.Client(), nil)
	require.NoError(t, err)
	return s
}

func (s *shop) service(name string) Service {
	return func(_ context.Context, key string, _ Order) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls[name] = append(s.calls[name], key)
		if s.fail[name] > 0 {
			s.fail[name]--
			return errors.New("down")
		}
		return nil
	}
}

func (s *shop) order(t *testing.T, o Order) {
	t.Helper()
	require.NoError(t, s.publisher.Publish(t.Context(), OrderPlaced.New(o)))
	for range 10 {
		_, err := s.bus.Deliver(t.Context())
		require.NoError(t, err)
		s.step(10 * time.Minute)
	}
}

func TestAnOrderConcernsThoseItShould(t *testing.T) {
	s := setup(t)
	s.order(t, Order{"o-1", "ada", 1200})
	require.Len(t, s.calls["receipt"], 1)
	require.Len(t, s.calls["stock"], 1)
	require.Empty(t, s.calls["review"])

	s.order(t, Order{"o-2", "eve", 100_000})
	require.Len(t, s.calls["review"], 1)
}

func TestARepetitionHasTheSameKey(t *testing.T) {
	s := setup(t)
	s.fail["stock"] = 1
	s.order(t, Order{"o-1", "ada", 1200})

	require.Len(t, s.calls["stock"], 2, "delivered again after the failure")
	require.Len(t, s.calls["receipt"], 2, "and so was what had succeeded")
	for name, keys := range s.calls {
		require.Len(t, slices.Compact(keys), 1, name)
	}
	require.NotEqual(t, s.calls["stock"][0], s.calls["receipt"][0], "each handler has its own")
}

func TestANonsensicalOrderIsNotPublished(t *testing.T) {
	s := setup(t)
	var failed *events.PublishError
	require.ErrorAs(t, s.publisher.Publish(t.Context(), OrderPlaced.New(Order{ID: "o-1"})), &failed)
	require.Empty(t, s.bus.Calls("PutEvents"))
}
