package dynamostream_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/dynamostream"
)

type item struct {
	ID    string `dynamodbav:"id"`
	Count int    `dynamodbav:"count"`
	Blob  []byte `dynamodbav:"blob"`
}

func options() *queue.StreamOptions {
	return &queue.StreamOptions{Logger: slog.New(slog.DiscardHandler)}
}

func TestChanges(t *testing.T) {
	raw := []byte(`{"Records":[
		{"eventID":"e1","eventName":"INSERT","eventSource":"aws:dynamodb","eventSourceARN":"arn:stream","dynamodb":{"ApproximateCreationDateTime":1480642020,
			"Keys":{"id":{"S":"a"}},"NewImage":{"id":{"S":"a"},"count":{"N":"1"},"blob":{"B":"AQI="}},"SequenceNumber":"10"}},
		{"eventID":"e2","eventName":"MODIFY","eventSource":"aws:dynamodb","eventSourceARN":"arn:stream","dynamodb":{
			"Keys":{"id":{"S":"a"}},"OldImage":{"id":{"S":"a"},"count":{"N":"1"}},"NewImage":{"id":{"S":"a"},"count":{"N":"2"}},"SequenceNumber":"11"}},
		{"eventID":"e3","eventName":"REMOVE","eventSource":"aws:dynamodb","eventSourceARN":"arn:stream","userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},
			"dynamodb":{"Keys":{"id":{"S":"a"}},"SequenceNumber":"12"}}]}`)
	var got []dynamostream.Change[item]
	p := dynamostream.New(func(_ context.Context, c dynamostream.Change[item]) error {
		c.Raw = nil
		got = append(got, c)
		return nil
	}, options())
	response, err := p.Invoke(t.Context(), raw)
	require.NoError(t, err)
	require.JSONEq(t, `{"batchItemFailures":[]}`, string(response))

	record := func(id, seq string) queue.StreamRecord {
		return queue.StreamRecord{ID: id, Stream: "arn:stream", SequenceNumber: seq}
	}
	first := record("e1", "10")
	first.Time = time.Unix(1480642020, 0)
	require.Equal(t, []dynamostream.Change[item]{
		{StreamRecord: first, Kind: queue.Insert, Keys: item{ID: "a"}, New: &item{"a", 1, []byte{1, 2}}},
		{StreamRecord: record("e2", "11"), Kind: queue.Modify, Keys: item{ID: "a"}, Old: &item{ID: "a", Count: 1}, New: &item{ID: "a", Count: 2}},
		{StreamRecord: record("e3", "12"), Kind: queue.Remove, Keys: item{ID: "a"}, Expired: true},
	}, got)
}

func TestAMalformedImageFailsItsRecordForGood(t *testing.T) {
	for _, member := range []string{"Keys", "OldImage", "NewImage"} {
		var sunk error
		o := options()
		o.DeadLetter = func(_ context.Context, _ queue.StreamRecord, reason error) error { sunk = reason; return nil }
		p := dynamostream.New(func(context.Context, dynamostream.Change[item]) error { return errors.New("called") }, o)
		response, err := p.Invoke(t.Context(), []byte(`{"Records":[{"eventSource":"aws:dynamodb","dynamodb":{"SequenceNumber":"1","`+member+`":{"count":{"S":"x"}}}}]}`))
		require.NoError(t, err)
		require.JSONEq(t, `{"batchItemFailures":[]}`, string(response), "the sink has it")
		var malformed *queue.DecodeError
		require.ErrorAs(t, sunk, &malformed, member)
	}
}

func TestAnItemThatIsNoItem(t *testing.T) {
	p := dynamostream.New(func(context.Context, dynamostream.Change[item]) error { return nil }, options())
	response, err := p.Invoke(t.Context(), []byte(`{"Records":[{"eventSource":"aws:dynamodb","dynamodb":{"SequenceNumber":"1","NewImage":[]}}]}`))
	require.NoError(t, err)
	require.JSONEq(t, `{"batchItemFailures":[{"itemIdentifier":"1"}]}`, string(response))
}

func TestNewPanicsWithoutAHandler(t *testing.T) {
	require.PanicsWithValue(t, "dynamostream: New: the handler is nil", func() { dynamostream.New[item](nil, nil) })
}
