package queue

import (
	"encoding/json"
	"errors"
	"fmt"
)

// ErrEnvelope is the error of an Unwrap function for a body that is not in its
// envelope.
var ErrEnvelope = errors.New("body is not in the expected envelope")

// UnwrapSNS returns the message of an SNS notification, for a queue that is
// subscribed to a topic without raw message delivery:
// https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html.
func UnwrapSNS(body []byte) ([]byte, error) {
	var notification struct {
		Type    string
		Message *string
	}
	if err := json.Unmarshal(body, &notification); err != nil {
		return nil, fmt.Errorf("%w of SNS: %w", ErrEnvelope, err)
	}
	if notification.Type != "Notification" || notification.Message == nil {
		return nil, fmt.Errorf("%w of SNS: type %q", ErrEnvelope, notification.Type)
	}
	return []byte(*notification.Message), nil
}

// UnwrapEventBridge returns the detail of an EventBridge event, for a queue that
// is the target of a rule:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events.html.
func UnwrapEventBridge(body []byte) ([]byte, error) {
	var event struct {
		DetailType *string         `json:"detail-type"`
		Detail     json.RawMessage `json:"detail"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return nil, fmt.Errorf("%w of EventBridge: %w", ErrEnvelope, err)
	}
	if event.DetailType == nil || event.Detail == nil {
		return nil, fmt.Errorf("%w of EventBridge: no detail", ErrEnvelope)
	}
	return event.Detail, nil
}

// UnwrapS3 returns an S3 notification as it is, for a handler of
// awsevents.S3Event, and ignores the test message that S3 sends when a
// notification is configured:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html.
func UnwrapS3(body []byte) ([]byte, error) {
	var notification struct {
		Event   string
		Records []json.RawMessage
	}
	if err := json.Unmarshal(body, &notification); err != nil {
		return nil, fmt.Errorf("%w of S3: %w", ErrEnvelope, err)
	}
	switch {
	case notification.Event == "s3:TestEvent":
		return nil, nil
	case notification.Records == nil:
		return nil, fmt.Errorf("%w of S3: no records", ErrEnvelope)
	}
	return body, nil
}

// UnwrapEach opens envelopes within envelopes, the outermost first: S3
// notifications that come through a topic are
// UnwrapEach(UnwrapSNS, UnwrapS3).
func UnwrapEach(unwraps ...func(body []byte) ([]byte, error)) func(body []byte) ([]byte, error) {
	return func(body []byte) (inner []byte, err error) {
		for _, unwrap := range unwraps {
			if body, err = unwrap(body); body == nil || err != nil {
				return nil, err
			}
		}
		return body, nil
	}
}
