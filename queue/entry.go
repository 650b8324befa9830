package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// An Entry is a message to send.
type Entry[T any] struct {
	// Body is encoded with [SenderOptions.Encode].
	Body T
	// Group is the message group: required on a FIFO queue, where messages of a
	// group are delivered in order; optional on a standard queue, where it names
	// the tenant of a fair queue. At most 128 letters, digits and punctuation
	// characters of ASCII.
	Group string
	// DeduplicationID makes SQS accept a message once within five minutes. FIFO
	// queues only; a queue with content-based deduplication needs none. The
	// same characters as in Group.
	DeduplicationID string
	// Delay postpones the delivery, up to 15 minutes, in whole seconds rounded
	// up. Standard queues only; 0 means the queue's own delay.
	Delay time.Duration
	// Attributes are the message attributes, at most ten; an offloaded body
	// takes one of them.
	Attributes map[string]Attribute
	// Trace is an X-Ray trace header. Default: that of the invocation, which the
	// Lambda runtime puts into the context.
	Trace string
}

var (
	// ErrEntry is the failure of an entry that SQS would refuse, found before it
	// was sent.
	ErrEntry = errors.New("invalid entry")
	// ErrTooLarge is the failure of an entry over [SenderOptions.MaxBytes]; it
	// was not sent. It wraps [ErrEntry].
	ErrTooLarge = fmt.Errorf("%w: too large", ErrEntry)
)

// outgoing is an entry on its way.
type outgoing struct {
	index    int // in the arguments
	group    string
	size     int // of what is in wire
	attempts int
	wire     types.SendMessageBatchRequestEntry
	body     []byte // to offload, else nil
	err      error  // why it cannot be sent
}

// fill encodes and checks an entry.
func (s *Sender[T]) fill(ctx context.Context, o *outgoing, e *Entry[T]) error {
	body, err := s.options.Encode(e.Body)
	if err != nil {
		return fmt.Errorf("%w: encode: %w", ErrEntry, err)
	}
	text := string(body)
	if err := checkBody(text); err != nil {
		return err
	}
	if err := s.check(e); err != nil {
		return err
	}
	o.wire = types.SendMessageBatchRequestEntry{
		DelaySeconds:            seconds(e.Delay),
		MessageGroupId:          optional(e.Group),
		MessageDeduplicationId:  optional(e.DeduplicationID),
		MessageSystemAttributes: traceAttribute(cmp.Or(e.Trace, traceOf(ctx))),
	}
	o.wire.MessageAttributes, o.size, err = wireAttributes(e.Attributes)
	if err != nil {
		return err
	}
	if s.options.Offload == nil || o.size+len(body) <= s.options.OffloadOver {
		return o.setBody(text, s.options.MaxBytes)
	}
	if err := s.checkOffload(e); err != nil {
		return err
	}
	o.body = body
	return nil
}

// setBody makes text the body of the message, unless that is then too large.
func (o *outgoing) setBody(text string, limit int) error {
	if o.size += len(text); o.size > limit {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, o.size, limit)
	}
	o.wire.MessageBody, o.body = &text, nil
	return nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// traceOf returns the X-Ray trace header of the invocation that ctx belongs to;
// the Lambda runtime puts it there, and into the environment only when one
// invocation runs at a time.
func traceOf(ctx context.Context) string {
	trace, _ := ctx.Value("x-amzn-trace-id").(string)
	if !validText(trace) {
		return ""
	}
	return trace
}

func traceAttribute(trace string) map[string]types.MessageSystemAttributeValue {
	if trace == "" {
		return nil
	}
	return map[string]types.MessageSystemAttributeValue{
		string(types.MessageSystemAttributeNameForSendsAWSTraceHeader): {DataType: aws.String("String"), StringValue: aws.String(trace)},
	}
}
