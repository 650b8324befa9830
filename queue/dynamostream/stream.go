// Package dynamostream handles the changes of a DynamoDB table as values of a Go
// type.
//
// It is [queue.NewDynamoDBProcessor] with its images decoded by the SDK's
// attributevalue, in a package of its own so that a function that reads SQS does
// not carry DynamoDB's SDK.
//
// # Getting started
//
//	lambda.Start(dynamostream.New(func(ctx context.Context, c dynamostream.Change[Gig]) error {
//		return index(ctx, c.Old, c.New)
//	}, nil))
//
// # Semantics and limits
//
// Those of [queue.StreamProcessor]: a shard's changes in order, nothing behind a
// failure, one sequence number reported. The event source mapping needs
// ReportBatchItemFailures.
//
// # Errors
//
// An image that does not decode is a [*queue.DecodeError] of its record:
// permanent, unless [queue.StreamOptions] says otherwise.
//
// # Cost
//
// None beyond the handler's.
//
// # Concurrency
//
// A processor is safe for overlapping invocations.
//
// # Testing
//
// Give Invoke the payload of a stream; see the example.
package dynamostream

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/go-thaw/thaw/queue"
)

// A Change is one change of an item, with its images decoded as far as the
// stream's view type has them.
type Change[T any] struct {
	queue.StreamRecord
	// Kind is what happened.
	Kind queue.ChangeKind
	// Keys has only the item's key attributes set.
	Keys T
	// Old is the item before the change and New after it. Old is nil for an
	// Insert, New for a Remove, and either when the view type leaves it out.
	Old, New *T
	// Expired tells that DynamoDB removed the item at the end of its time to
	// live.
	Expired bool
}

// New returns a processor for a DynamoDB stream, which calls handler for each
// change. T is the type that the table's items have elsewhere. Nil options mean
// the defaults. It panics when handler is nil or an option is out of its range.
func New[T any](handler func(context.Context, Change[T]) error, options *queue.StreamOptions) *queue.StreamProcessor {
	if handler == nil {
		panic("dynamostream: New: the handler is nil")
	}
	return queue.NewDynamoDBProcessor(func(ctx context.Context, raw queue.Change) error {
		c, err := decode[T](raw)
		if err != nil {
			return &queue.DecodeError{ID: raw.SequenceNumber, Body: true, Err: err}
		}
		return handler(ctx, c)
	}, options)
}

func decode[T any](raw queue.Change) (Change[T], error) {
	c := Change[T]{StreamRecord: raw.StreamRecord, Kind: raw.Kind, Expired: raw.Expired}
	keys, err := decodeImage[T](raw.Keys)
	if err != nil {
		return c, err
	}
	if keys != nil {
		c.Keys = *keys
	}
	if c.Old, err = decodeImage[T](raw.Old); err != nil {
		return c, err
	}
	c.New, err = decodeImage[T](raw.New)
	return c, err
}

// decodeImage decodes an item, nil when there is none.
func decodeImage[T any](image json.RawMessage) (*T, error) {
	if len(image) == 0 || string(image) == "null" {
		return nil, nil //nolint:nilnil // the view type leaves an image out: that is no error
	}
	item, err := attributevalue.UnmarshalMapJSON(image)
	if err != nil {
		return nil, err
	}
	var v T
	if err := attributevalue.UnmarshalMap(item, &v); err != nil {
		return nil, err
	}
	return &v, nil
}
