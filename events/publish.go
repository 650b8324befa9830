package events

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/go-thaw/thaw/internal/backoff"
)

// PublisherOptions configure a [Publisher]. The zero value and nil are the
// defaults.
type PublisherOptions struct {
	// Bus is the name or the ARN of the event bus. Default: the account's
	// default bus.
	Bus string
	// EndpointID is the id of a global endpoint. Default: none.
	EndpointID string
	// Limits are those of the service. Default: [ClassicLimits], also for each
	// field that is zero.
	Limits Limits
	// Concurrency is the largest number of requests in flight for one call of
	// Publish. Default: 4.
	Concurrency int
	// Attempts is the largest number of requests that carry one event. Default:
	// 0, no bound but the end of the context, so give the context a deadline.
	// The SDK's own attempts within a request do not count.
	Attempts int
	// RetryBase is the longest wait before the second attempt; it doubles with
	// each further one, and each wait is a random part of it. Default: 50 ms.
	RetryBase time.Duration
	// RetryMax bounds the wait between two attempts. Default: 5 s.
	RetryMax time.Duration
	// Offload stores the detail of an event that is over Limits.Bytes, for
	// instance in S3 under e.Metadata.ID, and returns a reference to it. The
	// event is then published with the reference in Metadata.ClaimCheck and no
	// other content, and a [Router] with RouterOptions.Load fetches the detail
	// before it routes the event. Rules see only the source, the detail type,
	// the resources and the metadata of such an event. Offload is called on the
	// goroutine of Publish, one event at a time. Default: nil, such an event is
	// refused with [ErrTooLarge].
	Offload func(ctx context.Context, e Event) (reference string, err error)
}

// A Publisher sends events to one event bus. It is safe for concurrent use and
// holds no state between calls.
type Publisher struct {
	api     API
	options PublisherOptions
	retry   backoff.Policy
}

// NewPublisher returns a publisher that sends through client. The options are
// copied; nil means the defaults.
func NewPublisher(client API, options *PublisherOptions) (*Publisher, error) {
	if client == nil {
		return nil, errors.New("events: NewPublisher: the client is nil")
	}
	var o PublisherOptions
	if options != nil {
		o = *options
	}
	o.Limits = o.Limits.withDefaults()
	setDefault(&o.Concurrency, 4)
	setDefault(&o.RetryBase, 50*time.Millisecond)
	setDefault(&o.RetryMax, 5*time.Second)
	if err := o.validate(); err != nil {
		return nil, err
	}
	return &Publisher{api: client, options: o, retry: backoff.Policy{Base: o.RetryBase, Max: o.RetryMax}}, nil
}

func setDefault[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

func (o *PublisherOptions) validate() error {
	for _, f := range []struct {
		name  string
		value int
		least int
	}{
		{"Limits.Entries", o.Limits.Entries, 1},
		{"Limits.Bytes", o.Limits.Bytes, 1},
		{"Limits.DetailType", o.Limits.DetailType, 1},
		{"Concurrency", o.Concurrency, 1},
		{"Attempts", o.Attempts, 0},
		{"RetryBase", int(o.RetryBase), 0},
		{"RetryMax", int(o.RetryMax), 0},
	} {
		if f.value < f.least {
			return fmt.Errorf("events: PublisherOptions.%s: must be at least %d, got %d", f.name, f.least, f.value)
		}
	}
	return nil
}

// Publish sends events and returns nil when EventBridge has accepted all of
// them. Otherwise it returns a [*PublishError] that lists every event that was
// not accepted.
//
// Events are checked first: one that EventBridge would refuse, or that is too
// large, fails alone and costs no request. The others are split into requests
// by number and size, in their order, and sent in parallel. Entries that fail
// for a passing reason are sent again, alone, until they are accepted or ctx
// ends; a request that is refused as a whole is halved until the entry at fault
// stands alone. EventBridge delivers at least once, and an event whose answer
// was lost is sent twice: consumers tell by its [Metadata].
func (p *Publisher) Publish(ctx context.Context, events ...Event) error {
	call := &call{Publisher: p, events: events, origin: originOf(ctx)}
	chunks := plan(call.prepare(ctx), p.options.Limits)
	call.sendAll(ctx, chunks)
	if len(call.failed) == 0 {
		return nil
	}
	return newPublishError(len(events), call.failed)
}

// call is one call of Publish.
type call struct {
	*Publisher
	events  []Event
	origin  origin
	details details
	mu      sync.Mutex
	failed  []*EntryError
}

func (c *call) fail(failed ...*EntryError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = append(c.failed, failed...)
}

// An entry is an event on its way. The caller's event stays as it is, and the
// entry holds only what is chosen once: the rest of what is filled in follows
// from the event and the origin. It has few pointers, because each costs the
// garbage collector more than filling in again costs.
type entry struct {
	index    int    // of the event
	id       string // of the metadata, when the event has none
	detail   string // with the metadata
	size     int
	attempts int
}

// request sets r to what is sent of the entry.
func (c *call) request(r *types.PutEventsRequestEntry, e *entry) {
	event := &c.events[e.index]
	r.Source = &event.Source
	r.DetailType = &event.DetailType
	r.Detail = &e.detail
	r.Resources = event.Resources
	r.EventBusName = optional(&c.options.Bus)
	if r.TraceHeader = optional(&event.TraceHeader); r.TraceHeader == nil {
		r.TraceHeader = optional(&c.origin.traceHeader)
	}
	if !event.Time.IsZero() {
		r.Time = &event.Time
	}
}

// complete makes the event's metadata m what the detail of the entry carries.
// It changes m in place: to return as many words costs more than to choose them.
func (c *call) complete(m *Metadata, e *entry) {
	if m.ID == "" {
		m.ID = e.id
	}
	m.fill(c.origin.parent, time.Time{})
}

// whole returns the event with what was filled in, so that it can be published
// again as the same event.
func (c *call) whole(e *entry) Event {
	event := c.events[e.index]
	c.complete(&event.Metadata, e)
	_, event.TraceHeader = event.from(c.origin)
	return event
}

func (c *call) failure(e *entry, err error) *EntryError {
	return &EntryError{Index: e.index, Event: c.whole(e), Attempts: e.attempts, Err: err}
}

// prepare returns the entries of the events that can be sent. They share one
// allocation: they live as long as the call.
func (c *call) prepare(ctx context.Context) []*entry {
	block := make([]entry, len(c.events))
	entries := make([]*entry, 0, len(c.events))
	c.details.expected = len(c.events)
	for i := range c.events {
		e, event := &block[i], &c.events[i]
		e.index = i
		if event.Metadata.ID == "" {
			e.id = newID(event.Time)
		}
		err := check(event, c.options.Limits)
		if err == nil {
			err = c.encode(ctx, e)
		}
		if err != nil {
			failure := c.failure(e, err)
			failure.Retryable = !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrTooLarge)
			c.fail(failure)
			continue
		}
		entries = append(entries, e)
	}
	return entries
}

// encode fills in the detail and the size, and offloads the detail when it is
// too large.
func (c *call) encode(ctx context.Context, e *entry) error {
	limit, event := c.options.Limits.Bytes, &c.events[e.index]
	m := event.Metadata
	c.complete(&m, e)
	e.detail = c.details.encode(event.Detail, &m)
	e.size = event.size(len(e.detail))
	if e.size <= limit {
		return nil
	}
	if c.options.Offload != nil {
		if err := c.offload(ctx, e); err != nil || e.size <= limit {
			return err
		}
	}
	return fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, e.size, limit)
}

func (c *call) offload(ctx context.Context, e *entry) error {
	reference, err := c.options.Offload(ctx, c.whole(e))
	if err != nil {
		return fmt.Errorf("offload: %w", err)
	}
	m := c.whole(e).Metadata
	m.ClaimCheck = reference
	e.detail = c.details.encode([]byte("{}"), &m)
	e.size = c.events[e.index].size(len(e.detail))
	return nil
}

// optional returns nil for the empty string.
func optional(s *string) *string {
	if *s == "" {
		return nil
	}
	return s
}

// plan splits entries into requests, in their order.
func plan(entries []*entry, limits Limits) [][]*entry {
	var chunks [][]*entry
	start, size := 0, 0
	for i, e := range entries {
		if i > start && (i-start == limits.Entries || size+e.size > limits.Bytes) {
			chunks = append(chunks, entries[start:i:i])
			start, size = i, 0
		}
		size += e.size
	}
	if start < len(entries) {
		chunks = append(chunks, entries[start:])
	}
	return chunks
}

// sendAll sends the chunks, the first ones first, and returns when all are done.
func (c *call) sendAll(ctx context.Context, chunks [][]*entry) {
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; int(i) < len(chunks); i = next.Add(1) - 1 {
			c.send(ctx, chunks[i])
		}
	}
	var others sync.WaitGroup
	for range min(c.options.Concurrency, len(chunks)) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
}

// VerifyBus returns nil when the event bus exists. PutEvents answers success
// for a bus that does not, and the events are gone, so call it once at the
// start of a program. The error wraps [ErrNoBus] when there is no such bus. It
// takes one DescribeEventBus call and the permission events:DescribeEventBus.
func (p *Publisher) VerifyBus(ctx context.Context) error {
	name := p.options.Bus
	if name == "" {
		name = "default"
	}
	_, err := p.api.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: &name})
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return fmt.Errorf("events: verify bus %s: %w: %w", name, ErrNoBus, err)
	}
	if err != nil {
		return fmt.Errorf("events: verify bus %s: %w", name, err)
	}
	return nil
}
