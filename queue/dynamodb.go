package queue

import (
	"context"
	"encoding/json"
)

// A Change is what a handler of [NewDynamoDBProcessor] gets: one change of an
// item. Keys, Old and New are items in DynamoDB's JSON, such as
// {"id":{"S":"a"}}; package dynamostream decodes them.
type Change struct {
	StreamRecord
	// Kind is what happened.
	Kind ChangeKind
	// Keys has the item's key attributes.
	Keys json.RawMessage
	// Old is the item before the change and New after it. Old is empty for an
	// Insert, New for a Remove, and either when the stream's view type leaves it
	// out.
	Old, New json.RawMessage
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
// handler for each change. It leaves the images as they are, so that this
// package does not bring DynamoDB's SDK along; dynamostream.New has typed ones.
// A [*DecodeError] that handler returns is a malformed image: permanent, unless
// [StreamOptions.RetryMalformed] says otherwise. Nil options mean the defaults.
// It panics when handler is nil or an option is out of its range.
func NewDynamoDBProcessor(handler func(context.Context, Change) error, options *StreamOptions) *StreamProcessor {
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
		c := Change{StreamRecord: *r, Kind: wire.EventName, Keys: d.Keys, Old: d.OldImage, New: d.NewImage, Expired: wire.expired()}
		return func(ctx context.Context) error { return handler(ctx, c) }, nil
	})
}

// dynamoDBFormat is the format of DynamoDB Streams records; their key is the
// item's.
var dynamoDBFormat = format{
	source: "aws:dynamodb", id: []string{"dynamodb", "SequenceNumber"}, key: []string{"dynamodb", "Keys"},
}

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
