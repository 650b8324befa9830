//go:build local

package main

import (
	"context"
	"fmt"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// run sends a few orders to an in-memory queue and works on them.
func run(ctx context.Context) error {
	fake := queuetest.New(nil)
	failed := fake.CreateQueue("failed.fifo", nil)
	url := fake.CreateQueue("orders.fifo", &queuetest.QueueOptions{DeadLetterQueue: "failed.fifo"})
	client := fake.Client()

	sender, err := queue.NewSender[Order](client, url, nil)
	if err != nil {
		return err
	}
	for _, o := range []Order{{"o-1", "ada", 1200}, {"o-2", "eve", 800}, {"o-3", "ada", -5}, {"o-4", "ada", 300}} {
		err := sender.SendEntries(ctx, queue.Entry[Order]{Body: o, Group: o.Customer, DeduplicationID: o.ID})
		if err != nil {
			return err
		}
	}

	worker := newWorker(accept, &queue.Options{Client: client, DeadLetter: queue.DeadLetterQueue(client, failed)})
	mapping, err := queuetest.NewMapping(fake, "orders.fifo", worker, nil)
	if err != nil {
		return err
	}
	if _, err := mapping.Drain(ctx); err != nil {
		return err
	}
	for _, m := range fake.Messages("failed.fifo") {
		fmt.Printf("on the dead-letter queue: %s because %s\n", m.Body, m.Attributes[queue.ReasonAttribute])
	}
	return nil
}
