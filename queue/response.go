package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"time"
)

// retained tells whether Lambda must keep the record: everything but a success
// and a record that the dead-letter sink has.
func (t *task) retained() bool {
	return t.state.Load() != stateDone || t.err != nil && !t.accepted
}

// respond returns the partial batch response. Lambda takes an empty list for a
// full success, and a single id that it does not know for a full failure, so a
// record that cannot be named makes the whole response an error:
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html.
func (v *invocation) respond() ([]byte, error) {
	retained := v.retained()
	if err := v.checkIDs(retained); err != nil {
		return nil, err
	}
	size := len(`{"batchItemFailures":[]}`)
	for _, i := range retained {
		size += len(`{"itemIdentifier":},`) + len(v.tasks[i].id)
	}
	out := append(make([]byte, 0, size), `{"batchItemFailures":[`...)
	for _, i := range retained {
		out = appendFailure(out, v.tasks[i].id)
	}
	return append(out, "]}"...), nil
}

// retained returns the tasks to report: of a stream only the first, where Lambda
// sets its checkpoint and goes on from.
func (v *invocation) retained() (indexes []int) {
	for i := range v.tasks {
		if v.tasks[i].retained() {
			indexes = append(indexes, i)
			if v.stream {
				break
			}
		}
	}
	return indexes
}

func appendFailure(out, id []byte) []byte {
	if out[len(out)-1] == '}' {
		out = append(out, ',')
	}
	out = append(out, `{"itemIdentifier":`...)
	out = append(out, id...)
	return append(out, '}')
}

// checkIDs makes sure that each of the retained records can be told from every
// other record by its id.
func (v *invocation) checkIDs(retained []int) error {
	if len(retained) == 0 {
		return nil
	}
	ids := make(map[string]int, len(retained))
	for _, i := range retained {
		id := v.tasks[i].id
		if !json.Valid(id) {
			return fmt.Errorf("queue: invoke: record %d has no id: %w", i, ErrResponse)
		}
		ids[unescaped(id)] = i
	}
	for i := range v.tasks {
		if other, ok := ids[unescaped(v.tasks[i].id)]; ok && other != i {
			return fmt.Errorf("queue: invoke: records %d and %d have the id %s: %w", i, other, v.tasks[i].id, ErrResponse)
		}
	}
	return nil
}

// unescaped returns the JSON string id such that the same ids are equal, however
// they are written.
func unescaped(id []byte) string {
	if bytes.IndexByte(id, '\\') < 0 {
		return string(id)
	}
	return `"` + text(id) + `"`
}

func failAll(r Result) error {
	errs := make([]error, 0, len(r.Failures))
	for _, f := range r.Failures {
		errs = append(errs, fmt.Errorf("%s: %w", f.ID, f.Err))
	}
	return fmt.Errorf("queue: invoke: %w (%d of %d tried): %w", ErrAllFailed, r.Failed, r.Records, errors.Join(errs...))
}

// collect sums up the batch.
func (v *invocation) collect(start time.Time) Result {
	r := Result{Queue: v.arn, Records: len(v.tasks), Start: start}
	var oldest int64
	for i := range v.tasks {
		t := &v.tasks[i]
		v.count(t, &r)
		if t.state.Load() == stateDone && t.seen.sent != 0 && (oldest == 0 || t.seen.sent < oldest) {
			oldest = t.seen.sent
		}
	}
	if oldest != 0 {
		r.OldestAge = max(start.Sub(time.UnixMilli(oldest)), 0)
	}
	return r
}

// count adds one task to r.
func (v *invocation) count(t *task, r *Result) {
	switch state := t.state.Load(); {
	case state == stateSkipped:
		r.Skipped++
	case state != stateDone:
		r.Failed++
		r.Failures = append(r.Failures, v.failure(t, ErrAbandoned))
	case t.err == nil:
		r.Succeeded++
	case t.accepted:
		r.Permanent++
		f := v.failure(t, t.err)
		f.DeadLettered = true
		r.Failures = append(r.Failures, f)
	default:
		r.Failed++
		r.Failures = append(r.Failures, v.failure(t, t.err))
	}
}

func (v *invocation) failure(t *task, err error) Failure {
	return Failure{ID: text(t.id), Group: v.key(t), ReceiveCount: t.receiveCount(), Err: err}
}

// receiveCount reads the count again for a record that a worker may be busy with.
func (t *task) receiveCount() int {
	if t.state.Load() == stateDone {
		return t.seen.receiveCount
	}
	n, _ := strconv.Atoi(text(find(t.raw, "attributes", "ApproximateReceiveCount"))) // else it is 0, not known
	return n
}

// maxLogged is how many failed records of a batch get a line of their own. They
// rarely have as many reasons, and a batch of 10,000 would be 2 MB of log.
const maxLogged = 50

// report logs the batch and calls the hook.
func (v *invocation) report(ctx context.Context, r Result, err error) {
	logger := v.options.logger()
	for _, f := range r.Failures[:min(len(r.Failures), maxLogged)] {
		logger.LogAttrs(ctx, slog.LevelError, "queue: record failed", failureAttrs(f)...)
	}
	level := slog.LevelInfo
	if r.Succeeded < r.Records {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("queue", r.Queue),
		slog.Int("records", r.Records),
		slog.Int("succeeded", r.Succeeded),
		slog.Int("failed", r.Failed),
		slog.Int("skipped", r.Skipped),
		slog.Int("permanent", r.Permanent),
		slog.Duration("duration", r.Duration),
		slog.Duration("oldestAge", r.OldestAge),
	}
	if r.VisibilityErr != nil {
		attrs = append(attrs, slog.Any("visibilityError", r.VisibilityErr))
	}
	if err != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.Any("error", err))
	}
	logger.LogAttrs(ctx, level, "queue: batch done", attrs...)
	v.hook(ctx, r)
}

// hook calls OnBatch. The records are done, so that a panic there is only told.
func (v *invocation) hook(ctx context.Context, r Result) {
	if v.options.OnBatch == nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			v.options.logger().ErrorContext(ctx, "queue: OnBatch panicked", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	v.options.OnBatch(ctx, r)
}

func failureAttrs(f Failure) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("id", f.ID),
		slog.Int("receiveCount", f.ReceiveCount),
		slog.Bool("deadLettered", f.DeadLettered),
		slog.Any("error", f.Err),
	}
	if f.Group != "" {
		attrs = append(attrs, slog.String("group", f.Group))
	}
	var p *PanicError
	if errors.As(f.Err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.Stack)))
	}
	return attrs
}
