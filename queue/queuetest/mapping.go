package queuetest

import (
	"context"
	"time"
)

// A Handler is what Lambda invokes; lambda.Handler and *queue.Processor are
// such.
type Handler interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// MappingOptions configure a [Mapping]. The zero value, or nil, is ready to use.
type MappingOptions struct {
	// BatchSize is the most records of one invocation: 1 to 10,000, on a FIFO
	// queue to 10. Default 10.
	BatchSize int
	// Window is how long [Mapping.Run] gathers records before it invokes the
	// handler with fewer than BatchSize: 0 to 300 s, on a FIFO queue 0. It must
	// be at least 1 s when BatchSize is over 10. Default 0.
	Window time.Duration
	// Concurrency is how many invocations run at once. Default 5.
	Concurrency int
	// Timeout is the function's timeout: the deadline of the handler's context,
	// and the end of an invocation whose handler does not return. It must not be
	// longer than the queue's visibility timeout. Default a sixth of the
	// visibility timeout, at least 1 s.
	Timeout time.Duration
	// IgnoreFailures is the mapping without ReportBatchItemFailures: the response
	// is not looked at, and an invocation without an error deletes its whole
	// batch. Default false.
	IgnoreFailures bool
	// OnInvoke is called after every invocation, one call at a time. Default
	// none.
	OnInvoke func(Invocation)
}

// An Invocation is one call of a mapping's handler.
type Invocation struct {
	// Payload is the event, Response and Err are what the handler returned.
	// Err is [context.DeadlineExceeded] when it did not return in time.
	Payload, Response []byte
	Err               error
	// Deleted and Returned are the ids of the records that the mapping deleted
	// and of those that come back, in the order of the batch.
	Deleted, Returned []string
}

// A Mapping is Lambda's event source mapping from one queue to one handler.
type Mapping struct {
	fake    *Fake
	queue   string
	handler Handler
	options MappingOptions
}

// NewMapping returns a mapping from the named queue to handler.
func NewMapping(fake *Fake, queue string, handler Handler, options *MappingOptions) (*Mapping, error) {
	return &Mapping{fake: fake, queue: queue, handler: handler}, nil
}

// Poll receives every message that is visible now, in batches, and invokes the
// handler for each batch.
func (m *Mapping) Poll(ctx context.Context) ([]Invocation, error) { return nil, ctx.Err() }

// Drain polls until no message is visible.
func (m *Mapping) Drain(ctx context.Context) ([]Invocation, error) { return nil, ctx.Err() }

// Run invokes the handler as messages come, until ctx ends, and returns its
// error.
func (m *Mapping) Run(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
