package queuetest

import (
	"context"
	"fmt"
	"time"
)

// Counts are how many messages of a queue are in which state.
type Counts struct {
	// Visible messages can be received now, InFlight ones were received and are
	// invisible, Delayed ones were never received and are invisible yet.
	Visible, InFlight, Delayed int
}

// Total returns the number of messages.
func (c Counts) Total() int { return c.Visible + c.InFlight + c.Delayed }

// A StoredMessage is a message in a queue, as [Fake.Messages] shows it.
type StoredMessage struct {
	// ID, Body, Group, DeduplicationID and Trace are those that it was sent with.
	ID, Body, Group, DeduplicationID, Trace string
	// Attributes are the values of its message attributes; binary ones are
	// strings of their bytes.
	Attributes map[string]string
	// ReceiveCount is how often it was received.
	ReceiveCount int
	// Sent is when it was sent, Visible when it can be received (again).
	Sent, Visible time.Time
	// InFlight tells that it was received and is invisible.
	InFlight bool
	// Source is the ARN of the queue from which a redrive policy moved it.
	Source string
}

// Counts returns how many messages the named queue has. It panics, as all
// methods that take the name of a queue, when there is no such queue.
func (f *Fake) Counts(queue string) Counts {
	f.lock()
	defer f.mu.Unlock()
	return f.named(queue).counts(f.now())
}

// Messages returns the messages of the named queue in the order of their
// arrival, visible or not. It does not receive them.
func (f *Fake) Messages(queue string) []StoredMessage {
	f.lock()
	defer f.mu.Unlock()
	var out []StoredMessage
	for m := range f.named(queue).live() {
		out = append(out, m.show(f.now()))
	}
	return out
}

// Redeliver makes messages of the named queue visible at once although they may
// be in flight, as when their visibility timeout runs out while they are handled.
// Without ids it does so with every message.
func (f *Fake) Redeliver(queue string, ids ...string) {
	f.lock()
	defer f.mu.Unlock()
	f.each(queue, ids, func(_ *queueState, m *message) { m.visible = f.now() })
}

// Duplicate stores one more copy of messages of the named queue, with the same
// id and visible at once: at-least-once delivery at its worst. Without ids it
// does so with every message.
func (f *Fake) Duplicate(queue string, ids ...string) {
	f.lock()
	defer f.mu.Unlock()
	copied := make(map[string]bool)
	f.each(queue, ids, func(q *queueState, m *message) {
		if copied[m.id] { // itself a copy
			return
		}
		copied[m.id] = true
		f.ids++
		twin := *m
		twin.serial, twin.visible = f.ids, f.now()
		q.messages = append(q.messages, &twin)
		q.bySerial[twin.serial] = &twin
	})
}

// Deliver returns a function that sends a body to the named queue, for whatever
// delivers to it: a rule's target, a subscription. On a FIFO queue the messages
// are of one group, "default".
func (f *Fake) Deliver(queue string) func(ctx context.Context, body []byte) error {
	return f.DeliverGroup(queue, "default")
}

// DeliverGroup is [Fake.Deliver] with a message group for FIFO queues.
func (f *Fake) DeliverGroup(queue, group string) func(ctx context.Context, body []byte) error {
	return func(ctx context.Context, body []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		f.lock()
		defer f.mu.Unlock()
		q := f.named(queue)
		e := &sendEntry{MessageBody: string(body)}
		if q.fifo {
			e.MessageGroupID, e.MessageDeduplicationID = group, fmt.Sprint("delivery-", f.ids+1)
		}
		if _, err := f.send(q, e); err != nil {
			return fmt.Errorf("queuetest: deliver to %s: %w", queue, err)
		}
		return nil
	}
}

// named returns a queue by its name.
func (f *Fake) named(name string) *queueState {
	q := f.queues[name]
	if q == nil {
		panic(fmt.Sprintf("queuetest: there is no queue %q", name))
	}
	return q
}

// each calls change for the messages with the given ids, for all without ids.
func (f *Fake) each(queue string, ids []string, change func(*queueState, *message)) {
	q := f.named(queue)
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	for _, m := range q.messages {
		if !m.gone && (len(ids) == 0 || wanted[m.id]) {
			change(q, m)
		}
	}
	f.wake()
}

func (q *queueState) counts(now time.Time) (c Counts) {
	for m := range q.live() {
		switch {
		case !m.visible.After(now):
			c.Visible++
		case m.receives > 0:
			c.InFlight++
		default:
			c.Delayed++
		}
	}
	return c
}

func (m *message) show(now time.Time) StoredMessage {
	s := StoredMessage{
		ID: m.id, Body: m.body, Group: m.group, DeduplicationID: m.dedup, Trace: m.trace(), ReceiveCount: m.receives,
		Sent: m.sent, Visible: m.visible, InFlight: m.inFlight(now), Source: m.source,
		Attributes: make(map[string]string, len(m.attributes)),
	}
	for name, a := range m.attributes {
		s.Attributes[name] = string(a.BinaryValue)
		if a.StringValue != nil {
			s.Attributes[name] = *a.StringValue
		}
	}
	return s
}
