package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
)

// StreamOptions configure a [StreamProcessor]. The zero value, or nil, is ready
// to use.
type StreamOptions struct {
	// Concurrency is how many records are handled at once. Default 1: in the
	// order of the shard. With more, records with different partition keys (in
	// DynamoDB: of different items) run side by side, and those with the same
	// one in their order.
	Concurrency int
	// Decode turns the data of a Kinesis record into the handler's type; v is a
	// pointer to it. Default [json.Unmarshal]. DynamoDB has no use for it.
	Decode func(data []byte, v any) error
	// DeadLetter takes the records that failed for good, so that the shard can go
	// on. Default none: they are reported as failed, and block the shard until
	// the mapping's retries or its maximum record age end that.
	DeadLetter StreamSink
	// RetryMalformed treats data that cannot be decoded like any failure.
	// Default false: it is a permanent one.
	RetryMalformed bool
	// Margin is that of [Options.Margin].
	Margin time.Duration
	// OnBatch is that of [Options.OnBatch].
	OnBatch func(context.Context, Result)
	// Logger is that of [Options.Logger].
	Logger *slog.Logger
}

// A StreamSink takes a record that failed for good, with the permanent error as
// its reason. Only when it returns nil does the shard go on. What [Sink] says of
// its context and of repeated calls holds here too.
type StreamSink func(ctx context.Context, record StreamRecord, reason error) error

// A StreamRecord is a record of a DynamoDB or Kinesis stream without its decoded
// content.
type StreamRecord struct {
	// ID is the event id. It stays the same when the record is delivered again.
	ID string
	// Stream is the ARN of the stream.
	Stream string
	// SequenceNumber orders the records of a shard.
	SequenceNumber string
	// PartitionKey is that of a Kinesis record; empty for DynamoDB.
	PartitionKey string
	// Time is when the record was written to the stream, roughly.
	Time time.Time
	// Raw is the whole record as Lambda delivered it. It must not be changed.
	Raw json.RawMessage
}

// A StreamProcessor handles the batches that a DynamoDB Streams or Kinesis event
// source mapping delivers. It implements lambda.Handler. It keeps no state
// between invocations and is safe for concurrent use.
//
// A batch is of one shard, and Lambda takes only the lowest of the reported
// sequence numbers: it delivers that record and everything after it again. So
// the processor starts nothing behind a failure and reports that one record.
// Records behind it that were already running, with a Concurrency over 1, are
// delivered again although they succeeded. See
// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html.
//
// [Permanent] works as with a [Processor]; [RetryAfter] is an ordinary failure,
// because a shard cannot wait. The mapping needs ReportBatchItemFailures.
type StreamProcessor struct {
	format  format
	options Options
	sinks   bool
	attempt func(v *invocation) func(context.Context, *task)
}

// Invoke handles one event and returns the partial batch response: nothing, or
// the sequence number at which Lambda has to go on. Its errors and its deadline
// are those of [Processor.Invoke].
func (p *StreamProcessor) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	b, err := parse(payload, p.format)
	if err != nil {
		return nil, err
	}
	v := &invocation{batch: b, options: &p.options, stream: true, sinks: p.sinks}
	v.attempt = p.attempt(v)
	return v.run(ctx)
}

// newStreamProcessor returns a processor whose records decode turns into
// something to run.
func newStreamProcessor(f format, o *StreamOptions, decode func(*StreamRecord) (run func(context.Context) error, err error)) *StreamProcessor {
	if o == nil {
		o = &StreamOptions{}
	}
	if o.Concurrency < 0 {
		panic(fmt.Sprintf("queue: StreamOptions.Concurrency: must be at least 1, got %d", o.Concurrency))
	}
	if o.Margin < 0 {
		panic(fmt.Sprintf("queue: StreamOptions.Margin: must not be negative, got %v", o.Margin))
	}
	options := Options{Concurrency: max(o.Concurrency, 1), RetryMalformed: o.RetryMalformed, Margin: o.Margin, OnBatch: o.OnBatch, Logger: o.Logger}
	sink := o.DeadLetter
	return &StreamProcessor{format: f, options: options, sinks: sink != nil, attempt: func(v *invocation) func(context.Context, *task) {
		return func(ctx context.Context, t *task) { v.attemptStream(ctx, t, sink, decode) }
	}}
}

// attemptStream is attemptRecord for streams.
func (v *invocation) attemptStream(ctx context.Context, t *task, sink StreamSink, decode func(*StreamRecord) (func(context.Context) error, error)) {
	reserveStack(false)
	r := StreamRecord{SequenceNumber: text(t.id), Raw: t.raw}
	run, err := decode(&r)
	t.seen = sight(0, r.Time)
	if v.pool.over.Load() {
		t.err = ErrAbandoned // the collector says so too
		return
	}
	if err == nil {
		err = run(ctx)
	}
	if t.err = err; sink != nil && v.permanent(err) && !v.pool.over.Load() {
		t.sink(func() error { return sink(v.sinking, r, err) })
	}
}

// seconds1970 is a time in seconds since 1970, with a fraction.
type seconds1970 float64

func (s seconds1970) time() time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(float64(s)*1000 + 0.5)) // streams tell milliseconds at most
}
