package queue

import (
	"context"
	"errors"
	"runtime"
	"time"
)

// A Processor handles the batches that an SQS event source mapping delivers. It
// implements lambda.Handler. It keeps no state between invocations and is safe
// for concurrent use.
type Processor[T any] struct {
	handler func(context.Context, Message[T]) error
	options Options
}

// NewProcessor returns a processor that calls handler for each message. What
// the handler returns decides about the message: nil deletes it, an error keeps
// it for another attempt, and [Permanent] and [RetryAfter] say more. Nil options
// mean the defaults.
//
// NewProcessor runs when a function starts, so it panics when handler is nil or
// an option is out of its range.
func NewProcessor[T any](handler func(context.Context, Message[T]) error, options *Options) *Processor[T] {
	if handler == nil {
		panic("queue: NewProcessor: the handler is nil")
	}
	return &Processor[T]{handler: handler, options: options.withDefaults()}
}

// Invoke handles one event and returns the partial batch response, which names
// the records that Lambda must keep. It returns an error, upon which Lambda
// keeps every record, when the payload is no batch ([ErrPayload]) or comes from
// another source ([*SourceError]), when no response could name the failed
// records ([ErrResponse]) and, if asked for, when all failed ([ErrAllFailed]).
//
// Invoke returns before the deadline of ctx, even when a handler does not.
func (p *Processor[T]) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	b, err := parse(payload, sqsFormat)
	if err != nil {
		return nil, err
	}
	v := &invocation{batch: b, options: &p.options, deliver: func() delivery { return &typed[T]{processor: p} }}
	v.attempt = v.attemptRecord
	v.sinks = p.options.DeadLetter != nil
	return v.run(ctx)
}

// A delivery is a record with its way to the handler.
type delivery interface {
	record() *Record
	handle(context.Context) error
}

// typed is a delivery to a handler of messages with a body of type T.
type typed[T any] struct {
	processor *Processor[T]
	message   Message[T]
}

func (d *typed[T]) record() *Record { return &d.message.Record }

func (d *typed[T]) handle(ctx context.Context) error {
	options, m := &d.processor.options, &d.message
	body := []byte(m.Text)
	if options.Unwrap != nil {
		var err error
		if body, err = options.Unwrap(body); err != nil {
			return &DecodeError{ID: m.ID, Body: true, Err: err}
		}
		if body == nil {
			return nil
		}
	}
	if options.Fetch != nil {
		var err error
		if body, err = options.Fetch(ctx, body); err != nil {
			return err
		}
	}
	if err := options.Decode(body, &m.Body); err != nil {
		return &DecodeError{ID: m.ID, Body: true, Err: err}
	}
	return d.processor.handler(ctx, *m)
}

// An invocation is one run of a processor over a batch. It is free of type
// parameters so that it is compiled once.
type invocation struct {
	*batch
	options *Options
	// attempt runs one task; it sets what the collector reads of it.
	attempt func(context.Context, *task)
	deliver func() delivery // of attemptRecord
	stream  bool            // the batch is of one shard of a stream
	sinks   bool            // there is a dead-letter sink
	limits  limits
	pool    pool
	// sinking is the context of the dead-letter sink and of heartbeats, nil when
	// there are none.
	sinking context.Context //nolint:containedctx // lives as long as the invocation
	// heartbeatErr joins what went wrong with heartbeats.
	heartbeatErr error
}

func (v *invocation) run(ctx context.Context) ([]byte, error) {
	start := time.Now()
	v.limits = v.options.limits(ctx, start)
	handling, cancel := v.limits.context(ctx, v.limits.soft)
	defer cancel()
	if v.sinks || v.options.Heartbeat > 0 {
		v.sinking, cancel = v.limits.context(ctx, v.limits.hard)
		defer cancel()
	}
	v.runPool(handling)
	result := v.collect(start)
	result.VisibilityErr = errors.Join(v.heartbeatErr, v.postpone(ctx, start))
	response, err := v.respond()
	if err == nil && v.options.ErrorOnFullFailure && result.Records > 0 && result.Succeeded+result.Permanent == 0 {
		response, err = nil, failAll(result)
	}
	result.Duration = time.Since(start)
	v.report(ctx, result, err)
	return response, err
}

func (v *invocation) runPool(ctx context.Context) {
	p := &v.pool
	p.prepare(ctx, v.batch)
	p.attempt = v.attempt
	p.interval, p.beat = v.options.Heartbeat, v.heartbeat
	switch {
	case v.stream:
		if v.options.Concurrency > 1 {
			v.order()
		}
		p.failed = p.stopAfter
	case v.fifo():
		v.order()
		if v.options.StopOnFailure {
			p.failed = func(int) { p.bound.Store(0) }
		}
	}
	p.run(v.options.Concurrency, v.limits.hard)
}

// attemptRecord decodes a record, handles it and decides what becomes of it.
func (v *invocation) attemptRecord(ctx context.Context, t *task) {
	reserveStack(false)
	d := v.deliver()
	r := d.record()
	err := decodeRecord(r, t.raw, t.id)
	t.seen = sight(r.ReceiveCount, r.Sent)
	if err != nil {
		t.err = err
		return
	}
	if v.pool.over.Load() {
		t.err = ErrAbandoned // the collector says so too
		return
	}
	if v.options.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, v.options.Timeout)
		defer cancel()
	}
	t.err = d.handle(ctx)
	if v.options.DeadLetter != nil && v.permanent(t.err) && !v.pool.over.Load() {
		t.sink(func() error { return v.options.DeadLetter(v.sinking, *r, t.err) })
	}
}

// permanent tells whether err, unless it is nil, is beyond repair.
func (v *invocation) permanent(err error) bool {
	if IsPermanent(err) {
		return true
	}
	malformed, ok := err.(*DecodeError) //nolint:errorlint // the processor's own, not one that a handler wraps
	return ok && malformed.Body && !v.options.RetryMalformed
}

// sink hands a record that failed for good to the dead-letter sink.
func (t *task) sink(deliver func() error) {
	if err := deliver(); err != nil {
		t.err = &SinkError{Reason: t.err, Err: err}
		return
	}
	t.accepted = true
}

// reserveStack makes room on the stack for what most decoders and handlers need,
// by having a large frame itself. Otherwise the stack of a new worker grows step
// by step in the depth of its first decode, where the runtime has to adjust every
// frame at each step: a third of the time of a batch of one.
//
//go:noinline
func reserveStack(use bool) {
	if use {
		var room [8 << 10]byte
		runtime.KeepAlive(&room)
	}
}
