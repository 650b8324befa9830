package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-thaw/thaw/queue"
)

// An Order is the body of a message. The queue is FIFO and the message group is
// the customer: the orders of one customer are charged one after the other, in
// the order in which they were made, and those of others do not wait for them.
type Order struct {
	ID       string `json:"id"`
	Customer string `json:"customer"`
	Cents    int64  `json:"cents"`
}

// What a payment service answers when an order was not charged.
var (
	ErrDeclined = errors.New("the card was declined")
	ErrBusy     = errors.New("the payment service is busy")
)

// A Charge charges an order. It is called again with the same order after a
// failure, and may be called again after a success: the order's id is what a
// payment service recognises a repetition by.
type Charge func(ctx context.Context, o Order) error

// newWorker returns the handler of the queue.
func newWorker(charge Charge, options *queue.Options) *queue.Processor[Order] {
	return queue.NewProcessor(func(ctx context.Context, m queue.Message[Order]) error {
		if m.Body.ID == "" || m.Body.Cents <= 0 {
			// The next attempt would get the same bytes: to the dead-letter queue.
			return queue.Permanent(fmt.Errorf("order %q over %d cents makes no sense", m.Body.ID, m.Body.Cents))
		}
		err := charge(ctx, m.Body)
		switch {
		case errors.Is(err, ErrDeclined):
			return queue.Permanent(err)
		case errors.Is(err, ErrBusy):
			return queue.RetryAfter(time.Minute, err)
		}
		return err // any other failure comes back after a growing wait
	}, options)
}
