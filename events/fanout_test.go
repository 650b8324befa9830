package events_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
)

// ledger does work once per key, as a table of idempotency records would.
type ledger struct {
	mu   sync.Mutex
	done map[string]int
}

func (l *ledger) once(work func() error) func(context.Context, Registration) error {
	return func(ctx context.Context, _ Registration) error {
		key := events.IdempotencyKey(ctx)
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.done[key] > 0 {
			return nil
		}
		if err := work(); err != nil {
			return err
		}
		l.done[key]++
		return nil
	}
}

// Four handlers run for one registration. One of them fails at first, Lambda
// delivers the event again, and none of the others does its work twice; neither
// do they when EventBridge delivers the event twice, nor when the publisher does.
func TestAFanOutDoesEverythingOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{done: map[string]int{}}
		failures := 1
		r := events.NewRouter(nil)
		r.Handle("welcome-email", UserRegistered.Handler(l.once(func() error { return nil })))
		r.Handle("profile", UserRegistered.Handler(l.once(func() error { return nil })))
		r.Handle("trial", UserRegistered.Handler(l.once(func() error {
			if failures--; failures >= 0 {
				return errHandler
			}
			return nil
		})))
		r.Handle("analytics", UserRegistered.Handler(l.once(func() error { return nil })))

		fake := eventstest.New(nil)
		fake.AddRule("platform", "registrations", UserRegistered.Pattern().String(),
			eventstest.Target{ARN: "arn:aws:lambda:us-east-1:123456789012:function:fanout", Invoke: r.Invoke})
		fake.Inject("PutEvents", eventstest.Fault{Cut: eventstest.CutAfter})
		pub := newPublisher(t, fake.Client(), &events.PublisherOptions{Bus: "platform"})
		event := UserRegistered.New(Registration{Email: "ada@example.com"})
		require.NoError(t, pub.Publish(t.Context(), event))
		start := time.Now()
		require.NoError(t, fake.Drain(t.Context()))

		require.Equal(t, time.Minute, time.Since(start), "Lambda waits a minute")
		eventstest.RequireDelivered(t, fake, "registrations", 2)
		fake.Redeliver(fake.Events("platform")[0].ID)
		require.NoError(t, fake.Drain(t.Context()))
		require.Equal(t, map[string]int{
			"welcome-email/" + event.Metadata.ID: 1,
			"profile/" + event.Metadata.ID:       1,
			"trial/" + event.Metadata.ID:         1,
			"analytics/" + event.Metadata.ID:     1,
		}, l.done)
	})
}
