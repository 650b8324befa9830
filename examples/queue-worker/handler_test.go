package main

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/mapping"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// A bank is a payment service with a mind of its own.
type bank struct {
	mu      sync.Mutex
	tries   []string // orders, in the order of the attempts
	charged []string
	fail    func(o Order, attempt int) error
}

func (b *bank) charge(_ context.Context, o Order) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tries = append(b.tries, o.ID)
	attempt := 0
	for _, id := range b.tries {
		if id == o.ID {
			attempt++
		}
	}
	if err := b.fail(o, attempt); err != nil {
		return err
	}
	b.charged = append(b.charged, o.ID)
	return nil
}

// play puts orders on the queue and lets Lambda work for an hour.
func play(t *testing.T, b *bank, orders ...Order) *queuetest.Fake {
	t.Helper()
	now := time.Now()
	fake := queuetest.New(&queuetest.Options{Now: func() time.Time { return now }})
	failed := fake.CreateQueue("failed.fifo", nil)
	url := fake.CreateQueue("orders.fifo", &queuetest.QueueOptions{DeadLetterQueue: "failed.fifo", MaxReceiveCount: 5})
	client := fake.Client()
	worker := newWorker(b.charge, &queue.Options{
		Client: client, DeadLetter: queue.DeadLetterQueue(client, failed), Logger: slog.New(slog.DiscardHandler),
	})
	mapping, err := queuetest.NewMapping(fake, "orders.fifo", worker, nil)
	require.NoError(t, err)

	sender, err := queue.NewSender[Order](client, url, nil)
	require.NoError(t, err)
	for _, o := range orders {
		require.NoError(t, sender.SendEntries(t.Context(), queue.Entry[Order]{Body: o, Group: o.Customer, DeduplicationID: "order-" + o.ID}))
	}
	for range 60 {
		_, err = mapping.Drain(t.Context())
		require.NoError(t, err)
		now = now.Add(time.Minute)
	}
	return fake
}

func TestACustomersOrdersKeepTheirOrder(t *testing.T) {
	b := &bank{fail: func(o Order, attempt int) error {
		if o.ID == "ada-1" && attempt < 3 {
			return ErrBusy
		}
		return nil
	}}
	fake := play(t, b,
		Order{"ada-1", "ada", 100}, Order{"ada-2", "ada", 200}, Order{"eve-1", "eve", 300}, Order{"ada-3", "ada", 400})

	require.ElementsMatch(t, []string{"ada-1", "ada-2", "ada-3", "eve-1"}, b.charged, "each once")
	require.True(t, slices.IsSorted(withPrefix(b.charged, "ada")), b.charged)
	require.Equal(t, "eve-1", b.charged[0], "nobody waits for another customer")
	require.Zero(t, fake.Counts("failed.fifo").Total())
}

func TestWhatCannotSucceedDoesNotHoldUpTheRest(t *testing.T) {
	b := &bank{fail: func(o Order, _ int) error {
		if o.ID == "ada-2" {
			return ErrDeclined
		}
		return nil
	}}
	fake := play(t, b, Order{"ada-1", "ada", 0}, Order{"ada-2", "ada", 200}, Order{"ada-3", "ada", 300})

	require.Equal(t, []string{"ada-2", "ada-3"}, b.tries, "a declined card is tried once")
	require.Equal(t, []string{"ada-3"}, b.charged)
	require.Zero(t, fake.Counts("orders.fifo").Total())
	reasons := fake.Messages("failed.fifo")
	require.Len(t, reasons, 2)
	require.Equal(t, ErrDeclined.Error(), reasons[1].Attributes[queue.ReasonAttribute])
}

func TestAnOutageEndsOnTheDeadLetterQueue(t *testing.T) {
	b := &bank{fail: func(Order, int) error { return context.DeadlineExceeded }}
	fake := play(t, b, Order{"ada-1", "ada", 100})
	require.Len(t, b.tries, 5)
	require.Equal(t, 1, fake.Counts("failed.fifo").Total())
}

func withPrefix(ids []string, prefix string) (with []string) {
	for _, id := range ids {
		if len(id) > len(prefix) && id[:len(prefix)] == prefix {
			with = append(with, id)
		}
	}
	return with
}

// The settings that lose messages are not in the code.
func TestTemplate(t *testing.T) {
	template, err := os.ReadFile("template.yaml")
	require.NoError(t, err)
	require.NoError(t, mapping.CheckTemplate(template, nil))
}
