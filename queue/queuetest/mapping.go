package queuetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
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
	// be at least 1 s when BatchSize is over 10. Default 0. [Mapping.Poll] and
	// [Mapping.Drain] do not wait.
	Window time.Duration
	// Concurrency fixes how many invocations run at once. Default 0: it scales as
	// Lambda does, see [Mapping.Concurrency].
	Concurrency int
	// MaxConcurrency is the mapping's maximum concurrency: 2 to 1,000. Default 0:
	// none but the 1,250 that no mapping exceeds. It does not go with Concurrency.
	MaxConcurrency int
	// MinPollers and MaxPollers make a mapping in provisioned mode, when one of
	// them is set: 2 to 200, default 2, and up to 10,000, default 200. A poller
	// runs 10 invocations at once; that it reads about 1 MB a second is not
	// simulated. They do not go with Concurrency and MaxConcurrency.
	MinPollers, MaxPollers int
	// Filters are the mapping's filter criteria, at most 10: a message that none
	// of them matches is deleted and not delivered. They get
	// {"body": …} with the message's body, as JSON when it is JSON and as a string
	// otherwise, since Lambda filters queues by nothing else; the Match method of
	// an events.Pattern fits. An error is no match. They are called with the
	// fake locked and must not use it. Default none: every message is delivered.
	Filters []func(record []byte) (bool, error)
	// Timeout is the function's timeout: the deadline of the handler's context,
	// and the end of an invocation whose handler does not return. It must not be
	// longer than the queue's visibility timeout. Default a sixth of the
	// visibility timeout, at least 1 s.
	Timeout time.Duration
	// IgnoreFailures is a mapping without ReportBatchItemFailures: the response
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
	// Err is [context.DeadlineExceeded] when it did not return in time, and a
	// panic is an error too.
	Payload, Response []byte
	Err               error
	// Deleted and Returned are the ids of the records that the mapping deleted
	// and of those that come back, in the order of the batch.
	Deleted, Returned []string
}

// A Mapping is Lambda's event source mapping from one queue to one handler: it
// receives messages, invokes the handler with batches of them, and deletes what
// the response does not keep, by Lambda's rules. Its methods may run at the same
// time, also those of several mappings of one queue.
type Mapping struct {
	fake    *Fake
	queue   string
	handler Handler
	options MappingOptions

	scale scaler
	hook  sync.Mutex // held while OnInvoke runs
}

// NewMapping returns a mapping from the named queue to handler. Nil options mean
// the defaults. It returns an error where Lambda would refuse the mapping:
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html.
func NewMapping(fake *Fake, queue string, handler Handler, options *MappingOptions) (*Mapping, error) {
	if fake == nil || handler == nil {
		return nil, errors.New("queuetest: NewMapping: the fake or the handler is nil")
	}
	fake.mu.Lock()
	q := fake.queues[queue]
	var fifo bool
	var visibility time.Duration
	if q != nil {
		fifo, visibility = q.fifo, q.visibility
	}
	fake.mu.Unlock()
	if q == nil {
		return nil, fmt.Errorf("queuetest: NewMapping: there is no queue %q", queue)
	}
	m := &Mapping{fake: fake, queue: queue, handler: handler}
	if options != nil {
		m.options = *options
	}
	m.options.fill(visibility)
	if err := m.options.check(fifo, visibility); err != nil {
		return nil, err
	}
	m.scale = newScaler(&m.options)
	return m, nil
}

func (o *MappingOptions) fill(visibility time.Duration) {
	if o.BatchSize == 0 {
		o.BatchSize = 10
	}
	if o.provisioned() {
		o.MinPollers = cmp.Or(o.MinPollers, leastPollers)
		o.MaxPollers = cmp.Or(o.MaxPollers, usualPollers)
	}
	if o.Timeout == 0 {
		o.Timeout = max(visibility/6, time.Second)
	}
}

func (o *MappingOptions) check(fifo bool, visibility time.Duration) error {
	most := 10_000
	if fifo {
		most = 10
	}
	switch {
	case o.BatchSize < 1 || o.BatchSize > most:
		return fmt.Errorf("queuetest: MappingOptions.BatchSize: must be between 1 and %d, got %d", most, o.BatchSize)
	case o.Window < 0 || o.Window > 300*time.Second:
		return fmt.Errorf("queuetest: MappingOptions.Window: must be between 0 and 300 s, got %v", o.Window)
	case o.Window > 0 && fifo:
		return fmt.Errorf("queuetest: MappingOptions.Window: a FIFO queue takes none, got %v", o.Window)
	case o.BatchSize > 10 && o.Window < time.Second:
		return fmt.Errorf("queuetest: MappingOptions.Window: must be at least 1 s when BatchSize is over 10, got %v", o.Window)
	case o.Concurrency < 0:
		return fmt.Errorf("queuetest: MappingOptions.Concurrency: must be at least 1, got %d", o.Concurrency)
	case o.Concurrency > 0 && o.MaxConcurrency != 0:
		return errors.New("queuetest: MappingOptions.MaxConcurrency: does not go with Concurrency")
	case o.MaxConcurrency != 0 && (o.MaxConcurrency < 2 || o.MaxConcurrency > maxConcurrency):
		return fmt.Errorf("queuetest: MappingOptions.MaxConcurrency: must be between 2 and %d, got %d", maxConcurrency, o.MaxConcurrency)
	case len(o.Filters) > maxFilters:
		return fmt.Errorf("queuetest: MappingOptions.Filters: must be at most %d, got %d", maxFilters, len(o.Filters))
	case o.Timeout < 0 || o.Timeout > 15*time.Minute:
		return fmt.Errorf("queuetest: MappingOptions.Timeout: must be between 1 s and 15 min, got %v", o.Timeout)
	case o.Timeout > visibility:
		return fmt.Errorf("queuetest: MappingOptions.Timeout: must not be longer than the queue's visibility timeout of %v, got %v", visibility, o.Timeout)
	}
	return o.checkPollers()
}

func (o *MappingOptions) provisioned() bool { return o.MinPollers != 0 || o.MaxPollers != 0 }

func (o *MappingOptions) checkPollers() error {
	switch {
	case !o.provisioned():
		return nil
	case o.Concurrency != 0 || o.MaxConcurrency != 0:
		return errors.New("queuetest: MappingOptions.MinPollers, MaxPollers: do not go with Concurrency and MaxConcurrency")
	case o.MinPollers < leastPollers || o.MinPollers > maxMinPollers:
		return fmt.Errorf("queuetest: MappingOptions.MinPollers: must be between %d and %d, got %d", leastPollers, maxMinPollers, o.MinPollers)
	case o.MaxPollers < o.MinPollers || o.MaxPollers > maxPollers:
		return fmt.Errorf("queuetest: MappingOptions.MaxPollers: must be between MinPollers, %d, and %d, got %d", o.MinPollers, maxPollers, o.MaxPollers)
	}
	return nil
}

// Poll receives every message that is visible now, in batches, and invokes the
// handler for each batch. It does not wait for messages, and it delivers none
// twice, even when one is visible again at once. The error is that of ctx; what
// the handler returned is in the invocations, which are in the order in which
// their batches were received.
func (m *Mapping) Poll(ctx context.Context) ([]Invocation, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	batches := m.receiveAll()
	invocations := make([]Invocation, len(batches))
	var running sync.WaitGroup
	slots := make(chan struct{}, m.Concurrency())
	for i, b := range batches {
		slots <- struct{}{}
		running.Go(func() {
			invocations[i] = m.invoke(ctx, b)
			<-slots
		})
	}
	running.Wait()
	return invocations, ctx.Err()
}

// Drain polls until no message is visible and returns all invocations. Messages
// that are delayed, or invisible after a failure, stay; with a handler that
// always fails and a visibility timeout of 0 it only ends with ctx.
func (m *Mapping) Drain(ctx context.Context) ([]Invocation, error) {
	var all []Invocation
	for {
		invocations, err := m.Poll(ctx)
		all = append(all, invocations...)
		if err != nil || len(invocations) == 0 {
			return all, err
		}
	}
}

// receiveAll receives every visible message.
func (m *Mapping) receiveAll() []*gathered {
	m.fake.lock()
	defer m.fake.mu.Unlock()
	var batches []*gathered
	for {
		b := &gathered{}
		if m.gather(b); len(b.messages) == 0 {
			return batches
		}
		batches = append(batches, b)
	}
}
