package queue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// maxEntries is how many entries a batch request of SQS may have:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html.
const maxEntries = 10

// maxPostpone is how long a message may stay invisible. SQS allows 12 hours from
// the receive, which a batching window puts up to 5 minutes before the
// invocation; the invocation's own time is taken off where it is known.
const maxPostpone = 12*time.Hour - 5*time.Minute

// postpone makes failed records visible again after their waits. What goes
// wrong is returned and does no further harm.
func (v *invocation) postpone(ctx context.Context, start time.Time) (err error) {
	if v.options.Client == nil {
		return nil
	}
	defer func() { // of the options' Backoff
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	entries := v.postponed(maxPostpone - time.Since(start))
	ctx, cancel := v.limits.context(ctx, v.limits.last)
	defer cancel()
	return v.changeVisibility(ctx, entries)
}

// heartbeat keeps the batch invisible for two more intervals, so that one lost
// beat does no harm. Records that are done are no exception: Lambda deletes them
// only after the response.
func (v *invocation) heartbeat() {
	var entries []types.ChangeMessageVisibilityBatchRequestEntry
	for i := range v.tasks {
		if handle := v.tasks[i].receiptHandle(); handle != "" {
			entries = append(entries, entry(i, handle, 2*v.options.Heartbeat))
		}
	}
	v.heartbeatErr = errors.Join(v.heartbeatErr, v.changeVisibility(v.sinking, entries))
}

func entry(index int, handle string, wait time.Duration) types.ChangeMessageVisibilityBatchRequestEntry {
	return types.ChangeMessageVisibilityBatchRequestEntry{
		Id:                aws.String(strconv.Itoa(index)),
		ReceiptHandle:     aws.String(handle),
		VisibilityTimeout: seconds(wait),
	}
}

// postponed returns an entry for each record that has to wait. On a FIFO queue
// the records that come after it in its lane wait too: SQS holds a group back as
// long as any of its messages is in flight.
func (v *invocation) postponed(longest time.Duration) []types.ChangeMessageVisibilityBatchRequestEntry {
	waits := make([]time.Duration, len(v.tasks))
	for i := range v.tasks {
		waits[i] = v.wait(&v.tasks[i])
	}
	for _, lane := range v.lanes {
		failed := time.Duration(-1)
		for _, i := range lane {
			if waits[i] >= 0 {
				failed = waits[i]
			} else if v.tasks[i].state.Load() == stateSkipped {
				waits[i] = failed
			}
		}
	}
	var entries []types.ChangeMessageVisibilityBatchRequestEntry
	for i, wait := range waits {
		if wait < 0 {
			continue
		}
		if handle := v.tasks[i].receiptHandle(); handle != "" {
			entries = append(entries, entry(i, handle, min(wait, longest)))
		}
	}
	return entries
}

// wait returns how long a failed record stays invisible; negative leaves it its
// visibility timeout. So do permanent failures without a sink, for which there
// is nothing to wait, and records that were abandoned, whose handlers may still
// be at work on them.
func (v *invocation) wait(t *task) time.Duration {
	if t.state.Load() != stateDone || t.err == nil || t.accepted {
		return -1
	}
	var sink *SinkError
	if !errors.As(t.err, &sink) {
		if v.permanent(t.err) {
			return -1
		}
		if d, ok := RetryDelay(t.err); ok {
			return d
		}
	}
	return v.options.Backoff(t.seen.receiveCount)
}

// receiptHandle finds the handle of a record. Without one it just keeps its
// visibility timeout.
func (t *task) receiptHandle() string { return text(find(t.raw, "receiptHandle")) }

// seconds rounds d up to the whole seconds that SQS counts in.
func seconds(d time.Duration) int32 {
	return int32((d + time.Second - 1) / time.Second) //nolint:gosec // at most 12 hours
}

// changeVisibility goes through all entries, also after one part has failed.
func (v *invocation) changeVisibility(ctx context.Context, entries []types.ChangeMessageVisibilityBatchRequestEntry) error {
	if len(entries) == 0 {
		return nil
	}
	url, err := queueURL(ctx, v.arn)
	if err != nil {
		return err
	}
	var errs []error
	for part := range slices.Chunk(entries, maxEntries) {
		out, err := v.options.Client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: aws.String(url), Entries: part})
		if err != nil {
			errs = append(errs, fmt.Errorf("queue: change the visibility of %d records: %w", len(part), err))
			continue
		}
		for _, f := range out.Failed {
			errs = append(errs, fmt.Errorf("queue: change the visibility of record %s: %w", aws.ToString(f.Id), entryError(f)))
		}
	}
	return errors.Join(errs...)
}

// isQueue tells whether arn has the form of a queue's.
func isQueue(arn string) bool {
	parts := strings.Split(arn, ":")
	return len(parts) == 6 && parts[2] == "sqs"
}

// queueURL returns the URL of the queue with the given ARN,
// arn:partition:sqs:region:account:name. The SDK knows the host of each
// partition; SQS itself goes by the account and the name.
func queueURL(ctx context.Context, arn string) (string, error) {
	parts := strings.Split(arn, ":")
	if !isQueue(arn) {
		return "", fmt.Errorf("queue: %q is not the ARN of a queue", arn)
	}
	endpoint, err := sqs.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, sqs.EndpointParameters{
		Region:       aws.String(parts[3]),
		UseDualStack: aws.Bool(false),
		UseFIPS:      aws.Bool(false),
	})
	if err != nil {
		return "", fmt.Errorf("queue: endpoint of %s: %w", arn, err)
	}
	return endpoint.URI.JoinPath(parts[4], parts[5]).String(), nil
}
