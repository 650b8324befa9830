package worker_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"

	"github.com/go-thaw/thaw/examples/gigs/mail"
	"github.com/go-thaw/thaw/examples/gigs/worker"
)

// TestWorker puts a good e-mail, one that bounces, one without an address and
// something else on the queue, and lets Lambda's event source mapping work.
func TestWorker(t *testing.T) {
	now := time.Now()
	fake := queuetest.New(&queuetest.Options{Now: func() time.Time { return now }})
	failed := fake.CreateQueue("failed", nil)
	fake.CreateQueue("emails", &queuetest.QueueOptions{DeadLetterQueue: "failed", MaxReceiveCount: 3})

	var mu sync.Mutex
	tries := make(map[string]int)
	send := mail.Bouncing("bounce.example", func(context.Context, mail.Email) error { return nil })
	w := worker.New(func(ctx context.Context, e mail.Email) error {
		mu.Lock()
		defer mu.Unlock()
		tries[e.ID]++
		return send(ctx, e)
	}, idempotency.NewMemory(nil), &queue.Options{
		Client: fake.Client(), DeadLetter: queue.DeadLetterQueue(fake.Client(), failed),
		Logger: slog.New(slog.DiscardHandler),
	})
	mapping, err := queuetest.NewMapping(fake, "emails", w, nil)
	require.NoError(t, err)
	drain := func() {
		_, err := mapping.Drain(t.Context())
		require.NoError(t, err)
	}

	for _, e := range []mail.Email{
		{ID: "good", To: "ada@example.com"},
		{ID: "good", To: "ada@example.com"}, // again
		{ID: "bouncing", To: "eve@bounce.example"},
		{ID: "nowhere", To: "nobody"},
	} {
		body, err := json.Marshal(e)
		require.NoError(t, err)
		require.NoError(t, fake.Deliver("emails")(t.Context(), body))
	}
	require.NoError(t, fake.Deliver("emails")(t.Context(), []byte("{not JSON")))

	drain()
	require.Equal(t, 2, fake.Counts("failed").Total(), "what can never be sent is there at once")
	for range 10 {
		now = now.Add(time.Minute)
		drain()
	}
	require.Equal(t, map[string]int{"good": 1, "bouncing": 3}, tries)
	require.Zero(t, fake.Counts("emails").Total())
	require.Equal(t, 3, fake.Counts("failed").Total())
}
