package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// API is the part of SQS that a [Sender] calls. *sqs.Client implements it.
type API interface {
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
}

// DefaultAttempts is how often an entry is sent unless told otherwise.
const DefaultAttempts = 5

// SenderOptions configure a [Sender]. The zero value, or nil, is ready to use.
type SenderOptions struct {
	// Encode turns a body into the text of a message. Default [json.Marshal].
	Encode func(v any) ([]byte, error)
	// MaxBytes is the most that one message may have, its attributes included,
	// for a queue whose MaximumMessageSize is smaller than SQS's own limit;
	// [MaxMessageBytes] reads it from the queue. Default [DefaultMaxBytes],
	// which is also the most.
	MaxBytes int
	// Attempts is how often an entry is sent that SQS refuses through no fault of
	// its own. Default [DefaultAttempts]; 1 never repeats. The SDK's retries of
	// whole requests come on top.
	Attempts int
	// BatchGroups puts several entries of a FIFO group into one request, which
	// takes up to ten times fewer of them. If SQS then refuses an entry and
	// takes a later one of its group, the two are out of order. Default false:
	// a request has at most one entry of each group.
	BatchGroups bool
	// Offload is the claim check: it keeps a body that is too large for a message
	// elsewhere and returns the text to send in its place, by which the receiver
	// finds it. Package claimcheck keeps bodies in S3. It is called for up to 10
	// entries at once, before the first request; an error is the entry's. Default
	// none: an entry that is too large fails with [ErrTooLarge].
	Offload func(ctx context.Context, body []byte) (claim []byte, err error)
	// OffloadOver is how many bytes a message with its attributes may have
	// before its body is offloaded. Default MaxBytes, which is also the most;
	// it needs Offload.
	OffloadOver int
}

// A Sender sends messages to one queue. It keeps no messages back between calls
// and is safe for concurrent use.
type Sender[T any] struct {
	client  API
	url     string
	fifo    bool
	options SenderOptions
}

// NewSender returns a sender to the queue at url, which is FIFO when the url
// ends in ".fifo". Nil options mean the defaults.
func NewSender[T any](client API, url string, options *SenderOptions) (*Sender[T], error) {
	s := &Sender[T]{client: client, url: url, fifo: strings.HasSuffix(url, fifoSuffix)}
	if options != nil {
		s.options = *options
	}
	switch {
	case client == nil:
		return nil, errors.New("queue: NewSender: the client is nil")
	case url == "":
		return nil, errors.New("queue: NewSender: the queue's url is empty")
	}
	if err := s.options.fill(); err != nil {
		return nil, err
	}
	return s, nil
}

// fill checks o and sets its defaults.
func (o *SenderOptions) fill() error {
	switch {
	case o.MaxBytes < 0 || o.MaxBytes > DefaultMaxBytes:
		return fmt.Errorf("queue: SenderOptions.MaxBytes: must be between 1 and %d, got %d", DefaultMaxBytes, o.MaxBytes)
	case o.Attempts < 0:
		return fmt.Errorf("queue: SenderOptions.Attempts: must be at least 1, got %d", o.Attempts)
	case o.OffloadOver != 0 && o.Offload == nil:
		return errors.New("queue: SenderOptions.OffloadOver: needs SenderOptions.Offload")
	}
	if o.Encode == nil {
		o.Encode = json.Marshal
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Attempts == 0 {
		o.Attempts = DefaultAttempts
	}
	if o.OffloadOver == 0 {
		o.OffloadOver = o.MaxBytes
	}
	if o.OffloadOver < 0 || o.OffloadOver > o.MaxBytes {
		return fmt.Errorf("queue: SenderOptions.OffloadOver: must be between 1 and MaxBytes, %d, got %d", o.MaxBytes, o.OffloadOver)
	}
	return nil
}

// Send sends one message per body, in order, on a standard queue; a FIFO queue
// needs the groups of [Sender.SendEntries]. See there for the rest.
func (s *Sender[T]) Send(ctx context.Context, bodies ...T) error {
	entries := make([]Entry[T], len(bodies))
	for i, body := range bodies {
		entries[i].Body = body
	}
	return s.SendEntries(ctx, entries...)
}

// SendEntries sends messages with SendMessageBatch, in requests of up to 10
// entries and 1 MiB. Entries that SQS refuses through no fault of their own are
// sent again, with jitter and until ctx ends. On a FIFO queue the entries of a
// group are sent one after the other, so that a refused one cannot be overtaken;
// when one of them fails for good, the rest of its group is not sent.
//
// Unless everything was sent, the error is a [*SendError] that lists the entries
// that are left. An error of a whole request, which the SDK has retried by then,
// ends the call; only throttling by KMS is retried here. Without entries
// SendEntries does nothing.
func (s *Sender[T]) SendEntries(ctx context.Context, entries ...Entry[T]) error {
	d := &dispatch{ctx: ctx, client: s.client, url: s.url, fifo: s.fifo, options: &s.options}
	d.report = SendError{URL: s.url, Total: len(entries)}
	outgoings := make([]outgoing, len(entries))
	all := make([]*outgoing, len(entries))
	for i := range entries {
		o, e := &outgoings[i], &entries[i]
		o.index, o.group = i, e.Group
		o.err = s.fill(ctx, o, e)
		all[i] = o
	}
	d.offload(all)
	for _, o := range all {
		d.add(o)
	}
	return d.run()
}
