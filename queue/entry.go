package queue

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// An Entry is a message to send.
type Entry[T any] struct {
	// Body is encoded with [SenderOptions.Encode].
	Body T
	// Group is the message group: required on a FIFO queue, where messages of a
	// group are delivered in order; optional on a standard queue, where it names
	// the tenant of a fair queue. At most 128 characters.
	Group string
	// DeduplicationID makes SQS accept a message once within five minutes. FIFO
	// queues only; a queue with content-based deduplication needs none. At most
	// 128 characters.
	DeduplicationID string
	// Delay postpones the delivery, up to 15 minutes, in whole seconds rounded
	// up. Standard queues only; 0 means the queue's own delay.
	Delay time.Duration
	// Attributes are the message attributes, at most ten.
	Attributes map[string]Attribute
	// Trace is an X-Ray trace header; empty leaves it to the SDK.
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
	size     int
	attempts int
	wire     types.SendMessageBatchRequestEntry
}

// The limits of a message:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html.
const (
	// DefaultMaxBytes is the most that a message, and all messages of a request
	// together, may have: 1 MiB.
	DefaultMaxBytes = 1 << 20

	maxAttributes = 10
	maxDelay      = 15 * time.Minute
	maxIDLength   = 128 // of groups and deduplication ids
)

// newOutgoing encodes and checks an entry.
func (s *Sender[T]) newOutgoing(index int, e *Entry[T]) (*outgoing, error) {
	body, err := s.options.Encode(e.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: encode: %w", ErrEntry, err)
	}
	if err := s.check(e, body); err != nil {
		return nil, err
	}
	attributes, size, err := wireAttributes(e.Attributes)
	if err != nil {
		return nil, err
	}
	if size += len(body); size > s.options.MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, s.options.MaxBytes)
	}
	o := &outgoing{index: index, group: e.Group, size: size}
	o.wire = types.SendMessageBatchRequestEntry{
		MessageBody:            aws.String(string(body)),
		MessageAttributes:      attributes,
		DelaySeconds:           seconds(e.Delay),
		MessageGroupId:         optional(e.Group),
		MessageDeduplicationId: optional(e.DeduplicationID),
	}
	if e.Trace != "" {
		o.wire.MessageSystemAttributes = map[string]types.MessageSystemAttributeValue{
			string(types.MessageSystemAttributeNameForSendsAWSTraceHeader): {DataType: aws.String("String"), StringValue: aws.String(e.Trace)},
		}
	}
	return o, nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// check finds what SQS would refuse.
func (s *Sender[T]) check(e *Entry[T], body []byte) error {
	for _, rule := range []struct {
		broken bool
		text   string
	}{
		{len(body) == 0, "the body is empty"},
		{!validText(string(body)), "the body has a character that SQS does not allow"},
		{s.fifo && e.Group == "", "a FIFO queue needs a group"},
		{len(e.Group) > maxIDLength, "the group is over 128 characters"},
		{len(e.DeduplicationID) > maxIDLength, "the deduplication id is over 128 characters"},
		{!s.fifo && e.DeduplicationID != "", "only a FIFO queue takes a deduplication id"},
		{s.fifo && e.Delay != 0, "a FIFO queue takes no delay per message"},
		{e.Delay < 0 || e.Delay > maxDelay, "the delay is not between 0 and 15 minutes"},
		{len(e.Attributes) > maxAttributes, "there are more than 10 attributes"},
		{!validText(e.Trace), "the trace header has a character that SQS does not allow"},
	} {
		if rule.broken {
			return fmt.Errorf("%w: %s", ErrEntry, rule.text)
		}
	}
	return nil
}

// wireAttributes converts attributes and adds up what counts of them: names,
// types and values.
func wireAttributes(attributes map[string]Attribute) (wire map[string]types.MessageAttributeValue, size int, err error) {
	if len(attributes) == 0 {
		return nil, 0, nil
	}
	wire = make(map[string]types.MessageAttributeValue, len(attributes))
	for name, a := range attributes {
		if a.Type == "" {
			a.Type = "String"
			if a.Binary != nil {
				a.Type = "Binary"
			}
		}
		value := types.MessageAttributeValue{DataType: aws.String(a.Type)}
		if strings.HasPrefix(a.Type, "Binary") {
			value.BinaryValue = a.Binary
		} else {
			value.StringValue = aws.String(a.String)
		}
		if name == "" || len(value.BinaryValue) == 0 && aws.ToString(value.StringValue) == "" {
			return nil, 0, fmt.Errorf("%w: attribute %q has no name or no value", ErrEntry, name)
		}
		if !validText(a.String) {
			return nil, 0, fmt.Errorf("%w: attribute %q has a character that SQS does not allow", ErrEntry, name)
		}
		wire[name] = value
		size += len(name) + len(a.Type) + len(value.BinaryValue) + len(aws.ToString(value.StringValue))
	}
	return wire, size, nil
}

// validText tells whether SQS takes s: UTF-8 of the characters #x9, #xA, #xD,
// #x20–#xD7FF, #xE000–#xFFFD and #x10000–#x10FFFF. See
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html.
func validText(s string) bool {
	for _, r := range s {
		if !validRune(r) {
			return false
		}
	}
	return utf8.ValidString(s)
}

func validRune(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r != 0xFFFE && r != 0xFFFF
}
