package queuetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/go-thaw/thaw/internal/sqsdigest"
)

// sendEntry is what SendMessage and the entries of SendMessageBatch have in
// common.
type sendEntry struct {
	ID                      string `json:"Id"`
	MessageBody             string
	DelaySeconds            *int
	MessageAttributes       map[string]attribute
	MessageSystemAttributes map[string]attribute
	MessageDeduplicationID  string `json:"MessageDeduplicationId"`
	MessageGroupID          string `json:"MessageGroupId"`
}

type sendResult struct {
	ID             string `json:"Id,omitempty"`
	MessageID      string `json:"MessageId"`
	BodyMD5        string `json:"MD5OfMessageBody"`
	AttributesMD5  string `json:"MD5OfMessageAttributes,omitempty"`
	SystemMD5      string `json:"MD5OfMessageSystemAttributes,omitempty"`
	SequenceNumber string `json:",omitempty"`
}

func (f *Fake) sendMessage(in *struct {
	queueInput
	sendEntry
}) (any, error) {
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	in.ID = ""
	return f.send(q, &in.sendEntry)
}

func (f *Fake) sendMessageBatch(in *struct {
	queueInput
	Entries []sendEntry
}) (any, error) {
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, func(e sendEntry) string { return e.ID }); err != nil {
		return nil, err
	}
	total := 0
	for i := range in.Entries {
		total += in.Entries[i].message().size()
	}
	if total > numbers["MaximumMessageSize"].high {
		return nil, refuse("BatchRequestTooLong", "Batch requests cannot be longer than %d bytes. You have sent %d bytes.", numbers["MaximumMessageSize"].high, total)
	}
	out := newBatchResult()
	for i := range in.Entries {
		e := &in.Entries[i]
		f.answerEntry(out, "SendMessageBatch", e.ID, e.MessageBody, func() (any, error) { return f.send(q, e) })
	}
	return out, nil
}

// message returns the message that e asks for.
func (e *sendEntry) message() *message {
	return &message{
		body: e.MessageBody, attributes: e.MessageAttributes, system: e.MessageSystemAttributes,
		group: e.MessageGroupID, dedup: e.MessageDeduplicationID,
	}
}

// send puts one message into q. The caller holds mu.
func (f *Fake) send(q *queueState, e *sendEntry) (*sendResult, error) {
	m := e.message()
	if err := check(q, m); err != nil {
		return nil, err
	}
	delay, err := checkDelay(q, e.DelaySeconds)
	if err != nil {
		return nil, err
	}
	if q.fifo && m.dedup == "" {
		if !q.contentDedup {
			return nil, errValue("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
		}
		sum := sha256.Sum256([]byte(m.body))
		m.dedup = hex.EncodeToString(sum[:])
	}
	now := f.now()
	if !q.repeated(m, now) {
		m.id, m.sent, m.visible = f.nextID(), now, now.Add(delay)
		q.enqueue(m, now)
		m.serial = f.ids
		q.bySerial[m.serial] = m
		f.wake()
	}
	return &sendResult{
		ID: e.ID, MessageID: m.id, SequenceNumber: m.sequence, BodyMD5: sqsdigest.Body(m.body),
		AttributesMD5: digest(m.attributes), SystemMD5: digest(m.system),
	}, nil
}

// nextID returns a message id: the next number in the form of a UUID, so that
// tests and examples see the same ids every time.
func (f *Fake) nextID() string {
	f.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", f.ids)
}

// enqueue appends m, and on a FIFO queue numbers it and remembers its
// deduplication id.
func (q *queueState) enqueue(m *message, now time.Time) {
	if q.fifo {
		m.sequence = q.history.add(q.dedupKey(m), m.id, now)
	}
	q.messages = append(q.messages, m)
}

// repeated tells whether m repeats a message that is still remembered, and gives
// it that message's identity.
func (q *queueState) repeated(m *message, now time.Time) bool {
	if !q.fifo {
		return false
	}
	old, ok := q.history.find(q.dedupKey(m), now)
	if ok {
		m.id, m.sequence = old.id, old.sequence
	}
	return ok
}

func (q *queueState) dedupKey(m *message) string {
	if q.groupDedup {
		return m.group + "\x00" + m.dedup
	}
	return m.dedup
}
