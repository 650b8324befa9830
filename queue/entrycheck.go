package queue

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// What SQS would refuse is found before anything is sent: for some mistakes of
// one entry SQS refuses the whole request, and with it those beside it.

// The limits of a message:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html.
const (
	// DefaultMaxBytes is the most that a message, and all messages of a request
	// together, may have: 1 MiB.
	DefaultMaxBytes = 1 << 20

	maxAttributes = 10
	maxNameLength = 256 // of attributes and their types
	maxDelay      = 15 * time.Minute
	maxIDLength   = 128 // of groups and deduplication ids
)

func checkBody(text string) error {
	if text == "" {
		return fmt.Errorf("%w: the body is empty", ErrEntry)
	}
	if !validText(text) {
		return fmt.Errorf("%w: the body has a character that SQS does not allow", ErrEntry)
	}
	return nil
}

// check finds what SQS would refuse of an entry apart from its body and the
// attributes themselves.
func (s *Sender[T]) check(e *Entry[T]) error {
	for _, rule := range []struct {
		broken bool
		text   string
	}{
		{s.fifo && e.Group == "", "a FIFO queue needs a group"},
		{!validID(e.Group), "the group is over 128 characters or has one that is not a letter, digit or punctuation of ASCII"},
		{!validID(e.DeduplicationID), "the deduplication id is over 128 characters or has one that is not a letter, digit or punctuation of ASCII"},
		{!s.fifo && e.DeduplicationID != "", "only a FIFO queue takes a deduplication id"},
		{s.fifo && e.Delay != 0, "a FIFO queue takes no delay per message"},
		{e.Delay < 0 || e.Delay > maxDelay, "the delay is not between 0 and 15 minutes"},
		{len(e.Attributes) > maxAttributes, "there are more than 10 attributes"},
		{!validText(e.Trace), "the trace header has a character that SQS does not allow"},
	} {
		if rule.broken {
			return fmt.Errorf("%w: %s", ErrEntry, rule.text)
		}
	}
	return nil
}

// checkOffload finds what keeps the body of e from being offloaded.
func (s *Sender[T]) checkOffload(e *Entry[T]) error {
	if _, taken := e.Attributes[PayloadSizeAttribute]; taken {
		return fmt.Errorf("%w: the attribute %s belongs to offloaded bodies", ErrEntry, PayloadSizeAttribute)
	}
	if len(e.Attributes) == maxAttributes {
		return fmt.Errorf("%w: a body that is offloaded leaves room for 9 attributes", ErrEntry)
	}
	return nil
}

// wireAttributes converts attributes and adds up what counts of them: names,
// types and values.
func wireAttributes(attributes map[string]Attribute) (wire map[string]types.MessageAttributeValue, size int, err error) {
	if len(attributes) == 0 {
		return nil, 0, nil
	}
	wire = make(map[string]types.MessageAttributeValue, len(attributes)+1)
	for name, a := range attributes {
		if a.Type == "" {
			a.Type = "String"
			if a.Binary != nil {
				a.Type = "Binary"
			}
		}
		if fault := a.fault(name); fault != "" {
			return nil, 0, fmt.Errorf("%w: attribute %q %s", ErrEntry, name, fault)
		}
		value := types.MessageAttributeValue{DataType: aws.String(a.Type)}
		if strings.HasPrefix(a.Type, "Binary") {
			value.BinaryValue = a.Binary
		} else {
			value.StringValue = aws.String(a.String)
		}
		wire[name] = value
		size += len(name) + len(a.Type) + len(value.BinaryValue) + len(aws.ToString(value.StringValue))
	}
	return wire, size, nil
}

var (
	attributeName = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)
	attributeType = regexp.MustCompile(`^(String|Number|Binary)(\.[A-Za-z0-9_.-]+)?$`)
	reservedName  = regexp.MustCompile(`(?i)^(aws|amazon)\.`)
	decimal       = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)
)

// fault says what SQS would not take of an attribute, "" when it takes it:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-message-attributes.
func (a Attribute) fault(name string) string {
	kind, _, _ := strings.Cut(a.Type, ".")
	switch {
	case !attributeName.MatchString(name) || len(name) > maxNameLength || reservedName.MatchString(name):
		return "has a name that SQS does not take"
	case !attributeType.MatchString(a.Type) || len(a.Type) > maxNameLength:
		return fmt.Sprintf("has the type %q, which is not String, Number or Binary", a.Type)
	case kind == "Binary" && len(a.Binary) == 0, kind != "Binary" && a.String == "":
		return "has no value"
	case !validText(a.String):
		return "has a character that SQS does not allow"
	case kind == "Number" && !decimal.MatchString(a.String):
		return "is no number"
	}
	return ""
}

// validID tells whether SQS takes s as a group or a deduplication id, or s is
// empty: ASCII without space and control characters.
func validID(s string) bool {
	return len(s) <= maxIDLength && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// validText tells whether SQS takes s: UTF-8 of the characters #x9, #xA, #xD,
// #x20–#xD7FF, #xE000–#xFFFD and #x10000–#x10FFFF. See
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html.
func validText(s string) bool {
	for _, r := range s {
		if !validRune(r) {
			return false
		}
	}
	return utf8.ValidString(s)
}

func validRune(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r != 0xFFFE && r != 0xFFFF
}
