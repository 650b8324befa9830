package queuetest

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/internal/sqsdigest"
)

type receivedMessage struct {
	MessageID              string `json:"MessageId"`
	ReceiptHandle          string
	Body                   string
	MD5OfBody              string
	Attributes             map[string]string    `json:",omitempty"`
	MessageAttributes      map[string]attribute `json:",omitempty"`
	MD5OfMessageAttributes string               `json:",omitempty"`
}

// show returns what the caller asked to see of m.
func (in *receiveInput) show(q *queueState, m *message) receivedMessage {
	out := receivedMessage{MessageID: m.id, ReceiptHandle: m.handle(q), Body: m.body, MD5OfBody: sqsdigest.Body(m.body)}
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
	out.MD5OfMessageAttributes = digest(out.MessageAttributes)
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
