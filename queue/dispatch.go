package queue

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/go-thaw/thaw/internal/backoff"
	"github.com/go-thaw/thaw/internal/sqsdigest"
)

// A dispatch is one call of SendEntries.
type dispatch struct {
	ctx     context.Context //nolint:containedctx // lives as long as the call
	client  API
	url     string
	fifo    bool
	options *SenderOptions

	pending []*outgoing    // in the order of the arguments
	groups  map[string]int // how many entries of each are pending, on a FIFO queue
	stopped map[string]bool
	report  SendError
}

// retryPolicy spreads the attempts of refused entries: after up to 100 ms, then
// 200, 400 and so on. Throttling, their usual cause, passes within a second.
var retryPolicy = backoff.Policy{Base: 100 * time.Millisecond, Max: 5 * time.Second}

// add queues o unless it or an earlier entry of its group is not to be sent.
func (d *dispatch) add(o *outgoing) {
	switch {
	case o.err != nil:
		d.fail(o, o.err, false)
	case d.fifo && d.stopped[o.group]:
		d.fail(o, ErrGroupStopped, false)
	default:
		d.pending = append(d.pending, o)
		d.count(o, 1)
	}
}

// count adds n to what is pending of o's group.
func (d *dispatch) count(o *outgoing, n int) {
	if !d.fifo {
		return
	}
	if d.groups == nil {
		d.groups = make(map[string]int)
	}
	if d.groups[o.group] += n; d.groups[o.group] == 0 {
		delete(d.groups, o.group)
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
		known := len(d.report.Failures)
		again, err := d.send(d.take())
		if len(again) > 0 || d.fifo && len(d.report.Failures) > known {
			d.putBack(again)
		}
		if err == nil && len(again) > 0 {
			refusals++
			err = retryPolicy.Wait(d.ctx, refusals)
		} else {
			refusals = 0
		}
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
	slices.SortFunc(d.report.Failures, func(a, b SendFailure) int { return cmp.Compare(a.Index, b.Index) })
	slices.Sort(d.report.Mismatched)
	return &d.report
}

// take removes the entries of the next request from pending. Nothing is
// overtaken on a standard queue, and nothing of its own group on a FIFO queue,
// where the search ends when no group is left that may go.
func (d *dispatch) take() []*outgoing {
	var request, skipped []*outgoing
	size, seen := 0, 0
	blocked := make(map[string]bool) // groups of which nothing more may go
	for _, o := range d.pending {
		full := size+o.size > DefaultMaxBytes
		if len(request) == maxEntries || full && !d.fifo || d.fifo && len(blocked) == len(d.groups) {
			break
		}
		seen++
		if full || blocked[o.group] {
			blocked[o.group] = true
			skipped = append(skipped, o)
			continue
		}
		if d.fifo && !d.options.BatchGroups {
			blocked[o.group] = true
		}
		size += o.size
		request = append(request, o)
	}
	// What was skipped moves up against what was not looked at.
	copy(d.pending[len(request):seen], skipped)
	d.pending = d.pending[len(request):]
	for _, o := range request {
		d.count(o, -1)
	}
	return request
}

// putBack returns entries to their places, except those whose group has ended.
func (d *dispatch) putBack(again []*outgoing) {
	all := slices.Concat(again, d.pending)
	slices.SortFunc(all, func(a, b *outgoing) int { return cmp.Compare(a.index, b.index) })
	d.pending = nil
	clear(d.groups)
	for _, o := range all {
		d.add(o)
	}
}

// send makes one request and returns the entries to send again. An error is that
// of the whole request, whose entries are noted as failed.
func (d *dispatch) send(request []*outgoing) (again []*outgoing, err error) {
	if err = d.ctx.Err(); err != nil {
		return request, err
	}
	entries := make([]types.SendMessageBatchRequestEntry, len(request))
	for i, o := range request {
		o.attempts++
		entries[i] = o.wire
		entries[i].Id = aws.String(strconv.Itoa(i))
	}
	out, err := d.client.SendMessageBatch(d.ctx, &sqs.SendMessageBatchInput{QueueUrl: aws.String(d.url), Entries: entries}, ownChecksums)
	switch {
	case err == nil:
		return d.settle(request, out), nil
	case throttledByKMS(err) && !slices.ContainsFunc(request, d.exhausted):
		return request, nil
	}
	for _, o := range request {
		d.fail(o, err, !refused(err))
	}
	return nil, err
}

// exhausted tells whether o was sent as often as it may be.
func (d *dispatch) exhausted(o *outgoing) bool { return o.attempts >= d.options.Attempts }

// throttledByKMS tells whether the key of an encrypted queue was asked too often.
// SQS has taken nothing in then, and the SDK does not retry it.
func throttledByKMS(err error) bool {
	var throttled *types.KmsThrottled
	return errors.As(err, &throttled)
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
	sent := make(map[string]*types.SendMessageBatchResultEntry, len(out.Successful))
	for i := range out.Successful {
		sent[aws.ToString(out.Successful[i].Id)] = &out.Successful[i]
	}
	failed := make(map[string]*EntryError, len(out.Failed))
	for _, f := range out.Failed {
		failed[aws.ToString(f.Id)] = entryError(f)
	}
	for i, o := range request {
		id := strconv.Itoa(i)
		result, ok := sent[id]
		answer := failed[id]
		switch {
		case ok:
			if !matches(&o.wire, result) {
				d.report.Mismatched = append(d.report.Mismatched, o.index)
			}
		case answer == nil:
			d.fail(o, ErrNoAnswer, true)
		case answer.SenderFault || d.exhausted(o):
			d.fail(o, answer, false)
		default:
			again = append(again, o)
		}
	}
	return again
}

// matches tells whether the checksums of the answer are those of what was sent.
// A checksum that is missing is not wrong.
func matches(sent *types.SendMessageBatchRequestEntry, got *types.SendMessageBatchResultEntry) bool {
	if sum := aws.ToString(got.MD5OfMessageBody); sum != "" && sum != sqsdigest.Body(*sent.MessageBody) {
		return false
	}
	sum := aws.ToString(got.MD5OfMessageAttributes)
	return sum == "" || sum == attributesDigest(sent.MessageAttributes)
}

func attributesDigest(attributes map[string]types.MessageAttributeValue) string {
	all := make([]sqsdigest.Attribute, 0, len(attributes))
	for name, a := range attributes {
		all = append(all, sqsdigest.Attribute{Name: name, Type: *a.DataType, String: aws.ToString(a.StringValue), Binary: a.BinaryValue})
	}
	return sqsdigest.Attributes(all)
}
