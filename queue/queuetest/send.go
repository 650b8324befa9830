package queuetest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
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
		if result, err := f.sendFaulty(q, e); result != nil || err != nil {
			out.add(e.ID, result, err)
		}
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
		ID: e.ID, MessageID: m.id, SequenceNumber: m.sequence, BodyMD5: md5Text(m.body),
		AttributesMD5: md5Attributes(m.attributes), SystemMD5: md5Attributes(m.system),
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

var identifier = regexp.MustCompile("^[A-Za-z0-9!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]{1,128}$")

// check finds what SQS refuses in a message.
func check(q *queueState, m *message) error {
	switch {
	case m.body == "":
		return errMissing("MessageBody")
	case !allowed(m.body):
		return &Error{Code: "InvalidMessageContents", Message: "Message body contains characters outside the allowed set."}
	case m.size() > q.maxBytes:
		return errValue("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", q.maxBytes)
	case q.fifo && m.group == "":
		return errMissing("MessageGroupId")
	case m.group != "" && !identifier.MatchString(m.group):
		return errValue("MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.")
	case !q.fifo && m.dedup != "":
		return errValue("The request include parameter that is not valid for this queue type: MessageDeduplicationId")
	case m.dedup != "" && !identifier.MatchString(m.dedup):
		return errValue("MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length.")
	case len(m.attributes) > 10:
		return errValue("Number of message attributes [%d] exceeds the allowed maximum [10].", len(m.attributes))
	}
	for name, a := range m.attributes {
		if err := checkMessageAttribute(name, a); err != nil {
			return err
		}
	}
	for name := range m.system {
		if name != "AWSTraceHeader" {
			return errValue("Message system attribute name %q is invalid.", name)
		}
	}
	return nil
}

var attributeName = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

func checkMessageAttribute(name string, a attribute) error {
	kind, _, _ := strings.Cut(a.DataType, ".")
	lower := strings.ToLower(name)
	switch {
	case len(name) > 256 || !attributeName.MatchString(name) || strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon."):
		return errValue("The message attribute name %q is invalid.", name)
	case kind != "String" && kind != "Number" && kind != "Binary":
		return errValue("The message attribute %q has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.", name)
	case kind == "Binary" && len(a.BinaryValue) == 0, kind != "Binary" && (a.StringValue == nil || *a.StringValue == ""):
		return errValue("The message attribute %q must contain a non-empty message attribute value for message attribute type %q.", name, kind)
	case kind != "Binary" && !allowed(*a.StringValue):
		return errValue("The message attribute %q contains characters outside the allowed set.", name)
	}
	return nil
}

func checkDelay(q *queueState, seconds *int) (time.Duration, error) {
	n := numbers["DelaySeconds"]
	switch {
	case seconds == nil:
		return q.delay, nil
	case *seconds < n.low || *seconds > n.high:
		return 0, errValue("Value %d for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.", *seconds)
	case q.fifo && *seconds != 0:
		return 0, errValue("Value %d for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.", *seconds)
	case q.fifo:
		return q.delay, nil
	}
	return time.Duration(*seconds) * time.Second, nil
}

// allowed tells whether s has only characters that SQS takes:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html.
func allowed(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	}) < 0
}

var entryID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// checkBatch finds what SQS refuses in the entries of any batch request.
func checkBatch[E any](entries []E, id func(E) string) error {
	const most = 10
	switch {
	case len(entries) == 0:
		return refuse("EmptyBatchRequest", "There should be at least one entry in the request.")
	case len(entries) > most:
		return refuse("TooManyEntriesInBatchRequest", "Maximum number of entries per request are %d. You have sent %d.", most, len(entries))
	}
	seen := make(map[string]bool)
	for _, e := range entries {
		if !entryID.MatchString(id(e)) {
			return refuse("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
		}
		if seen[id(e)] {
			return refuse("BatchEntryIdsNotDistinct", "Id %s repeated.", id(e))
		}
		seen[id(e)] = true
	}
	return nil
}

// batchResult is the answer to a batch request; its lists are never null.
type batchResult struct {
	Successful []any
	Failed     []batchFailure
}

type batchFailure struct {
	ID          string `json:"Id"`
	Code        string
	Message     string
	SenderFault bool
}

func newBatchResult() *batchResult {
	return &batchResult{Successful: []any{}, Failed: []batchFailure{}}
}

// add notes what came of one entry.
func (r *batchResult) add(id string, result any, err error) {
	if err == nil {
		r.Successful = append(r.Successful, result)
		return
	}
	e := err.(*Error) //nolint:errorlint,forcetypeassert // operations on entries answer nothing else
	r.Failed = append(r.Failed, batchFailure{ID: id, Code: cmp.Or(e.QueryCode, e.Code), Message: e.Message, SenderFault: e.Status < 500})
}
