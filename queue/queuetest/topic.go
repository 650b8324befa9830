package queuetest

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/internal/awsfake"
)

// TopicOptions are a topic's attributes. The zero value, or nil, means SNS's own
// defaults.
type TopicOptions struct {
	// MaxMessageBytes is the largest message, 1,024 to 1,048,576. Default
	// 262,144.
	MaxMessageBytes int
	// ContentBasedDeduplication derives deduplication ids from messages. FIFO
	// topics only. Default false.
	ContentBasedDeduplication bool
}

// CreateTopic creates an SNS topic and returns its ARN; a name that ends in
// ".fifo" makes it a FIFO topic. Nil options mean SNS's defaults. As a step of a
// test's set-up it panics where the CreateTopic operation would answer an error.
func (f *Fake) CreateTopic(name string, options *TopicOptions) (arn string) {
	attributes := make(map[string]string)
	if strings.HasSuffix(name, ".fifo") {
		attributes["FifoTopic"] = "true"
	}
	if options != nil && options.MaxMessageBytes != 0 {
		attributes["MaximumMessageSize"] = strconv.Itoa(options.MaxMessageBytes)
	}
	if options != nil && options.ContentBasedDeduplication {
		attributes["ContentBasedDeduplication"] = "true"
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t, err := f.makeTopic(name, attributes)
	if err != nil {
		panic(fmt.Sprintf("queuetest: CreateTopic %q: %v", name, err))
	}
	return t.arn
}

// A topic is one SNS topic; the fake's lock guards it.
type topic struct {
	name, arn     string
	fifo          bool
	attributes    map[string]string
	tags          map[string]string
	subscriptions []*subscription
	maxBytes      int
	history       deduplication
}

func topicARN(name string) string {
	return "arn:aws:sns:" + awsfake.Region + ":" + awsfake.Account + ":" + name
}

func errTopic(format string, args ...any) *Error {
	return &Error{Code: "InvalidParameter", Message: "Invalid parameter: " + fmt.Sprintf(format, args...)}
}

func errNotFound(what string) *Error {
	return &Error{Code: "NotFound", Status: http.StatusNotFound, Message: what + " does not exist"}
}

var topicName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

// makeTopic adds a topic, or returns the one that has the same name and
// attributes.
func (f *Fake) makeTopic(name string, attributes map[string]string) (*topic, error) {
	base, fifo := strings.CutSuffix(name, ".fifo")
	if !topicName.MatchString(base) || len(name) > 256 {
		return nil, errTopic("Topic Name")
	}
	if fifo != (attributes["FifoTopic"] == "true") {
		return nil, errTopic("Topic Name: a name ends in .fifo if, and only if, the attribute FifoTopic is true")
	}
	if t := f.topics[name]; t != nil {
		for key, value := range attributes {
			if t.attributes[key] != value {
				return nil, errTopic("Attributes Reason: Topic already exists with different attributes")
			}
		}
		return t, nil
	}
	t := &topic{name: name, arn: topicARN(name), fifo: fifo, attributes: map[string]string{"MaximumMessageSize": "262144"}, tags: make(map[string]string)}
	if fifo {
		maps.Copy(t.attributes, map[string]string{"FifoTopic": "true", "ContentBasedDeduplication": "false", "FifoThroughputScope": "Topic"})
	}
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		if key == "FifoTopic" {
			continue
		}
		if err := t.set(key, attributes[key]); err != nil {
			return nil, err
		}
	}
	t.maxBytes, _ = strconv.Atoi(t.attributes["MaximumMessageSize"]) // checked when it was set
	f.topics[name] = t
	return t, nil
}

// topicSettings are the attributes that the fake stores and answers without
// acting on them.
var topicSettings = []string{"DisplayName", "Policy", "DeliveryPolicy", "KmsMasterKeyId", "SignatureVersion", "TracingConfig", "ArchivePolicy"}

// set checks and sets one attribute.
func (t *topic) set(name, value string) error {
	words := map[string][]string{
		"ContentBasedDeduplication": {"true", "false"},
		"FifoThroughputScope":       {"Topic", "MessageGroup"},
	}[name]
	switch {
	case words != nil && t.fifo:
		if !slices.Contains(words, value) {
			return errTopic("Attributes Reason: %s: must be one of %q", name, words)
		}
	case name == "MaximumMessageSize":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1024 || n > 1<<20 {
			return errTopic("Attributes Reason: MaximumMessageSize: must be between 1024 and 1048576")
		}
		if n > largeTopic && len(t.subscriptions) > largeTopicSubscriptions {
			return errTopic("Attributes Reason: MaximumMessageSize: a topic with more than %d subscriptions takes at most %d bytes", largeTopicSubscriptions, largeTopic)
		}
		t.maxBytes = n
	case !slices.Contains(topicSettings, name):
		return errTopic("AttributeName")
	}
	t.attributes[name] = value
	return nil
}

// A topic for messages over 256 KiB has at most 100 subscriptions:
// https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html.
const (
	largeTopic              = 256 << 10
	largeTopicSubscriptions = 100
)

// findTopic returns the topic with the given ARN.
func (f *Fake) findTopic(arn string) (*topic, error) {
	name, ok := strings.CutPrefix(arn, topicARN(""))
	if !ok {
		return nil, errTopic("TopicArn Reason: no value for required parameter or not of this account and region")
	}
	if t := f.topics[name]; t != nil {
		return t, nil
	}
	return nil, errNotFound("Topic")
}
