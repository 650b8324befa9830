package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// A payload is what Lambda passes to a function, taken apart.
type payload struct {
	// messages are handled independently of each other.
	messages []*message
	// partial asks for an answer that lists the messages that failed.
	partial bool
}

// A message is what is delivered again as a whole: an event, or an SQS message
// or SNS notification with one or several events.
type message struct {
	id     string // of an SQS message
	group  string // messages of one group are handled in order; empty: no group
	events []*Envelope
	err    error // the message could not be read
}

// readPayload tells the forms of payload apart: an object or an array of
// events, and records of SQS or SNS with such objects or arrays in them.
func readPayload(data []byte) (*payload, error) {
	if isArray(data) {
		p := &payload{}
		err := eachEvent(data, func(event []byte) {
			m := &message{}
			m.add(event)
			p.messages = append(p.messages, m)
		})
		return p, err
	}
	r := newEnvelopeReader(data)
	if err := r.read(); err != nil {
		return nil, err
	}
	if r.isRecords {
		return takeRecords(r.records)
	}
	m := &message{}
	m.take(r.envelope())
	return &payload{messages: []*message{m}}, nil
}

func isArray(data []byte) bool {
	text := trimSpace(data)
	return len(text) > 0 && text[0] == '['
}

// readRaw returns the next value of s as a part of data, the text of s.
func readRaw(s *jsonscan.Scanner, data []byte) []byte {
	s.Kind() // reads white space
	start := s.Offset()
	s.Skip()
	return data[start:s.Offset():s.Offset()]
}

// eachEvent calls yield with data, or with its elements when it is an array.
func eachEvent(data []byte, yield func(event []byte)) error {
	if !isArray(data) {
		yield(data)
		return nil
	}
	s := jsonscan.New(string(data))
	for s.Array(); s.Element(); {
		if event := readRaw(&s, data); s.Err() == nil {
			yield(event)
		}
	}
	if err := s.End(); err != nil {
		return malformed(err)
	}
	return nil
}

// add reads one event into the message.
func (m *message) add(event []byte) { m.take(ParseEnvelope(event)) }

func (m *message) take(e *Envelope, err error) {
	if err != nil {
		m.err = errors.Join(m.err, err)
		return
	}
	m.events = append(m.events, e)
}

// A record is what is needed of a record of SQS or SNS. The two spell
// "eventSource" differently, which encoding/json does not mind.
type record struct {
	EventSource    string `json:"eventSource"`
	EventSourceARN string `json:"eventSourceARN"`
	MessageID      string `json:"messageId"`
	Body           string `json:"body"`
	Attributes     struct {
		MessageGroupID string `json:"MessageGroupId"`
	} `json:"attributes"`
	SNS notification `json:"Sns"`
}

// A notification is what SNS delivers, to Lambda as a record and to SQS as the
// body of a message.
type notification struct {
	Type    string `json:"Type"`
	Message string `json:"Message"`
}

func takeRecords(records [][]byte) (*payload, error) {
	p := &payload{}
	for _, raw := range records {
		var r record
		if err := json.Unmarshal(raw, &r); err != nil {
			return nil, fmt.Errorf("events: %w: record: %w", ErrMalformed, err)
		}
		switch r.EventSource {
		case "aws:sqs":
			p.partial = true
			p.messages = append(p.messages, r.message())
		case "aws:sns":
			m := &message{}
			m.read([]byte(r.SNS.Message))
			p.messages = append(p.messages, m)
		default:
			return nil, fmt.Errorf("events: %w: records of %q are not events", ErrMalformed, r.EventSource)
		}
	}
	return p, nil
}

// message returns the message of an SQS record. Only a FIFO queue has an order
// to keep: a message group of another queue is a tenant, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html.
func (r *record) message() *message {
	m := &message{id: r.MessageID}
	if strings.HasSuffix(r.EventSourceARN, ".fifo") {
		m.group = r.Attributes.MessageGroupID
	}
	body := []byte(r.Body)
	var n notification
	if err := json.Unmarshal(body, &n); err == nil && n.Type == "Notification" {
		body = []byte(n.Message)
	}
	m.read(body)
	return m
}

// read reads the text of a message, one event or several.
func (m *message) read(text []byte) {
	m.err = errors.Join(m.err, eachEvent(text, m.add))
}

// groups returns the messages that are handled one after the other, in the
// order in which they came.
func (p *payload) groups() [][]*message {
	if len(p.messages) == 1 {
		return [][]*message{p.messages}
	}
	var groups [][]*message
	index := make(map[string]int)
	for _, m := range p.messages {
		if m.group == "" {
			groups = append(groups, []*message{m})
			continue
		}
		i, ok := index[m.group]
		if !ok {
			i = len(groups)
			index[m.group] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], m)
	}
	return groups
}
