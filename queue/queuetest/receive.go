package queuetest

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// take receives up to limit messages of q in the order of their arrival. It
// stops at the first one that accept, unless it is nil, does not want; that one
// is not received. The caller holds mu.
func (f *Fake) take(q *queueState, limit int, visibility time.Duration, accept func(*message) bool) []*message {
	now := f.now()
	var taken []*message
	locked := q.lockedGroups(now)
	for _, m := range q.messages {
		switch {
		case len(taken) == limit:
			return taken
		case m.gone || q.expire(m, now):
			continue
		case m.visible.After(now) || q.fifo && locked[m.group]:
			locked[m.group] = true // what comes later in the group must wait
			continue
		case f.moveToDeadLetters(q, m, now):
			continue
		}
		before := *m
		m.receives++
		m.issued++
		m.received, m.visible = now, now.Add(visibility)
		if m.first.IsZero() {
			m.first = now
		}
		if accept != nil && !accept(m) {
			*m = before
			return taken
		}
		taken = append(taken, m)
	}
	return taken
}

// available tells whether a message can be received now.
func (q *queueState) available(now time.Time) bool {
	locked := q.lockedGroups(now)
	for m := range q.live() {
		if !m.visible.After(now) && !locked[m.group] {
			return true
		}
	}
	return false
}

// lockedGroups returns the groups of a FIFO queue that have a message in flight:
// nothing more of them is delivered until it is deleted or visible again.
func (q *queueState) lockedGroups(now time.Time) map[string]bool {
	locked := make(map[string]bool)
	if q.fifo {
		for _, m := range q.messages {
			if !m.gone && m.inFlight(now) {
				locked[m.group] = true
			}
		}
	}
	return locked
}

// expire drops a message that is older than the queue's retention period.
func (q *queueState) expire(m *message, now time.Time) bool {
	if now.Sub(m.sent) < q.retention {
		return false
	}
	q.remove(m)
	return true
}

// moveToDeadLetters moves a message that was received too often. On a standard
// queue it keeps the time at which it was sent, so that it can expire in the
// dead-letter queue sooner than expected; on a FIFO queue that time starts anew:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html.
func (f *Fake) moveToDeadLetters(q *queueState, m *message, now time.Time) bool {
	if q.redrive == nil || m.receives < q.redrive.receives {
		return false
	}
	target := f.findARN(q.redrive.target)
	if target == nil {
		return false
	}
	q.remove(m)
	moved := *m
	moved.gone, moved.source, moved.visible = false, q.arn, now.Add(target.delay)
	if q.fifo {
		moved.sent = now
	}
	target.enqueue(&moved, now)
	target.bySerial[moved.serial] = &moved
	f.wake()
	return true
}

// remove deletes m. The slice is cleaned up when half of it is gone, so that
// emptying a long queue takes linear time.
func (q *queueState) remove(m *message) {
	if m.gone {
		return
	}
	m.gone = true
	delete(q.bySerial, m.serial)
	if 2*len(q.bySerial) < len(q.messages) {
		q.messages = slices.Collect(q.live())
	}
}

// live iterates over the messages that are not gone.
func (q *queueState) live() func(yield func(*message) bool) {
	return func(yield func(*message) bool) {
		for _, m := range q.messages {
			if !m.gone && !yield(m) {
				return
			}
		}
	}
}

// nextVisible returns when the first invisible message can be received, zero
// when there is none.
func (q *queueState) nextVisible(now time.Time) (next time.Time) {
	for m := range q.live() {
		if m.visible.After(now) && (next.IsZero() || m.visible.Before(next)) {
			next = m.visible
		}
	}
	return next
}

type receiveInput struct {
	queueInput
	AttributeNames              []string
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             *int
}

type receivedMessage struct {
	MessageID              string `json:"MessageId"`
	ReceiptHandle          string
	Body                   string
	MD5OfBody              string
	Attributes             map[string]string    `json:",omitempty"`
	MessageAttributes      map[string]attribute `json:",omitempty"`
	MD5OfMessageAttributes string               `json:",omitempty"`
}

// receiveMessage is the one operation that waits, and so takes the lock by
// itself.
func (f *Fake) receiveMessage(ctx context.Context, input []byte) (any, error) {
	in, err := decode[receiveInput](input)
	if err != nil {
		return nil, err
	}
	var over <-chan time.Time // a timer's, so that a clock that stands still cannot make the poll endless
	for {
		out, wait, changed, err := f.receive(in)
		if err != nil || len(out) > 0 || wait.poll == 0 {
			return map[string]any{"Messages": out}, err
		}
		if over == nil {
			timer := time.NewTimer(wait.poll)
			defer timer.Stop()
			over = timer.C
		}
		next, stop := after(wait.next)
		select {
		case <-changed:
		case <-next:
		case <-over:
			stop()
			return map[string]any{}, nil
		case <-ctx.Done():
			stop()
			return nil, ctx.Err()
		}
		stop()
	}
}

// waiting says how long a receive waits: poll in all, next until a message
// becomes visible, 0 when none will by itself.
type waiting struct{ poll, next time.Duration }

// after returns a channel that delivers after d, never when d is 0.
func after(d time.Duration) (c <-chan time.Time, stop func()) {
	if d == 0 {
		return nil, func() {}
	}
	timer := time.NewTimer(d)
	return timer.C, func() { timer.Stop() }
}

func (f *Fake) receive(in *receiveInput) (out []receivedMessage, wait waiting, changed <-chan struct{}, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, wait, nil, err
	}
	limit, err := within("MaxNumberOfMessages", in.MaxNumberOfMessages, 1, 10, 1)
	if err != nil {
		return nil, wait, nil, err
	}
	visibility, err := within("VisibilityTimeout", in.VisibilityTimeout, 0, 43_200, int(q.visibility/time.Second))
	if err != nil {
		return nil, wait, nil, err
	}
	poll, err := within("WaitTimeSeconds", in.WaitTimeSeconds, 0, 20, int(q.wait/time.Second))
	if err != nil {
		return nil, wait, nil, err
	}
	for _, m := range f.take(q, limit, time.Duration(visibility)*time.Second, nil) {
		out = append(out, in.show(q, m))
	}
	now := f.now()
	wait.poll = time.Duration(poll) * time.Second
	if next := q.nextVisible(now); !next.IsZero() {
		wait.next = max(next.Sub(now), minWait)
	}
	return out, wait, f.changed, nil
}

// minWait keeps a clock that is stepped by hand, and has stopped just before a
// message becomes visible, from making a loop of a wait.
const minWait = time.Millisecond

func within(name string, value *int, low, high, byDefault int) (int, error) {
	if value == nil {
		return byDefault, nil
	}
	if *value < low || *value > high {
		return 0, errValue("Value %d for parameter %s is invalid. Reason: Must be between %d and %d, if provided.", *value, name, low, high)
	}
	return *value, nil
}

// show returns what the caller asked to see of m.
func (in *receiveInput) show(q *queueState, m *message) receivedMessage {
	out := receivedMessage{MessageID: m.id, ReceiptHandle: m.handle(q), Body: m.body, MD5OfBody: md5Text(m.body)}
	names := slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames)
	out.Attributes = m.systemAttributes()
	if !slices.Contains(names, "All") {
		maps.DeleteFunc(out.Attributes, func(name, _ string) bool { return !slices.Contains(names, name) })
	}
	out.MessageAttributes = make(map[string]attribute)
	for name, a := range m.attributes {
		if selected(in.MessageAttributeNames, name) {
			out.MessageAttributes[name] = a
		}
	}
	out.MD5OfMessageAttributes = md5Attributes(out.MessageAttributes)
	return out
}

// selected tells whether one of patterns is name, "All", or a prefix that ends
// in ".*".
func selected(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		prefix, ok := strings.CutSuffix(p, ".*")
		return p == name || p == "All" || ok && strings.HasPrefix(name, prefix)
	})
}

// systemAttributes returns everything that SQS tells about m.
func (m *message) systemAttributes() map[string]string {
	all := map[string]string{
		"ApproximateReceiveCount":          strconv.Itoa(m.receives),
		"SentTimestamp":                    strconv.FormatInt(m.sent.UnixMilli(), 10),
		"SenderId":                         senderID,
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.first.UnixMilli(), 10),
	}
	for name, value := range map[string]string{
		"MessageGroupId":           m.group,
		"MessageDeduplicationId":   m.dedup,
		"SequenceNumber":           m.sequence,
		"AWSTraceHeader":           m.trace(),
		"DeadLetterQueueSourceArn": m.source,
	} {
		if value != "" {
			all[name] = value
		}
	}
	return all
}

// senderID is the principal of every message of a fake.
const senderID = "AIDACKCEVSQ6C2EXAMPLE"
