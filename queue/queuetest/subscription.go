package queuetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/go-thaw/thaw/internal/awsfake"
	"github.com/go-thaw/thaw/queue/queuetest/internal/filter"
)

// SubscriptionOptions are a subscription's attributes. The zero value, or nil,
// means SNS's own defaults.
type SubscriptionOptions struct {
	// Raw delivers messages as they were published, and their attributes as the
	// queue's message attributes. Default false: in SNS's envelope.
	Raw bool
	// FilterPolicy lets only some messages through, as a JSON document. Default
	// none.
	FilterPolicy string
	// FilterBody applies FilterPolicy to the message instead of its attributes.
	FilterBody bool
	// DeadLetterQueue is the name of the queue that takes what cannot be
	// delivered. Default none: it is lost.
	DeadLetterQueue string
}

// Subscribe subscribes a queue to a topic, both by name, and returns the
// subscription's ARN. Nil options mean SNS's defaults. As a step of a test's
// set-up it panics where the Subscribe operation would answer an error.
func (f *Fake) Subscribe(topic, queue string, options *SubscriptionOptions) (arn string) {
	attributes := make(map[string]string)
	if options != nil {
		if options.Raw {
			attributes["RawMessageDelivery"] = "true"
		}
		if options.FilterBody {
			attributes["FilterPolicyScope"] = "MessageBody"
		}
		if options.FilterPolicy != "" {
			attributes["FilterPolicy"] = options.FilterPolicy
		}
		if options.DeadLetterQueue != "" {
			attributes["RedrivePolicy"] = fmt.Sprintf(`{"deadLetterTargetArn":%q}`, arnOf(options.DeadLetterQueue))
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s, err := f.addSubscription(topicARN(topic), arnOf(queue), attributes)
	if err != nil {
		panic(fmt.Sprintf("queuetest: Subscribe %q to %q: %v", queue, topic, err))
	}
	return s.arn
}

// A subscription is that of one queue to one topic; the fake's lock guards it.
type subscription struct {
	arn, topic, queue string // ARNs
	attributes        map[string]string

	// What the attributes say.
	raw         bool
	policy      *filter.Policy
	deadLetters string // ARN
}

func (f *Fake) addSubscription(topicARN, queueARN string, attributes map[string]string) (*subscription, error) {
	t, err := f.findTopic(topicARN)
	if err != nil {
		return nil, err
	}
	q := f.findARN(queueARN)
	if q == nil {
		return nil, errTopic("SQS endpoint ARN: there is no queue %q", queueARN)
	}
	if q.fifo && !t.fifo {
		return nil, errTopic("Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
	}
	if t.maxBytes > largeTopic && len(t.subscriptions) >= largeTopicSubscriptions {
		return nil, errTopic("a topic for messages over %d bytes takes at most %d subscriptions", largeTopic, largeTopicSubscriptions)
	}
	s := &subscription{topic: t.arn, queue: q.arn, attributes: map[string]string{"RawMessageDelivery": "false"}}
	if err := f.setSubscription(s, attributes); err != nil {
		return nil, err
	}
	for _, old := range t.subscriptions {
		if old.queue != q.arn {
			continue
		}
		for name, value := range attributes {
			if old.attributes[name] != value {
				return nil, errTopic("Attributes Reason: Subscription already exists with different attributes")
			}
		}
		return old, nil
	}
	s.arn = t.arn + ":" + f.nextID()
	t.subscriptions = append(t.subscriptions, s)
	return s, nil
}

// setSubscription checks and sets attributes; nothing changes when one is wrong.
func (f *Fake) setSubscription(s *subscription, attributes map[string]string) error {
	changed := *s
	changed.attributes = make(map[string]string)
	for _, all := range []map[string]string{s.attributes, attributes} {
		for name, value := range all {
			changed.attributes[name] = value
			if value == "" || value == "{}" && name != "DeliveryPolicy" {
				delete(changed.attributes, name)
			}
		}
	}
	for name, value := range changed.attributes {
		if err := f.checkSubscription(name, value); err != nil {
			return err
		}
	}
	changed.raw = changed.attributes["RawMessageDelivery"] == "true"
	if err := changed.parsePolicies(f); err != nil {
		return err
	}
	*s = changed
	return nil
}

func (f *Fake) checkSubscription(name, value string) error {
	words := map[string][]string{
		"RawMessageDelivery": {"true", "false"},
		"FilterPolicyScope":  {"MessageAttributes", "MessageBody"},
	}[name]
	switch {
	case words != nil && !slices.Contains(words, value):
		return errTopic("Attributes Reason: %s: Invalid value [%s]. Must be one of %q.", name, value, words)
	case words == nil && !slices.Contains([]string{"FilterPolicy", "RedrivePolicy", "DeliveryPolicy", "SubscriptionRoleArn", "ReplayPolicy"}, name):
		return errTopic("AttributeName")
	}
	return nil
}

func (s *subscription) parsePolicies(f *Fake) error {
	s.policy, s.deadLetters = nil, ""
	if text, ok := s.attributes["FilterPolicy"]; ok {
		scope := filter.Attributes
		if s.attributes["FilterPolicyScope"] == "MessageBody" {
			scope = filter.Body
		}
		policy, err := filter.Parse(text, scope)
		if err != nil {
			return errTopic("FilterPolicy: %v", err)
		}
		s.policy = policy
	}
	if text, ok := s.attributes["RedrivePolicy"]; ok {
		var wire struct {
			Target string `json:"deadLetterTargetArn"`
		}
		if json.Unmarshal([]byte(text), &wire) != nil || f.findARN(wire.Target) == nil {
			return errTopic("RedrivePolicy: must be a JSON object whose deadLetterTargetArn is that of a queue")
		}
		s.deadLetters = wire.Target
	}
	return nil
}

// findSubscription returns a subscription and its topic.
func (f *Fake) findSubscription(arn string) (*topic, *subscription, error) {
	if !strings.HasPrefix(arn, topicARN("")) {
		return nil, nil, errTopic("SubscriptionArn Reason: An ARN must have at least 6 elements, not %d", strings.Count(arn, ":")+1)
	}
	if t := f.topics[strings.TrimPrefix(arn[:strings.LastIndexByte(arn, ':')], topicARN(""))]; t != nil {
		for _, s := range t.subscriptions {
			if s.arn == arn {
				return t, s, nil
			}
		}
	}
	return nil, nil, errNotFound("Subscription")
}

// all returns everything that GetSubscriptionAttributes answers.
func (s *subscription) all() map[string]string {
	all := map[string]string{
		"SubscriptionArn": s.arn, "TopicArn": s.topic, "Protocol": "sqs", "Endpoint": s.queue, "Owner": awsfake.Account,
		"PendingConfirmation": "false", "ConfirmationWasAuthenticated": "true", "SubscriptionPrincipal": "arn:aws:iam::" + awsfake.Account + ":root",
	}
	for name, value := range s.attributes {
		all[name] = value
	}
	if s.policy != nil && all["FilterPolicyScope"] == "" {
		all["FilterPolicyScope"] = "MessageAttributes"
	}
	return all
}
