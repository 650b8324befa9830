package registration_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"

	"github.com/go-thaw/thaw/examples/gigs/mail"
	"github.com/go-thaw/thaw/examples/gigs/registration"
)

// memory is a store that notes what it was asked for.
type memory struct {
	mu          sync.Mutex
	profiles    map[string]string
	preferences map[string]bool
	keys        map[string]bool
	broken      bool
}

func (m *memory) CreateProfile(_ context.Context, user, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errors.New("the table is on fire")
	}
	m.profiles[user] = name
	return nil
}

func (m *memory) CreatePreferences(_ context.Context, user string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.preferences[user] = true
	return nil
}

func (m *memory) CountRegistration(_ context.Context, key string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keys[key+"@"+at.Format(time.DateOnly)] = true
	return nil
}

func TestAllFourFollowARegistration(t *testing.T) {
	store := &memory{profiles: map[string]string{}, preferences: map[string]bool{}, keys: map[string]bool{}}
	var mu sync.Mutex
	var sent []mail.Email
	router := registration.New(registration.Options{
		Store: store,
		Send: func(_ context.Context, emails ...mail.Email) error {
			mu.Lock()
			defer mu.Unlock()
			sent = append(sent, emails...)
			return nil
		},
		Idempotency: idempotency.NewMemory(nil),
		Logger:      slog.New(slog.DiscardHandler),
	})
	bus := eventstest.New(nil)
	bus.AddRule("default", "registrations", registration.UserRegistered.Pattern().String(), eventstest.Target{Invoke: router.Invoke})
	publisher, err := events.NewPublisher(bus.Client(), nil)
	require.NoError(t, err)
	user := registration.User{ID: "u-1", Email: "ada@example.com", Name: "Ada"}
	require.NoError(t, publisher.Publish(t.Context(), registration.UserRegistered.New(user)))

	store.broken = true
	_, err = bus.Deliver(t.Context())
	require.NoError(t, err)
	require.Empty(t, store.profiles)
	require.Len(t, sent, 1, "the other three do not wait for the broken one")

	store.broken = false
	for range 2 { // once more because of the failure, and once because it happens
		bus.Redeliver(bus.Events("default")[0].ID)
		_, err = bus.Deliver(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, map[string]string{"u-1": "Ada"}, store.profiles)
	require.Equal(t, map[string]bool{"u-1": true}, store.preferences)
	require.Len(t, store.keys, 1, "each delivery has the same idempotency key")
	require.Len(t, sent, 1, "the e-mail was put on the queue by the first delivery")
	require.NoError(t, sent[0].Validate())
}

func TestAnIncompleteUserIsNotPublished(t *testing.T) {
	bus := eventstest.New(nil)
	publisher, err := events.NewPublisher(bus.Client(), nil)
	require.NoError(t, err)
	err = publisher.Publish(t.Context(), registration.UserRegistered.New(registration.User{ID: "u-1"}))
	var failed *events.PublishError
	require.ErrorAs(t, err, &failed)
	require.Empty(t, bus.Calls("PutEvents"))
}
