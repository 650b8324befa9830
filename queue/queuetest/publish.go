package queuetest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/go-thaw/thaw/queue/queuetest/internal/filter"
)

// publishEntry is what Publish and the entries of PublishBatch have in common.
type publishEntry struct {
	ID                     string `json:"Id"`
	Message, Subject       string
	MessageStructure       string
	MessageAttributes      map[string]publishAttribute
	MessageDeduplicationID string `json:"MessageDeduplicationId"`
	MessageGroupID         string `json:"MessageGroupId"`
}

// publishAttribute is a message attribute of SNS; a binary value is base64 in a
// form.
type publishAttribute struct{ DataType, StringValue, BinaryValue string }

// A publication is a message on its way from a topic to its subscriptions.
type publication struct {
	topic                  *topic
	id, sequence           string
	message, subject       string
	attributes             map[string]attribute
	values                 map[string]publishAttribute
	group, deduplicationID string
}

type published struct {
	ID             string `json:"Id,omitempty"`
	MessageID      string `json:"MessageId"`
	SequenceNumber string `json:",omitempty"`
}

func (f *Fake) publish(in *struct {
	topicInput
	TargetARN   string `json:"TargetArn"`
	PhoneNumber string
	publishEntry
}) (any, error) {
	if in.PhoneNumber != "" {
		return nil, errTopic("PhoneNumber Reason: the fake publishes to topics only")
	}
	arn := in.TopicARN
	if arn == "" {
		arn = in.TargetARN
	}
	t, err := f.findTopic(arn)
	if err != nil {
		return nil, err
	}
	in.ID = ""
	return f.publishTo(t, &in.publishEntry)
}

func (f *Fake) publishBatch(in *struct {
	topicInput
	PublishBatchRequestEntries []publishEntry
}) (any, error) {
	t, err := f.findTopic(in.TopicARN)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.PublishBatchRequestEntries, func(e publishEntry) string { return e.ID }); err != nil {
		return nil, plain(err)
	}
	total := 0
	for i := range in.PublishBatchRequestEntries {
		total += in.PublishBatchRequestEntries[i].size()
	}
	if total > t.maxBytes {
		return nil, plain(refuse("BatchRequestTooLong", "The length of all the messages put together is more than the limit."))
	}
	out := newBatchResult()
	for i := range in.PublishBatchRequestEntries {
		e := &in.PublishBatchRequestEntries[i]
		result, err := f.publishTo(t, e)
		out.add(e.ID, result, err)
	}
	return out, nil
}

// plain is an error of SQS's batches as SNS answers it.
func plain(err error) error {
	e := *err.(*Error) //nolint:errorlint,forcetypeassert // checks answer nothing else
	e.QueryCode = ""
	return &e
}

func (e *publishEntry) size() int {
	n := len(e.Message)
	for name, a := range e.MessageAttributes {
		n += len(name) + len(a.DataType) + len(a.StringValue) + base64.StdEncoding.DecodedLen(len(strings.TrimRight(a.BinaryValue, "=")))
	}
	return n
}

// publishTo publishes one message. On a FIFO topic one that repeats another of
// the last five minutes is a success and goes nowhere.
func (f *Fake) publishTo(t *topic, e *publishEntry) (*published, error) {
	p, err := t.publication(e)
	if err != nil {
		return nil, err
	}
	key := p.deduplicationID
	if t.attributes["FifoThroughputScope"] == "MessageGroup" {
		key = p.group + "\x00" + key
	}
	now := f.now()
	if old, repeated := t.history.find(key, now); t.fifo && repeated {
		return &published{ID: e.ID, MessageID: old.id, SequenceNumber: old.sequence}, nil
	}
	p.id = f.nextID()
	if t.fifo {
		p.sequence = t.history.add(key, p.id, now)
	}
	for _, s := range t.subscriptions {
		f.notify(s, p)
	}
	return &published{ID: e.ID, MessageID: p.id, SequenceNumber: p.sequence}, nil
}

// publication checks what is to be published.
func (t *topic) publication(e *publishEntry) (*publication, error) {
	message := e.Message
	switch {
	case message == "":
		return nil, errTopic("Empty message")
	case !utf8.ValidString(message):
		return nil, errTopic("Message Reason: it is not UTF-8")
	case e.size() > t.maxBytes:
		return nil, errTopic("Message too long")
	case len(e.Subject) > 100 || strings.ContainsFunc(e.Subject, func(r rune) bool { return r < ' ' || r > '~' }):
		return nil, errTopic("Subject")
	case e.MessageStructure != "" && e.MessageStructure != "json":
		return nil, errTopic("MessageStructure")
	}
	if e.MessageStructure == "json" {
		var err error
		if message, err = structured(message); err != nil {
			return nil, err
		}
	}
	p := &publication{topic: t, message: message, subject: e.Subject, values: e.MessageAttributes, group: e.MessageGroupID, deduplicationID: e.MessageDeduplicationID}
	if err := p.identify(); err != nil {
		return nil, err
	}
	p.attributes = make(map[string]attribute, len(e.MessageAttributes))
	for name, a := range e.MessageAttributes {
		converted, err := a.convert(name)
		if err != nil {
			return nil, err
		}
		p.attributes[name] = converted
	}
	return p, nil
}

// structured returns the text for SQS of a message that has one for each
// protocol.
func structured(message string) (string, error) {
	var texts map[string]json.RawMessage
	if json.Unmarshal([]byte(message), &texts) != nil || texts == nil {
		return "", errTopic("Message Structure - JSON message body failed to parse")
	}
	for _, protocol := range []string{"sqs", "default"} {
		var text *string
		if json.Unmarshal(texts[protocol], &text) == nil && text != nil {
			return *text, nil
		}
	}
	return "", errTopic("Message Structure - No default entry in JSON message body")
}

// identify checks the group and the deduplication id, which it derives from the
// message where the topic says so.
func (p *publication) identify() error {
	switch {
	case p.topic.fifo && p.group == "":
		return errTopic("The MessageGroupId parameter is required for FIFO topics")
	case p.group != "" && !identifier.MatchString(p.group):
		return errTopic("MessageGroupId Reason: it can have 1 to 128 letters, digits and punctuation characters")
	case !p.topic.fifo && p.deduplicationID != "":
		return errTopic("MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type")
	case p.deduplicationID != "" && !identifier.MatchString(p.deduplicationID):
		return errTopic("MessageDeduplicationId Reason: it can have 1 to 128 letters, digits and punctuation characters")
	case !p.topic.fifo || p.deduplicationID != "":
		return nil
	case p.topic.attributes["ContentBasedDeduplication"] != "true":
		return errTopic("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
	}
	sum := sha256.Sum256([]byte(p.message))
	p.deduplicationID = hex.EncodeToString(sum[:])
	return nil
}

// convert returns the attribute as a queue has it.
func (a publishAttribute) convert(name string) (attribute, error) {
	out := attribute{DataType: a.DataType}
	if strings.HasPrefix(a.DataType, "Binary") {
		value, err := base64.StdEncoding.DecodeString(a.BinaryValue)
		if err != nil {
			return out, errTopic("The message attribute '%s' has a binary value that is not base64", name)
		}
		out.BinaryValue = value
	} else {
		out.StringValue = &a.StringValue
	}
	if err := checkMessageAttribute(name, out); err != nil {
		return out, &Error{Code: "ParameterValueInvalid", Message: err.(*Error).Message} //nolint:errorlint,forcetypeassert // checks answer nothing else
	}
	return out, nil
}

// passes tells whether the subscription's filter policy lets p through.
func (s *subscription) passes(p *publication) bool {
	if s.policy == nil {
		return true
	}
	if s.policy.Scope() == filter.Body {
		return s.policy.MatchBody([]byte(p.message))
	}
	attributes := make(map[string]filter.Attribute, len(p.values))
	for name, a := range p.values {
		attributes[name] = filter.Attribute{Type: a.DataType, Value: a.StringValue}
	}
	return s.policy.MatchAttributes(attributes)
}
