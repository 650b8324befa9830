package eventstest

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/go-thaw/thaw/events"
)

var _ events.API = Unimplemented{}

// Unimplemented is an events.API whose operations fail. Embed it in a stub of
// your own, which then survives new methods of the interface.
type Unimplemented struct{}

var errUnimplemented = errors.New("eventstest: unimplemented")

// PutEvents fails.
func (Unimplemented) PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	return nil, errUnimplemented
}

// DescribeEventBus fails.
func (Unimplemented) DescribeEventBus(context.Context, *eventbridge.DescribeEventBusInput, ...func(*eventbridge.Options)) (*eventbridge.DescribeEventBusOutput, error) {
	return nil, errUnimplemented
}
