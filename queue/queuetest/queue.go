package queuetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-thaw/thaw/internal/awsfake"
)

// QueueOptions are a queue's attributes. The zero value, or nil, means SQS's
// own defaults.
type QueueOptions struct {
	// VisibilityTimeout is how long a received message stays invisible, in whole
	// seconds up to 12 hours. Default 30 s; negative means 0.
	VisibilityTimeout time.Duration
	// Delay postpones every message, in whole seconds up to 15 minutes.
	// Default 0.
	Delay time.Duration
	// MaxMessageBytes is the largest message, 1,024 to 1,048,576. Default
	// 1,048,576.
	MaxMessageBytes int
	// ContentBasedDeduplication derives deduplication ids from bodies. FIFO
	// queues only. Default false.
	ContentBasedDeduplication bool
	// DeadLetterQueue is the name of the queue that takes a message after
	// MaxReceiveCount receives; it must exist. Default none.
	DeadLetterQueue string
	// MaxReceiveCount is 1 to 1,000. Default 5; it needs DeadLetterQueue.
	MaxReceiveCount int
}

// CreateQueue creates a queue and returns its URL; a name that ends in ".fifo"
// makes it a FIFO queue. Nil options mean SQS's defaults. As a step of a test's
// set-up it panics where the CreateQueue operation would answer an error.
func (f *Fake) CreateQueue(name string, options *QueueOptions) (url string) {
	attributes := options.attributes()
	if strings.HasSuffix(name, ".fifo") {
		attributes["FifoQueue"] = "true"
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	q, err := f.create(name, attributes)
	if err != nil {
		panic(fmt.Sprintf("queuetest: CreateQueue %q: %v", name, err))
	}
	return q.url
}

func (o *QueueOptions) attributes() map[string]string {
	attributes := make(map[string]string)
	if o == nil {
		return attributes
	}
	if o.VisibilityTimeout != 0 {
		attributes["VisibilityTimeout"] = wholeSeconds(max(o.VisibilityTimeout, 0))
	}
	if o.Delay != 0 {
		attributes["DelaySeconds"] = wholeSeconds(o.Delay)
	}
	if o.MaxMessageBytes != 0 {
		attributes["MaximumMessageSize"] = strconv.Itoa(o.MaxMessageBytes)
	}
	if o.ContentBasedDeduplication {
		attributes["ContentBasedDeduplication"] = "true"
	}
	if o.DeadLetterQueue != "" {
		receives := o.MaxReceiveCount
		if receives == 0 {
			receives = 5
		}
		attributes["RedrivePolicy"] = fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`, arnOf(o.DeadLetterQueue), receives)
	}
	return attributes
}

func wholeSeconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// A queueState is one queue; the fake's lock guards it.
type queueState struct {
	name, url, arn string
	fifo           bool
	created        time.Time
	modified       time.Time
	attributes     map[string]string // as set or by default
	tags           map[string]string

	// What the attributes say.
	visibility, delay, retention, wait time.Duration
	maxBytes                           int
	contentDedup, groupDedup           bool
	redrive                            *redrivePolicy

	messages []*message // in the order of their arrival
	bySerial map[uint64]*message
	history  deduplication
	attempts map[string]attempt
	purged   time.Time
}

type redrivePolicy struct {
	target   string // ARN
	receives int
}

func arnOf(name string) string {
	return "arn:aws:sqs:" + awsfake.Region + ":" + awsfake.Account + ":" + name
}
func urlOf(name string) string {
	return "https://sqs." + awsfake.Region + ".amazonaws.com/" + awsfake.Account + "/" + name
}

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// create adds a queue, or returns the one that has the same name and attributes.
// The caller holds mu.
func (f *Fake) create(name string, attributes map[string]string) (*queueState, error) {
	base, fifo := strings.CutSuffix(name, ".fifo")
	if !queueName.MatchString(base) || len(name) > 80 {
		return nil, errValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	if fifo != (attributes["FifoQueue"] == "true") {
		return nil, errValue("The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.")
	}
	if q := f.queues[name]; q != nil {
		for key, value := range attributes {
			if q.attributes[key] != value {
				return nil, &Error{Code: "QueueNameExists", QueryCode: "QueueAlreadyExists", Message: "A queue already exists with the same name and a different value for attribute " + key}
			}
		}
		return q, nil
	}
	if at, ok := f.deleted[name]; ok && f.now().Sub(at) < time.Minute {
		return nil, refuse("QueueDeletedRecently", "You must wait 60 seconds after deleting a queue before you can create another with the same name.")
	}
	q := &queueState{
		name: name, url: urlOf(name), arn: arnOf(name), fifo: fifo, created: f.now(),
		attributes: defaultAttributes(fifo),
		tags:       make(map[string]string),
		bySerial:   make(map[uint64]*message),
		attempts:   make(map[string]attempt),
	}
	if err := f.configure(q, attributes); err != nil {
		return nil, err
	}
	f.queues[name] = q
	return q, nil
}

// find returns the queue at url, by the name at the end of it. The host, the
// region and the account are not looked at.
func (f *Fake) find(url string) (*queueState, error) {
	if url == "" {
		return nil, errMissing("QueueUrl")
	}
	slash := strings.LastIndexByte(url, '/')
	if slash < 0 {
		return nil, &Error{Code: "InvalidAddress", Status: http.StatusNotFound, Message: fmt.Sprintf("The address %s is not valid for this endpoint.", url)}
	}
	if q := f.queues[url[slash+1:]]; q != nil {
		return q, nil
	}
	return nil, errNoQueue()
}

// findARN returns the queue with the given ARN, nil when there is none.
func (f *Fake) findARN(arn string) *queueState { return f.queues[strings.TrimPrefix(arn, arnOf(""))] }

// configure checks and sets attributes; nothing changes when one is wrong.
func (f *Fake) configure(q *queueState, attributes map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if err := checkAttribute(q, name, attributes[name]); err != nil {
			return err
		}
	}
	if err := q.checkThroughput(attributes); err != nil {
		return err
	}
	policy := q.redrive
	if text, ok := attributes["RedrivePolicy"]; ok {
		var err error
		if policy, err = f.parseRedrive(q, text); err != nil {
			return err
		}
	}
	q.redrive = policy
	for name, value := range attributes {
		q.attributes[name] = value
		if value == "" {
			delete(q.attributes, name)
		}
	}
	q.apply()
	q.modified = f.now()
	f.wake()
	return nil
}

func (f *Fake) parseRedrive(q *queueState, text string) (*redrivePolicy, error) {
	if text == "" {
		return nil, nil
	}
	var wire struct {
		Target   string      `json:"deadLetterTargetArn"`
		Receives json.Number `json:"maxReceiveCount"` // SQS takes a number as text too
	}
	if err := json.Unmarshal([]byte(text), &wire); err != nil {
		return nil, errAttribute("RedrivePolicy", "Redrive policy is not a valid JSON map.")
	}
	receives, err := wire.Receives.Int64()
	if err != nil || receives < 1 || receives > 1000 {
		return nil, errAttribute("RedrivePolicy", "maxReceiveCount must be between 1 and 1000.")
	}
	target := f.findARN(wire.Target)
	if target == nil {
		return nil, errAttribute("RedrivePolicy", "Dead letter target does not exist.")
	}
	if target.fifo != q.fifo {
		return nil, errAttribute("RedrivePolicy", "Dead letter queue must be same type of queue as the source.")
	}
	if !target.allowsRedrive(q) {
		return nil, errAttribute("RedrivePolicy", "Queue %s does not allow this queue to use it as its dead letter queue.", target.name)
	}
	return &redrivePolicy{target: wire.Target, receives: int(receives)}, nil
}

// apply takes over what the attributes say.
func (q *queueState) apply() {
	q.visibility = q.duration("VisibilityTimeout")
	q.delay = q.duration("DelaySeconds")
	q.retention = q.duration("MessageRetentionPeriod")
	q.wait = q.duration("ReceiveMessageWaitTimeSeconds")
	q.maxBytes, _ = strconv.Atoi(q.attributes["MaximumMessageSize"]) // checked when it was set
	q.contentDedup = q.attributes["ContentBasedDeduplication"] == "true"
	q.groupDedup = q.attributes["DeduplicationScope"] == "messageGroup"
}

func (q *queueState) duration(attribute string) time.Duration {
	n, _ := strconv.Atoi(q.attributes[attribute]) // checked when it was set
	return time.Duration(n) * time.Second
}
