package queuetest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
)

// numbers are the attributes that hold a number, with their range and default:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html.
var numbers = map[string]struct{ low, high, byDefault int }{
	"DelaySeconds":                  {0, 900, 0},
	"MaximumMessageSize":            {1024, 1 << 20, 1 << 20},
	"MessageRetentionPeriod":        {60, 1_209_600, 345_600},
	"ReceiveMessageWaitTimeSeconds": {0, 20, 0},
	"VisibilityTimeout":             {0, 43_200, 30},
}

// choices are the attributes that hold one of a few words.
var choices = map[string]struct {
	words []string
	fifo  bool // FIFO queues only
}{
	"FifoQueue":                 {[]string{"true"}, true},
	"ContentBasedDeduplication": {[]string{"true", "false"}, true},
	"DeduplicationScope":        {[]string{"queue", "messageGroup"}, true},
	"FifoThroughputLimit":       {[]string{"perQueue", "perMessageGroupId"}, true},
	"SqsManagedSseEnabled":      {[]string{"true", "false"}, false},
}

// kept are the attributes that the fake stores and answers without acting on
// them, RedrivePolicy apart.
var kept = []string{"KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "Policy", "RedriveAllowPolicy", "RedrivePolicy"}

func defaultAttributes(fifo bool) map[string]string {
	attributes := map[string]string{"SqsManagedSseEnabled": "true"}
	for name, n := range numbers {
		attributes[name] = strconv.Itoa(n.byDefault)
	}
	if fifo {
		attributes["ContentBasedDeduplication"] = "false"
		attributes["DeduplicationScope"] = "queue"
		attributes["FifoThroughputLimit"] = "perQueue"
	}
	return attributes
}

func checkAttribute(q *queueState, name, value string) error {
	if n, ok := numbers[name]; ok {
		i, err := strconv.Atoi(value)
		if err != nil || i < n.low || i > n.high {
			return errAttribute(name, "Must be between %d and %d.", n.low, n.high)
		}
		return nil
	}
	if c, ok := choices[name]; ok {
		if c.fifo && !q.fifo {
			return errAttributeName(name)
		}
		if !slices.Contains(c.words, value) {
			return errAttribute(name, "Must be one of %q.", c.words)
		}
		return nil
	}
	if !slices.Contains(kept, name) {
		return errAttributeName(name)
	}
	if name == "RedriveAllowPolicy" && value != "" {
		return checkRedriveAllow(value)
	}
	return nil
}

func errAttributeName(name string) *Error {
	return &Error{Code: "InvalidAttributeName", Message: "Unknown Attribute " + name + "."}
}

// checkThroughput holds the attributes of high throughput together, as they will
// be: a limit for each group goes with deduplication within the group only.
func (q *queueState) checkThroughput(attributes map[string]string) error {
	after := func(name string) string {
		if value, ok := attributes[name]; ok {
			return value
		}
		return q.attributes[name]
	}
	if after("FifoThroughputLimit") == "perMessageGroupId" && after("DeduplicationScope") != "messageGroup" {
		return errAttribute("FifoThroughputLimit", "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.")
	}
	return nil
}

// redriveAllow says which queues may have a queue as their dead-letter queue.
type redriveAllow struct {
	Permission string   `json:"redrivePermission"`
	Sources    []string `json:"sourceQueueArns"`
}

func checkRedriveAllow(text string) error {
	var p redriveAllow
	if json.Unmarshal([]byte(text), &p) != nil {
		return errAttribute("RedriveAllowPolicy", "Redrive allow policy is not a valid JSON map.")
	}
	const mostSources = 10
	named := len(p.Sources) > 0
	if !slices.Contains([]string{"allowAll", "denyAll", "byQueue"}, p.Permission) || named != (p.Permission == "byQueue") || len(p.Sources) > mostSources {
		return errAttribute("RedriveAllowPolicy", "It must be allowAll, denyAll, or byQueue with 1 to %d source queue ARNs.", mostSources)
	}
	return nil
}

// allowsRedrive tells whether source may have q as its dead-letter queue.
func (q *queueState) allowsRedrive(source *queueState) bool {
	p := redriveAllow{Permission: "allowAll"}
	if text := q.attributes["RedriveAllowPolicy"]; text != "" {
		_ = json.Unmarshal([]byte(text), &p) // checked when it was set
	}
	return p.Permission == "allowAll" || p.Permission == "byQueue" && slices.Contains(p.Sources, source.arn)
}

// checkNames finds a name that a request asks for and SQS does not know.
func checkNames(names []string, known []string) error {
	for _, name := range names {
		if name != "All" && !slices.Contains(known, name) {
			return errAttributeName(name)
		}
	}
	return nil
}

// The names that GetQueueAttributes and ReceiveMessage take.
var (
	queueAttributeNames = slices.Concat(kept, slices.Collect(maps.Keys(numbers)), slices.Collect(maps.Keys(choices)), []string{
		"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible",
		"CreatedTimestamp", "LastModifiedTimestamp", "QueueArn",
	})
	messageAttributeNames = []string{
		"AWSTraceHeader", "ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "DeadLetterQueueSourceArn",
		"MessageDeduplicationId", "MessageGroupId", "SenderId", "SentTimestamp", "SequenceNumber",
	}
)

// allAttributes returns what GetQueueAttributes answers for All.
func (q *queueState) allAttributes(now time.Time) map[string]string {
	c := q.counts(now)
	all := map[string]string{
		"QueueArn":                              q.arn,
		"CreatedTimestamp":                      strconv.FormatInt(q.created.Unix(), 10),
		"LastModifiedTimestamp":                 strconv.FormatInt(q.modified.Unix(), 10),
		"ApproximateNumberOfMessages":           strconv.Itoa(c.Visible),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(c.InFlight),
		"ApproximateNumberOfMessagesDelayed":    strconv.Itoa(c.Delayed),
	}
	for name, value := range q.attributes {
		all[name] = value
	}
	return all
}
