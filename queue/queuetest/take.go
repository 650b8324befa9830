package queuetest

import (
	"slices"
	"time"
)

// A decision is what becomes of a message that can be received.
type decision int

const (
	receive decision = iota
	stop             // it is not received, and nothing after it
	discard          // it is received and deleted
)

// take receives up to limit messages of q in the order of their arrival, as
// decide, unless it is nil, says. The caller holds mu.
func (f *Fake) take(q *queueState, limit int, visibility time.Duration, decide func(*message) decision) []*message {
	now := f.now()
	limit = min(limit, f.roomInFlight(q))
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
		d := receive
		if decide != nil {
			d = decide(m)
		}
		switch d {
		case receive:
			taken = append(taken, m)
		case stop:
			*m = before
			return taken
		case discard:
			q.remove(m)
		}
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
