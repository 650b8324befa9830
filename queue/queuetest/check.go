package queuetest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

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
	for _, name := range slices.Sorted(maps.Keys(m.attributes)) {
		if err := checkMessageAttribute(name, m.attributes[name]); err != nil {
			return err
		}
	}
	for name, a := range m.system {
		if name != "AWSTraceHeader" || a.DataType != "String" || a.StringValue == nil || *a.StringValue == "" {
			return errValue("Message system attribute %q is invalid.", name)
		}
	}
	return nil
}

var attributeName = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

// numberText is the text of a Number attribute, of which SQS keeps 38 digits.
var numberText = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

func checkMessageAttribute(name string, a attribute) error {
	kind, _, _ := strings.Cut(a.DataType, ".")
	lower := strings.ToLower(name)
	switch {
	case len(name) > 256 || !attributeName.MatchString(name) || strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon."):
		return errValue("The message attribute name %q is invalid.", name)
	case kind != "String" && kind != "Number" && kind != "Binary" || len(a.DataType) > 256:
		return errValue("The message attribute %q has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.", name)
	case kind == "Binary" && len(a.BinaryValue) == 0, kind != "Binary" && (a.StringValue == nil || *a.StringValue == ""):
		return errValue("The message attribute %q must contain a non-empty message attribute value for message attribute type %q.", name, kind)
	case kind != "Binary" && !allowed(*a.StringValue):
		return errValue("The message attribute %q contains characters outside the allowed set.", name)
	case kind == "Number" && !numberText.MatchString(*a.StringValue):
		return errValue("Can't cast the value of message (user) attribute %q to a number.", name)
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
