package queue

import (
	"context"
	"crypto/md5" //nolint:gosec // SQS's checksum, not a secret
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/go-thaw/thaw/internal/backoff"
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
	// for a queue whose MaximumMessageSize is smaller than SQS's own limit.
	// Default [DefaultMaxBytes], which is also the most.
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
}

// A Sender sends messages to one queue. It keeps no messages back between calls
// and is safe for concurrent use.
type Sender[T any] struct {
	client  API
	url     string
	fifo    bool
	options SenderOptions
}

// retryPolicy spreads the attempts of refused entries: after up to 100 ms, then
// 200, 400 and so on. Throttling, their usual cause, passes within a second.
var retryPolicy = backoff.Policy{Base: 100 * time.Millisecond, Max: 5 * time.Second}

// NewSender returns a sender to the queue at url, which is FIFO when the url
// ends in ".fifo". Nil options mean the defaults.
func NewSender[T any](client API, url string, options *SenderOptions) (*Sender[T], error) {
	s := &Sender[T]{client: client, url: url, fifo: strings.HasSuffix(url, fifoSuffix)}
	if options != nil {
		s.options = *options
	}
	o := &s.options
	switch {
	case client == nil:
		return nil, errors.New("queue: NewSender: the client is nil")
	case url == "":
		return nil, errors.New("queue: NewSender: the queue's url is empty")
	case o.MaxBytes < 0 || o.MaxBytes > DefaultMaxBytes:
		return nil, fmt.Errorf("queue: SenderOptions.MaxBytes: must be between 1 and %d, got %d", DefaultMaxBytes, o.MaxBytes)
	case o.Attempts < 0:
		return nil, fmt.Errorf("queue: SenderOptions.Attempts: must be at least 1, got %d", o.Attempts)
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
	return s, nil
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
// ends the call. Without entries SendEntries does nothing.
func (s *Sender[T]) SendEntries(ctx context.Context, entries ...Entry[T]) error {
	d := &dispatch{ctx: ctx, client: s.client, url: s.url, fifo: s.fifo, options: &s.options}
	d.report = SendError{URL: s.url, Total: len(entries)}
	for i := range entries {
		o, err := s.newOutgoing(i, &entries[i])
		if err != nil {
			o = &outgoing{index: i, group: entries[i].Group}
		}
		d.add(o, err)
	}
	return d.run()
}

// A dispatch is one call of SendEntries.
type dispatch struct {
	ctx     context.Context //nolint:containedctx // lives as long as the call
	client  API
	url     string
	fifo    bool
	options *SenderOptions

	pending []*outgoing // in the order of the arguments
	stopped map[string]bool
	report  SendError
}

// add queues o unless it or an earlier entry of its group is not to be sent.
func (d *dispatch) add(o *outgoing, err error) {
	switch {
	case err != nil:
		d.fail(o, err, false)
	case d.fifo && d.stopped[o.group]:
		d.fail(o, ErrGroupStopped, false)
	default:
		d.pending = append(d.pending, o)
	}
}

// fail notes that o was not sent; on a FIFO queue its group ends there.
func (d *dispatch) fail(o *outgoing, err error, unknown bool) {
	if d.stopped == nil {
		d.stopped = make(map[string]bool)
	}
	d.stopped[o.group] = true
	d.report.Failures = append(d.report.Failures, SendFailure{Index: o.index, Err: err, Unknown: unknown})
}

func (d *dispatch) run() error {
	for refusals := 0; len(d.pending) > 0; {
		request := d.take()
		again, err := d.send(request)
		if err == nil && len(again) > 0 {
			refusals++
			err = retryPolicy.Wait(d.ctx, refusals)
		} else {
			refusals = 0
		}
		d.putBack(again)
		if err != nil {
			for _, o := range d.pending {
				d.fail(o, err, false)
			}
			break
		}
	}
	if len(d.report.Failures) == 0 && len(d.report.Mismatched) == 0 {
		return nil
	}
	slices.SortFunc(d.report.Failures, func(a, b SendFailure) int { return a.Index - b.Index })
	slices.Sort(d.report.Mismatched)
	return &d.report
}

// take removes the entries of the next request from pending.
func (d *dispatch) take() []*outgoing {
	var request []*outgoing
	size := 0
	blocked := make(map[string]bool) // groups of which nothing more may overtake
	rest := d.pending[:0:0]
	for i, o := range d.pending {
		full := size+o.size > DefaultMaxBytes
		if len(request) == maxEntries || full && !d.fifo {
			rest = append(rest, d.pending[i:]...)
			break
		}
		if full || blocked[o.group] {
			blocked[o.group] = true
			rest = append(rest, o)
			continue
		}
		blocked[o.group] = d.fifo && !d.options.BatchGroups
		size += o.size
		request = append(request, o)
	}
	d.pending = rest
	return request
}

// putBack returns entries to their places, except those whose group has ended.
func (d *dispatch) putBack(again []*outgoing) {
	all := append(again, d.pending...)
	slices.SortFunc(all, func(a, b *outgoing) int { return a.index - b.index })
	d.pending = nil
	for _, o := range all {
		d.add(o, nil)
	}
}

// send makes one request and returns the entries to send again. An error is that
// of the whole request, whose entries are noted as failed.
func (d *dispatch) send(request []*outgoing) (again []*outgoing, err error) {
	entries := make([]types.SendMessageBatchRequestEntry, len(request))
	for i, o := range request {
		o.attempts++
		entries[i] = o.wire
		entries[i].Id = aws.String(strconv.Itoa(i))
	}
	if err = d.ctx.Err(); err != nil {
		return request, err
	}
	out, err := d.client.SendMessageBatch(d.ctx, &sqs.SendMessageBatchInput{QueueUrl: aws.String(d.url), Entries: entries}, ownChecksums)
	if err != nil {
		for _, o := range request {
			d.fail(o, err, !refused(err))
		}
		return nil, err
	}
	return d.settle(request, out), nil
}

// ownChecksums turns the SDK's check off: a wrong checksum there is an error
// without the output, and a batch that was sent looks like one that was not.
func ownChecksums(o *sqs.Options) { o.DisableMessageChecksumValidation = true }

// refused tells whether SQS answered err before it took anything in.
func refused(err error) bool {
	var answer smithy.APIError
	return errors.As(err, &answer) && answer.ErrorFault() != smithy.FaultServer
}

// settle goes through the answer to a request and returns the entries to send
// again.
func (d *dispatch) settle(request []*outgoing, out *sqs.SendMessageBatchOutput) (again []*outgoing) {
	sent := make(map[string]*string, len(out.Successful))
	for _, r := range out.Successful {
		sent[aws.ToString(r.Id)] = r.MD5OfMessageBody
	}
	failed := make(map[string]*EntryError, len(out.Failed))
	for _, f := range out.Failed {
		failed[aws.ToString(f.Id)] = entryError(f)
	}
	for i, o := range request {
		id := strconv.Itoa(i)
		sum, ok := sent[id]
		answer := failed[id]
		switch {
		case ok:
			if sum != nil && *sum != checksum(*o.wire.MessageBody) {
				d.report.Mismatched = append(d.report.Mismatched, o.index)
			}
		case answer == nil:
			d.fail(o, ErrNoAnswer, true)
		case answer.SenderFault || o.attempts >= d.options.Attempts:
			d.fail(o, answer, false)
		default:
			again = append(again, o)
		}
	}
	return again
}

func checksum(body string) string {
	sum := md5.Sum([]byte(body)) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}
