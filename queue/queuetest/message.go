package queuetest

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/go-thaw/thaw/internal/sqsdigest"
)

// An attribute is a message attribute on the wire.
type attribute struct {
	DataType    string
	StringValue *string `json:",omitempty"`
	BinaryValue []byte  `json:",omitempty"`
}

// A message is one message in a queue; the fake's lock guards it.
type message struct {
	serial     uint64 // tells copies of one message apart
	id, body   string
	attributes map[string]attribute
	system     map[string]attribute // AWSTraceHeader

	group, dedup, sequence string
	source                 string // ARN of the queue that a redrive policy took it from

	sent     time.Time
	first    time.Time // first receive
	received time.Time // latest receive
	visible  time.Time // when the message can be received (again)
	receives int
	issued   int // receipts, of which only the last is good
	gone     bool
}

// inFlight tells whether the message was received and is still invisible.
func (m *message) inFlight(now time.Time) bool { return m.receives > 0 && m.visible.After(now) }

func (m *message) trace() string {
	if v := m.system["AWSTraceHeader"].StringValue; v != nil {
		return *v
	}
	return ""
}

// handle returns the receipt handle of the message's latest receive.
func (m *message) handle(q *queueState) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s/%d/%d", q.name, m.serial, m.issued))
}

// receipt finds the message of a receipt handle: nil when it is gone. Latest
// tells that the message was not received again since.
func (q *queueState) receipt(handle string) (m *message, latest bool, err error) {
	text, err := base64.StdEncoding.DecodeString(handle)
	name, rest, ok := strings.Cut(string(text), "/")
	if err != nil || !ok || name != q.name {
		return nil, false, errHandle(handle)
	}
	var serial uint64
	var issue int
	if _, err := fmt.Sscanf(rest, "%d/%d", &serial, &issue); err != nil {
		return nil, false, errHandle(handle)
	}
	m = q.bySerial[serial]
	return m, m != nil && m.issued == issue, nil
}

// size returns what counts against the limits: the body and the attributes'
// names, types and values.
func (m *message) size() int {
	n := len(m.body)
	for name, a := range m.attributes {
		n += len(name) + len(a.DataType) + len(a.BinaryValue)
		if a.StringValue != nil {
			n += len(*a.StringValue)
		}
	}
	return n
}

// digest returns SQS's checksum of attributes, empty when there are none.
func digest(attributes map[string]attribute) string {
	all := make([]sqsdigest.Attribute, 0, len(attributes))
	for name, a := range attributes {
		d := sqsdigest.Attribute{Name: name, Type: a.DataType, Binary: a.BinaryValue}
		if a.StringValue != nil {
			d.String = *a.StringValue
		}
		all = append(all, d)
	}
	return sqsdigest.Attributes(all)
}
