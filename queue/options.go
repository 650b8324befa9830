package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// DefaultConcurrency is how many records a processor handles at once unless
// told otherwise. Ten hides the latency of a call per record, and ten decoded
// records fit into the smallest function.
const DefaultConcurrency = 10

// Options configure a [Processor]. The zero value, or nil, is ready to use.
type Options struct {
	// Concurrency is how many records are handled at once, on a FIFO queue how
	// many groups. Default [DefaultConcurrency]; 1 handles them one after the
	// other.
	Concurrency int
	// Unwrap takes a body out of the envelope in which another service put it:
	// [UnwrapSNS], [UnwrapEventBridge], [UnwrapS3], a chain of them
	// ([UnwrapEach]), or a function of your own. Its error is that of a malformed
	// body; nil without an error deletes the message unhandled, as a success.
	// Default none.
	Unwrap func(body []byte) ([]byte, error)
	// Fetch finds the body of which a message carries only the claim: what
	// [SenderOptions.Offload] returned, see package claimcheck. It gets every
	// body, after Unwrap, and returns those that are no claim as they are. Its
	// error is like one of the handler. Default none.
	Fetch func(ctx context.Context, body []byte) ([]byte, error)
	// Decode turns a body into the handler's type; v is a pointer to it. Default
	// [json.Unmarshal].
	Decode func(body []byte, v any) error
	// DeadLetter takes the records that failed for good, before they are
	// acknowledged; [DeadLetterQueue] makes a sink of a queue. Default none: they are reported as failed, and the queue's
	// redrive policy takes them after its maximum of receives.
	DeadLetter Sink
	// RetryMalformed treats a body that cannot be decoded like any failure.
	// Default false: it is a permanent one, because the next attempt gets the
	// same bytes.
	RetryMalformed bool
	// Client changes the visibility of records, for [RetryAfter], Backoff and
	// Heartbeat. The function needs the permission sqs:ChangeMessageVisibility.
	// Default none: failed records come back after the queue's visibility
	// timeout.
	Client VisibilityAPI
	// Backoff is the wait before a failed record becomes visible again, given
	// how often it was received, where the handler named none. A negative wait
	// leaves the record its visibility timeout. Default [DefaultBackoff]; it
	// needs Client.
	Backoff func(receiveCount int) time.Duration
	// StopOnFailure starts nothing more after a failure in a batch of a FIFO
	// queue, in no group. Default false: only the failed record's group stops.
	StopOnFailure bool
	// Margin is how long before the invocation's deadline no record is started
	// any more and handlers' contexts end. Default: a twentieth of the time that
	// the invocation has, at least 500 ms and at most 5 s, but never more than a
	// quarter of that time.
	Margin time.Duration
	// Timeout ends the context of each record's handler that long after its
	// start. A handler that does not return then keeps its place among the
	// Concurrency until the invocation ends. Default none: the margin alone.
	Timeout time.Duration
	// Heartbeat extends, at that interval, the visibility of the batch's records
	// to twice the interval from then, for batches that may outlast the queue's
	// visibility timeout: 1 s to 6 h. It needs Client, and takes one request for
	// every ten records each time. Default none.
	Heartbeat time.Duration
	// ErrorOnFullFailure returns [ErrAllFailed] when no record of a batch
	// succeeded, so that the failure counts in the function's Errors metric.
	// Default false: a full failure is an ordinary partial batch response.
	ErrorOnFullFailure bool
	// OnBatch is called once for every batch after its records are done, on the
	// goroutine of Invoke. Default none.
	OnBatch func(context.Context, Result)
	// Logger gets one line per batch and one per failed record. Default
	// [slog.Default], looked up at each batch.
	Logger *slog.Logger
}

// VisibilityAPI is the part of SQS that a [Processor] calls. *sqs.Client
// implements it.
type VisibilityAPI interface {
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// A Sink takes a record that failed for good, with the permanent error as its
// reason. Only when it returns nil is the record acknowledged. It may be called
// from several goroutines at once, and twice for one record when the invocation
// fails afterwards. Its context outlives the handler's by half of
// [Options.Margin].
type Sink func(ctx context.Context, record Record, reason error) error

// DefaultBackoff doubles from 10 seconds to 15 minutes, and spreads records that
// failed together over the upper half of that: 5–10 s, 10–20 s, 20–40 s and so
// on. The floor of one half gives what failed a while to recover, which full
// jitter would not.
func DefaultBackoff(receiveCount int) time.Duration {
	const base, limit = 10 * time.Second, 15 * time.Minute
	// 10 s << 7 is over 15 minutes, so shifting further changes nothing.
	ceiling := min(base<<min(max(receiveCount-1, 0), 7), limit)
	return ceiling/2 + rand.N(ceiling/2+1)
}

// NoBackoff leaves every failed record its visibility timeout.
func NoBackoff(int) time.Duration { return -1 }

// withDefaults returns a copy of o with its defaults filled in. It panics on a
// programmer's mistake.
func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	c.check()
	if c.Concurrency == 0 {
		c.Concurrency = DefaultConcurrency
	}
	if c.Decode == nil {
		c.Decode = json.Unmarshal
	}
	if c.Backoff == nil {
		c.Backoff = DefaultBackoff
	}
	return c
}

// check panics when an option is out of its range.
func (o *Options) check() {
	switch {
	case o.Concurrency < 0:
		panic(fmt.Sprintf("queue: Options.Concurrency: must be at least 1, got %d", o.Concurrency))
	case o.Margin < 0:
		panic(fmt.Sprintf("queue: Options.Margin: must not be negative, got %v", o.Margin))
	case o.Timeout < 0:
		panic(fmt.Sprintf("queue: Options.Timeout: must not be negative, got %v", o.Timeout))
	case o.Heartbeat != 0 && (o.Heartbeat < time.Second || o.Heartbeat > 6*time.Hour):
		panic(fmt.Sprintf("queue: Options.Heartbeat: must be between 1 s and 6 h, got %v", o.Heartbeat))
	case o.Heartbeat != 0 && o.Client == nil:
		panic("queue: Options.Heartbeat: needs Options.Client")
	}
}

func (o *Options) logger() *slog.Logger {
	if o.Logger != nil {
		return o.Logger
	}
	return slog.Default()
}
