package queuetest

import (
	"errors"
	"net/url"

	"github.com/go-thaw/thaw/internal/awsfake"
)

// notification is the envelope in which SNS delivers a message:
// https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html.
type notification struct {
	Type              string
	MessageID         string `json:"MessageId"`
	SequenceNumber    string `json:",omitempty"`
	TopicARN          string `json:"TopicArn"`
	Subject           string `json:",omitempty"`
	Message           string
	Timestamp         string
	SignatureVersion  string                           `json:",omitempty"`
	Signature         string                           `json:",omitempty"`
	SigningCertURL    string                           `json:",omitempty"`
	UnsubscribeURL    string                           `json:",omitempty"`
	MessageAttributes map[string]notificationAttribute `json:",omitempty"`
}

type notificationAttribute struct{ Type, Value string }

// notify delivers p to s. What the queue does not take goes to the dead-letter
// queue of the subscription, or is lost as it would be with SNS; then
// [Fake.Undelivered] has it.
func (f *Fake) notify(s *subscription, p *publication) {
	if !s.passes(p) {
		return
	}
	e := &sendEntry{MessageBody: p.message, MessageGroupID: p.group}
	if s.raw {
		e.MessageAttributes = p.attributes
	} else {
		e.MessageBody = string(encode(f.envelope(s, p)))
	}
	err := f.deliverTo(s.queue, p, *e)
	if err != nil && s.deadLetters != "" {
		err = f.deliverTo(s.deadLetters, p, *e)
	}
	if err != nil {
		f.undelivered = append(f.undelivered, Undelivered{Topic: p.topic.name, Subscription: s.arn, Body: e.MessageBody, Err: err})
	}
}

// deliverTo sends e to the queue with the given ARN.
func (f *Fake) deliverTo(arn string, p *publication, e sendEntry) error {
	q := f.findARN(arn)
	if q == nil {
		return errNoQueue()
	}
	if q.fifo {
		e.MessageDeduplicationID = p.deduplicationID
		if e.MessageGroupID == "" {
			return errors.New("queuetest: the dead-letter queue of a standard topic is a FIFO queue")
		}
	}
	_, err := f.send(q, &e)
	return err
}

func (f *Fake) envelope(s *subscription, p *publication) notification {
	n := notification{
		Type: "Notification", MessageID: p.id, SequenceNumber: p.sequence, TopicARN: p.topic.arn, Subject: p.subject, Message: p.message,
		Timestamp:      f.now().UTC().Format("2006-01-02T15:04:05.000Z"),
		UnsubscribeURL: "https://sns." + awsfake.Region + ".amazonaws.com/?Action=Unsubscribe&SubscriptionArn=" + url.QueryEscape(s.arn),
	}
	if !p.topic.fifo { // messages of FIFO topics are not signed
		n.SignatureVersion, n.Signature = "1", "RVhBTVBMRQ=="
		n.SigningCertURL = "https://sns." + awsfake.Region + ".amazonaws.com/SimpleNotificationService-EXAMPLE.pem"
	}
	if len(p.values) > 0 {
		n.MessageAttributes = make(map[string]notificationAttribute, len(p.values))
	}
	for name, a := range p.values {
		value := a.StringValue
		if a.BinaryValue != "" {
			value = a.BinaryValue
		}
		n.MessageAttributes[name] = notificationAttribute{a.DataType, value}
	}
	return n
}

// An Undelivered is a message of a topic that reached neither the queue of a
// subscription nor its dead-letter queue. SNS loses it without a word.
type Undelivered struct {
	// Topic is the name of the topic, Subscription the ARN of the subscription.
	Topic, Subscription string
	// Body is what was to be sent.
	Body string
	// Err is why it was not.
	Err error
}

// Undelivered returns what topics could not deliver, in the order in which it
// was published: to a queue that was deleted, over a queue's limits, with more
// attributes than a queue takes.
func (f *Fake) Undelivered() []Undelivered {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Undelivered(nil), f.undelivered...)
}
