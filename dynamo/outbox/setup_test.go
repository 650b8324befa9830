package outbox_test

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/outbox"
)

// A thing is what events are about. It remembers their ids, so that the table
// itself tells which ones were written, and in which order.
type thing struct {
	ID      string   `dynamodbav:"id"`
	Events  []string `dynamodbav:"events"`
	Version uint64   `dynamodbav:"version" dynamo:"version"`
}

// A platform is an outbox with things in one table, and the records of its
// stream.
type platform struct {
	t       *testing.T
	fake    *dynamotest.Fake
	client  dynamo.API
	things  *dynamo.Repository[thing]
	box     *outbox.Outbox
	records []json.RawMessage
	sent    []outbox.Event
	publish outbox.Publish // nil accepts everything
}

func setup(t *testing.T, o *outbox.Options) *platform {
	t.Helper()
	p := &platform{t: t, fake: dynamotest.New(nil)}
	p.client = p.fake.Client(unsigned)
	p.things = things(t, p.client)
	p.box = p.open(o)
	require.NoError(t, p.fake.CreateTable(p.box.Schema()))
	_, err := p.fake.Client().UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{
		TableName:               aws.String("platform"),
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("expires"), Enabled: aws.Bool(true)},
	})
	require.NoError(t, err)
	p.fake.OnStream("platform", func(event []byte) {
		var e struct{ Records []json.RawMessage }
		require.NoError(t, json.Unmarshal(event, &e))
		p.records = append(p.records, e.Records...)
	})
	return p
}

// things opens the repository of things.
func things(t *testing.T, client dynamo.API) *dynamo.Repository[thing] {
	r, err := dynamo.New[thing](client, "platform", &dynamo.Options{Partition: "THING#{id}", Sort: "THING"})
	require.NoError(t, err)
	return r
}

// open returns another outbox on the same table.
func (p *platform) open(o *outbox.Options) *outbox.Outbox {
	box, err := outbox.New(p.client, "platform", func(ctx context.Context, events []outbox.Event) []error {
		if p.publish != nil {
			return p.publish(ctx, events)
		}
		p.sent = append(p.sent, events...)
		return nil
	}, o)
	require.NoError(p.t, err)
	return box
}

// write changes the thing and writes an event of the type about it.
func (p *platform) write(id, kind string) error {
	t, err := p.things.Get(p.t.Context(), dynamo.Key{id})
	if err != nil {
		t = thing{ID: id}
	}
	event := outbox.Event{
		ID: id + "-" + strconv.FormatUint(t.Version+1, 10) + kind, Key: id, Sequence: t.Version + 1, Type: kind,
		Data: []byte(id),
	}
	t.Events = append(t.Events, event.ID)
	return dynamo.Transact(p.t.Context(), p.client, p.things.PutOp(&t), p.box.Op(event))
}

func (p *platform) mustWrite(id, kind string) {
	p.t.Helper()
	require.NoError(p.t, p.write(id, kind))
}

// deliver hands the first n records to box, all for 0, and keeps those that come
// again. It returns the response.
func (p *platform) deliver(box *outbox.Outbox, n int) string {
	p.t.Helper()
	if n == 0 {
		n = len(p.records)
	}
	n = min(n, len(p.records))
	batch := p.records[:n:n]
	payload, err := json.Marshal(map[string]any{"Records": batch})
	require.NoError(p.t, err)
	response, err := box.Invoke(p.t.Context(), payload)
	require.NoError(p.t, err)
	p.records = append(again(p.t, batch, response), p.records[n:]...)
	return string(response)
}

// again returns the records that Lambda delivers again after a response.
func again(t *testing.T, batch []json.RawMessage, response []byte) []json.RawMessage {
	var r struct {
		Failures []struct {
			ID string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	require.NoError(t, json.Unmarshal(response, &r))
	if len(r.Failures) == 0 {
		return nil
	}
	require.Len(t, r.Failures, 1)
	for i, raw := range batch {
		if numberOf(t, raw) == r.Failures[0].ID {
			return append([]json.RawMessage(nil), batch[i:]...)
		}
	}
	require.Fail(t, "an id that is not in the batch", r.Failures[0].ID)
	return nil
}

func numberOf(t *testing.T, raw json.RawMessage) string {
	var r struct {
		DynamoDB struct{ SequenceNumber string } `json:"dynamodb"`
	}
	require.NoError(t, json.Unmarshal(raw, &r))
	return r.DynamoDB.SequenceNumber
}

// ids returns the ids of events.
func ids(events []outbox.Event) []string {
	all := []string{}
	for _, e := range events {
		all = append(all, e.ID)
	}
	return all
}

// parkedIDs returns the ids of the parked events.
func (p *platform) parkedIDs(box *outbox.Outbox) []string {
	all := []string{}
	for e, err := range box.Parked(p.t.Context()) {
		require.NoError(p.t, err)
		all = append(all, e.Event.ID)
	}
	return all
}

// unsigned has a client not sign its requests, which the fake does not check.
func unsigned(o *dynamodb.Options) { o.Credentials = aws.AnonymousCredentials{} }

func wait(d time.Duration) { <-time.After(d) }
