package queuetest

import (
	"bytes"
	"encoding/json"

	"github.com/go-thaw/thaw/internal/awsfake"
	"github.com/go-thaw/thaw/internal/sqsdigest"
)

// maxPayload is the most that Lambda puts into one invocation:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
const maxPayload = 6 << 20

// eventFrame is what surrounds the records of an event.
const eventFrame = `{"Records":[]}`

// gathered is a batch of received messages, with their receipts and their
// records at the time of the receive.
type gathered struct {
	messages []receipt
	size     int // of the payload
	full     bool
}

type receipt struct {
	id, handle string
	record     []byte
}

// gather receives messages into b until it is full or no more are visible, and
// deletes those that the filters do not let through. The caller holds the fake's
// lock.
func (m *Mapping) gather(b *gathered) {
	q := m.fake.queues[m.queue]
	if q == nil || b.full {
		return
	}
	m.fake.take(q, m.options.BatchSize-len(b.messages), q.visibility, func(msg *message) decision {
		switch {
		case !m.options.matches(msg.body):
			return discard
		case !b.add(receipt{msg.id, msg.handle(q), record(q, msg)}):
			return stop
		}
		return receive
	})
	b.full = b.full || len(b.messages) == m.options.BatchSize
}

// add appends r, unless the payload would grow too large.
func (b *gathered) add(r receipt) bool {
	size := max(b.size, len(eventFrame)) + len(r.record) + len(",")
	if b.full = size > maxPayload; b.full {
		return false
	}
	b.messages, b.size = append(b.messages, r), size
	return true
}

// payload returns the event.
func (b *gathered) payload() []byte {
	out := make([]byte, 0, b.size)
	out = append(out, `{"Records":[`...)
	for i, r := range b.messages {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, r.record...)
	}
	return append(out, "]}"...)
}

// eventRecord is a record of an SQS event:
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html.
type eventRecord struct {
	MessageID         string                    `json:"messageId"`
	ReceiptHandle     string                    `json:"receiptHandle"`
	Body              string                    `json:"body"`
	Attributes        map[string]string         `json:"attributes"`
	MessageAttributes map[string]eventAttribute `json:"messageAttributes"`
	MD5OfAttributes   string                    `json:"md5OfMessageAttributes,omitempty"`
	MD5OfBody         string                    `json:"md5OfBody"`
	EventSource       string                    `json:"eventSource"`
	EventSourceARN    string                    `json:"eventSourceARN"`
	AWSRegion         string                    `json:"awsRegion"`
}

type eventAttribute struct {
	StringValue      *string  `json:"stringValue,omitempty"`
	BinaryValue      []byte   `json:"binaryValue,omitempty"`
	StringListValues []string `json:"stringListValues"`
	BinaryListValues [][]byte `json:"binaryListValues"`
	DataType         string   `json:"dataType"`
}

func record(q *queueState, m *message) []byte {
	r := eventRecord{
		MessageID: m.id, ReceiptHandle: m.handle(q), Body: m.body,
		Attributes: m.systemAttributes(), MessageAttributes: make(map[string]eventAttribute),
		MD5OfBody: sqsdigest.Body(m.body), MD5OfAttributes: digest(m.attributes),
		EventSource: "aws:sqs", EventSourceARN: q.arn, AWSRegion: awsfake.Region,
	}
	for name, a := range m.attributes {
		r.MessageAttributes[name] = eventAttribute{
			StringValue: a.StringValue, BinaryValue: a.BinaryValue, DataType: a.DataType,
			StringListValues: []string{}, BinaryListValues: [][]byte{},
		}
	}
	return encode(r)
}

// encode writes v as JSON without escaping HTML, as AWS does.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // strings and numbers only
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
