package queue

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
)

// A Change is what a handler of [NewDynamoDBProcessor] gets: one change of an
// item, with its images decoded as far as the stream's view type has them.
type Change[T any] struct {
	StreamRecord
	// Kind is what happened.
	Kind ChangeKind
	// Keys has only the item's key attributes set.
	Keys T
	// Old is the item before the change and New after it. Old is nil for an
	// Insert, New for a Remove, and either when the view type leaves it out.
	Old, New *T
	// Expired tells that DynamoDB removed the item at the end of its time to
	// live.
	Expired bool
}

// A ChangeKind is what happened to an item.
type ChangeKind string

// The kinds of changes.
const (
	Insert ChangeKind = "INSERT"
	Modify ChangeKind = "MODIFY"
	Remove ChangeKind = "REMOVE"
)

// NewDynamoDBProcessor returns a processor for a DynamoDB stream, which calls
// handler for each change. Images are decoded by the SDK's attributevalue, so T
// is the type that the table's items have elsewhere. Nil options mean the
// defaults. It panics when handler is nil or an option is out of its range.
func NewDynamoDBProcessor[T any](handler func(context.Context, Change[T]) error, options *StreamOptions) *StreamProcessor {
	if handler == nil {
		panic("queue: NewDynamoDBProcessor: the handler is nil")
	}
	return newStreamProcessor(dynamoDBFormat, options, func(r *StreamRecord) (func(context.Context) error, error) {
		var wire dynamoDBRecord
		if err := json.Unmarshal(r.Raw, &wire); err != nil {
			return nil, &DecodeError{ID: r.SequenceNumber, Err: err}
		}
		d := &wire.DynamoDB
		r.ID, r.Stream, r.Time = wire.EventID, wire.EventSourceARN, d.ApproximateCreationDateTime.time()
		c := Change[T]{StreamRecord: *r, Kind: wire.EventName, Expired: wire.expired()}
		if err := decodeImages(&c, d.Keys, d.OldImage, d.NewImage); err != nil {
			return nil, &DecodeError{ID: r.SequenceNumber, Body: true, Err: err}
		}
		return func(ctx context.Context) error { return handler(ctx, c) }, nil
	})
}

// dynamoDBFormat is the format of DynamoDB Streams records; their key is the
// item's.
var dynamoDBFormat = format{source: "aws:dynamodb", scan: func(t *task, member string, value []byte) {
	if member != "dynamodb" {
		return
	}
	_ = members(value, func(key, value []byte) { // what is malformed shows when the record is decoded
		switch string(key) {
		case "SequenceNumber":
			t.id = idToken(value)
		case "Keys":
			t.key = string(value)
		}
	})
}}

type dynamoDBRecord struct {
	EventID        string     `json:"eventID"`
	EventName      ChangeKind `json:"eventName"`
	EventSourceARN string     `json:"eventSourceARN"`
	UserIdentity   struct {
		Type        string `json:"type"`
		PrincipalID string `json:"principalId"`
	} `json:"userIdentity"`
	DynamoDB struct {
		ApproximateCreationDateTime seconds1970
		Keys, OldImage, NewImage    json.RawMessage
	} `json:"dynamodb"`
}

// expired follows
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html.
func (r *dynamoDBRecord) expired() bool {
	return r.EventName == Remove && r.UserIdentity.Type == "Service" && r.UserIdentity.PrincipalID == "dynamodb.amazonaws.com"
}

func decodeImages[T any](c *Change[T], keys, before, after json.RawMessage) error {
	if _, err := decodeImage(keys, &c.Keys); err != nil {
		return err
	}
	var old, now T
	found, err := decodeImage(before, &old)
	if err != nil {
		return err
	}
	if found {
		c.Old = &old
	}
	if found, err = decodeImage(after, &now); found {
		c.New = &now
	}
	return err
}

// decodeImage decodes an item and tells whether there was one.
func decodeImage(image json.RawMessage, v any) (found bool, err error) {
	if len(image) == 0 || string(image) == "null" {
		return false, nil
	}
	item, err := attributevalue.UnmarshalMapJSON(image)
	if err != nil {
		return false, err
	}
	return true, attributevalue.UnmarshalMap(item, v)
}
