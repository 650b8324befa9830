package events

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
)

// API is what a [Publisher] needs of EventBridge. *eventbridge.Client satisfies
// it as it is.
type API interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
	DescribeEventBus(context.Context, *eventbridge.DescribeEventBusInput, ...func(*eventbridge.Options)) (*eventbridge.DescribeEventBusOutput, error)
}

// Limits are the bounds of a service that takes events. A zero field means the
// value of [ClassicLimits].
type Limits struct {
	// Entries is the largest number of events in one request.
	Entries int
	// Bytes is the largest total size of the events in one request, by the
	// formula of [Event.Size]. One event alone may be as large.
	Bytes int
	// DetailType is the longest detail type, in characters.
	DetailType int
}

// ClassicLimits returns the limits of PutEvents: 10 entries, 1,000,000 bytes, a
// detail type of 128 characters.
//
// AWS says that the entries together must be "less than 1 MB" and leaves open
// whether that is 10^6 or 2^20 bytes. The lower reading is always accepted and
// costs at most 4.7 % of a request's room. A region with an older, lower limit
// is served by setting Bytes; see
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
// and
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html.
func ClassicLimits() Limits {
	return Limits{Entries: 10, Bytes: 1_000_000, DetailType: 128}
}

func (l Limits) withDefaults() Limits {
	classic := ClassicLimits()
	if l.Entries == 0 {
		l.Entries = classic.Entries
	}
	if l.Bytes == 0 {
		l.Bytes = classic.Bytes
	}
	if l.DetailType == 0 {
		l.DetailType = classic.DetailType
	}
	return l
}
