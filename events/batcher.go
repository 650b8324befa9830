package events

import (
	"context"
	"errors"
	"sync"
)

// A Batcher collects events within one invocation and publishes them in full
// requests. It is safe for concurrent use. It starts no goroutine: when enough
// events are there, Add publishes them on the caller's goroutine, and Flush
// publishes the rest. What is not flushed before the invocation ends is lost, so
// flush where the result of the invocation is decided:
//
//	b := pub.NewBatcher()
//	err := handle(ctx, b)
//	return errors.Join(err, b.Flush(ctx))
type Batcher struct {
	publisher *Publisher

	mu     sync.Mutex
	events []Event
	bytes  int
	first  int // index of the first event that is still here
	failed []*EntryError
	busy   int           // calls of Publish under way
	idle   chan struct{} // closed when busy falls to zero; nil when it is zero
}

// NewBatcher returns an empty batcher.
func (p *Publisher) NewBatcher() *Batcher { return &Batcher{publisher: p} }

// Add adds events. When they fill the requests that one call of Publish sends at
// once (PublisherOptions.Concurrency), Add publishes what is there before it
// returns. Failures are kept for Flush. The metadata of the events is chosen
// now, from ctx.
func (b *Batcher) Add(ctx context.Context, events ...Event) {
	for _, e := range events {
		if full, first := b.add(e.Correlate(ctx)); full != nil {
			b.publish(ctx, full, first)
		}
	}
}

// add keeps an event and returns all of them when they are enough.
func (b *Batcher) add(e Event) (full []Event, first int) {
	o := &b.publisher.options
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
	b.bytes += e.Size()
	if len(b.events) < o.Limits.Entries*o.Concurrency && b.bytes < o.Limits.Bytes*o.Concurrency {
		return nil, 0
	}
	return b.take()
}

// take removes all events and counts the caller as busy with them.
func (b *Batcher) take() (events []Event, first int) {
	events, first = b.events, b.first
	b.events, b.bytes = nil, 0
	b.first += len(events)
	if b.busy++; b.busy == 1 {
		b.idle = make(chan struct{})
	}
	return events, first
}

// publish publishes events that take returned.
func (b *Batcher) publish(ctx context.Context, events []Event, first int) {
	err := b.publisher.Publish(ctx, events...)
	b.mu.Lock()
	defer b.mu.Unlock()
	var p *PublishError
	if errors.As(err, &p) {
		for _, f := range p.Failed {
			f.Index += first
			b.failed = append(b.failed, f)
		}
	}
	if b.busy--; b.busy == 0 {
		close(b.idle)
	}
}

// Flush publishes what is left, waits for what other goroutines are publishing,
// and returns one [*PublishError] with all the failures since the last Flush, in
// the order in which the events were added. The batcher is then empty and can be
// used again. When ctx ends while others are publishing, Flush returns its error
// and keeps the failures for another Flush.
func (b *Batcher) Flush(ctx context.Context) error {
	b.mu.Lock()
	events, first := b.take()
	b.mu.Unlock()
	b.publish(ctx, events, first)
	for {
		b.mu.Lock()
		if b.busy == 0 {
			defer b.mu.Unlock()
			return b.result()
		}
		idle := b.idle
		b.mu.Unlock()
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// result returns the failures and starts over.
func (b *Batcher) result() error {
	total, failed := b.first, b.failed
	b.first, b.failed = 0, nil
	if len(failed) == 0 {
		return nil
	}
	return newPublishError(total, failed)
}
