package queuetest

import (
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
			return &Error{Code: "InvalidAttributeName", Message: "Unknown Attribute " + name + "."}
		}
		if !slices.Contains(c.words, value) {
			return errAttribute(name, "Must be one of %q.", c.words)
		}
		return nil
	}
	if !slices.Contains(kept, name) {
		return &Error{Code: "InvalidAttributeName", Message: "Unknown Attribute " + name + "."}
	}
	return nil
}

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
