package queuetest

import (
	"maps"
	"slices"
	"strconv"

	"github.com/go-thaw/thaw/internal/awsfake"
)

// topicOperations are those of SNS.
func (f *Fake) topicOperations() map[string]awsfake.Operation {
	return map[string]awsfake.Operation{
		"CreateTopic":               operation(f, (*Fake).createTopic),
		"DeleteTopic":               operation(f, (*Fake).deleteTopic),
		"ListTopics":                operation(f, (*Fake).listTopics),
		"GetTopicAttributes":        operation(f, (*Fake).getTopicAttributes),
		"SetTopicAttributes":        operation(f, (*Fake).setTopicAttributes),
		"Subscribe":                 operation(f, (*Fake).subscribe),
		"Unsubscribe":               operation(f, (*Fake).unsubscribe),
		"ListSubscriptions":         operation(f, (*Fake).listSubscriptions),
		"ListSubscriptionsByTopic":  operation(f, (*Fake).listSubscriptionsByTopic),
		"GetSubscriptionAttributes": operation(f, (*Fake).getSubscriptionAttributes),
		"SetSubscriptionAttributes": operation(f, (*Fake).setSubscriptionAttributes),
		"Publish":                   operation(f, (*Fake).publish),
		"PublishBatch":              operation(f, (*Fake).publishBatch),
	}
}

func (f *Fake) createTopic(in *struct {
	Name       string
	Attributes map[string]string
	Tags       []struct{ Key, Value string }
}) (any, error) {
	t, err := f.makeTopic(in.Name, in.Attributes)
	if err != nil {
		return nil, err
	}
	for _, tag := range in.Tags {
		t.tags[tag.Key] = tag.Value
	}
	return map[string]string{"TopicArn": t.arn}, nil
}

type topicInput struct {
	TopicARN string `json:"TopicArn"`
}

// deleteTopic is a success, too, when the topic is gone already.
func (f *Fake) deleteTopic(in *topicInput) (any, error) {
	t, err := f.findTopic(in.TopicARN)
	if e, ok := err.(*Error); ok && e.Code != "NotFound" { //nolint:errorlint // findTopic answers nothing else
		return nil, err
	}
	if t != nil {
		delete(f.topics, t.name)
	}
	return nil, nil
}

func (f *Fake) listTopics(in *struct{ NextToken string }) (any, error) {
	names, next := pageOf(slices.Sorted(maps.Keys(f.topics)), in.NextToken)
	topics := []any{}
	for _, name := range names {
		topics = append(topics, map[string]string{"TopicArn": topicARN(name)})
	}
	return listed("Topics", topics, next), nil
}

// pageOf returns the 100 items after the one that token names, the most that SNS
// lists at once, and the token of the next page.
func pageOf(sorted []string, token string) (page []string, next string) {
	const most = 100
	start, found := slices.BinarySearch(sorted, token)
	if found {
		start++
	}
	page = sorted[start:]
	if len(page) > most {
		page = page[:most]
		next = page[most-1]
	}
	return page, next
}

func listed(name string, items []any, next string) map[string]any {
	out := map[string]any{name: items}
	if next != "" {
		out["NextToken"] = next
	}
	return out
}

func (f *Fake) getTopicAttributes(in *topicInput) (any, error) {
	t, err := f.findTopic(in.TopicARN)
	if err != nil {
		return nil, err
	}
	all := map[string]string{
		"TopicArn": t.arn, "Owner": awsfake.Account, "DisplayName": "", "SubscriptionsPending": "0", "SubscriptionsDeleted": "0",
		"SubscriptionsConfirmed": strconv.Itoa(len(t.subscriptions)),
	}
	maps.Copy(all, t.attributes)
	return map[string]any{"Attributes": all}, nil
}

func (f *Fake) setTopicAttributes(in *struct {
	topicInput
	AttributeName, AttributeValue string
}) (any, error) {
	t, err := f.findTopic(in.TopicARN)
	if err != nil {
		return nil, err
	}
	return nil, t.set(in.AttributeName, in.AttributeValue)
}

func (f *Fake) subscribe(in *struct {
	topicInput
	Protocol, Endpoint string
	Attributes         map[string]string
}) (any, error) {
	if in.Protocol != "sqs" {
		return nil, errTopic("Protocol: the fake delivers to sqs, not to %q", in.Protocol)
	}
	s, err := f.addSubscription(in.TopicARN, in.Endpoint, in.Attributes)
	if err != nil {
		return nil, err
	}
	return map[string]string{"SubscriptionArn": s.arn}, nil
}

type subscriptionInput struct {
	SubscriptionARN string `json:"SubscriptionArn"`
}

func (f *Fake) unsubscribe(in *subscriptionInput) (any, error) {
	t, s, err := f.findSubscription(in.SubscriptionARN)
	if e, ok := err.(*Error); ok && e.Code != "NotFound" { //nolint:errorlint // findSubscription answers nothing else
		return nil, err
	}
	if s != nil {
		t.subscriptions = slices.DeleteFunc(t.subscriptions, func(other *subscription) bool { return other == s })
	}
	return nil, nil
}

func (f *Fake) listSubscriptions(in *struct{ NextToken string }) (any, error) {
	var all []*subscription
	for _, t := range f.topics {
		all = append(all, t.subscriptions...)
	}
	return listing(all, in.NextToken), nil
}

func (f *Fake) listSubscriptionsByTopic(in *struct {
	topicInput
	NextToken string
}) (any, error) {
	t, err := f.findTopic(in.TopicARN)
	if err != nil {
		return nil, err
	}
	return listing(t.subscriptions, in.NextToken), nil
}

func listing(subscriptions []*subscription, token string) map[string]any {
	byARN := make(map[string]*subscription, len(subscriptions))
	for _, s := range subscriptions {
		byARN[s.arn] = s
	}
	arns, next := pageOf(slices.Sorted(maps.Keys(byARN)), token)
	items := []any{}
	for _, arn := range arns {
		s := byARN[arn]
		items = append(items, map[string]string{"SubscriptionArn": s.arn, "Owner": awsfake.Account, "Protocol": "sqs", "Endpoint": s.queue, "TopicArn": s.topic})
	}
	return listed("Subscriptions", items, next)
}

func (f *Fake) getSubscriptionAttributes(in *subscriptionInput) (any, error) {
	_, s, err := f.findSubscription(in.SubscriptionARN)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Attributes": s.all()}, nil
}

func (f *Fake) setSubscriptionAttributes(in *struct {
	subscriptionInput
	AttributeName, AttributeValue string
}) (any, error) {
	_, s, err := f.findSubscription(in.SubscriptionARN)
	if err != nil {
		return nil, err
	}
	return nil, f.setSubscription(s, map[string]string{in.AttributeName: in.AttributeValue})
}
