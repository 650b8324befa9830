package queue_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
)

// A change is one record of a stream under test.
type change struct{ Seq, Key, Body string }

func kinesisPayload(changes ...change) []byte {
	var records []string
	for _, c := range changes {
		records = append(records, fmt.Sprintf(`{"kinesis":{"partitionKey":%q,"sequenceNumber":%q,"data":%q,"approximateArrivalTimestamp":1480641523.477},
			"eventSource":"aws:kinesis","eventID":"shard:%s","eventSourceARN":"arn:aws:kinesis:us-east-1:1:stream/s"}`,
			c.Key, c.Seq, base64.StdEncoding.EncodeToString([]byte(c.Body)), c.Seq))
	}
	return []byte(`{"Records":[` + strings.Join(records, ",") + `]}`)
}

func TestStreamStopsAtTheFirstFailure(t *testing.T) {
	for name, c := range map[string]struct {
		bodies []string
		want   []string // reported
		seen   int
	}{
		"none":          {[]string{`"ok"`, `"ok"`}, []string{}, 2},
		"in the middle": {[]string{`"ok"`, `"fail"`, `"ok"`, `"fail"`}, []string{"1"}, 2},
		"panic":         {[]string{`"panic"`, `"ok"`}, []string{"0"}, 1},
		"malformed":     {[]string{`"ok"`, `{`, `"ok"`}, []string{"1"}, 1},
		"permanent":     {[]string{`"permanent"`, `"ok"`}, []string{"0"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var changes []change
			for i, b := range c.bodies {
				changes = append(changes, change{fmt.Sprint(i), "k", b})
			}
			var result queue.Result
			seen := 0
			p := queue.NewKinesisProcessor(func(ctx context.Context, m queue.StreamMessage[string]) error {
				seen++
				return obey(ctx, queue.Message[string]{Body: m.Body})
			}, streamOptions(queue.StreamOptions{}, &result))
			response, err := p.Invoke(t.Context(), kinesisPayload(changes...))
			require.NoError(t, err)
			require.Equal(t, c.want, failed(t, response))
			require.Equal(t, c.seen, seen)
			require.Equal(t, len(c.bodies), result.Succeeded+result.Failed+result.Skipped)
		})
	}
}

func streamOptions(o queue.StreamOptions, r *queue.Result) *queue.StreamOptions {
	q := collect(queue.Options{}, r)
	o.OnBatch, o.Logger = q.OnBatch, q.Logger
	return &o
}

func TestStreamSinkLetsTheShardGoOn(t *testing.T) {
	for _, sinkErr := range []error{nil, errors.New("down")} {
		var result queue.Result
		var sunk []string
		p := queue.NewKinesisProcessor(func(ctx context.Context, m queue.StreamMessage[string]) error {
			return obey(ctx, queue.Message[string]{Body: m.Body})
		}, streamOptions(queue.StreamOptions{DeadLetter: func(_ context.Context, r queue.StreamRecord, reason error) error {
			require.Error(t, reason)
			sunk = append(sunk, r.SequenceNumber)
			return sinkErr
		}}, &result))
		response, err := p.Invoke(t.Context(), kinesisPayload(change{"1", "k", `"permanent"`}, change{"2", "k", `{`}, change{"3", "k", `"ok"`}))
		require.NoError(t, err)
		if sinkErr != nil {
			require.Equal(t, []string{"1"}, failed(t, response))
			require.Equal(t, []string{"1"}, sunk)
			continue
		}
		require.Empty(t, failed(t, response))
		require.Equal(t, []string{"1", "2"}, sunk)
		require.Equal(t, 2, result.Permanent)
	}
}

// With parallel keys the checkpoint is the lowest record that is not done,
// everything before it is done, and keys keep their order.
func TestStreamParallelByKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var order []string
		slow := map[string]time.Duration{"0": 5 * time.Second, "2": time.Second}
		p := queue.NewKinesisProcessor(func(_ context.Context, m queue.StreamMessage[string]) error {
			<-time.After(slow[m.SequenceNumber])
			mu.Lock()
			order = append(order, m.SequenceNumber)
			mu.Unlock()
			return obey(context.Background(), queue.Message[string]{Body: m.Body})
		}, &queue.StreamOptions{Concurrency: 2, Logger: quiet(queue.Options{}).Logger})
		response, err := p.Invoke(t.Context(), kinesisPayload(
			change{"0", "a", `"ok"`}, change{"1", "b", `"ok"`}, change{"2", "b", `"fail"`}, change{"3", "a", `"ok"`}, change{"4", "c", `"ok"`}))
		require.NoError(t, err)
		require.Equal(t, []string{"2"}, failed(t, response))
		require.Equal(t, []string{"1", "2", "0"}, order, "0 is before the failure and ends, 3 and 4 are behind it and never start")
	})
}

func TestStreamDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		p := queue.NewKinesisProcessor(func(context.Context, queue.StreamMessage[string]) error {
			<-time.After(4 * time.Second)
			return nil
		}, &queue.StreamOptions{Logger: quiet(queue.Options{}).Logger})
		response, err := p.Invoke(ctx, kinesisPayload(change{"0", "a", `"x"`}, change{"1", "a", `"x"`}, change{"2", "a", `"x"`}, change{"3", "a", `"x"`}))
		require.NoError(t, err)
		require.Equal(t, []string{"2"}, failed(t, response), "which was abandoned at 9.75 s")
		<-time.After(time.Minute)
	})
}

func TestKinesisMessage(t *testing.T) {
	var got queue.StreamMessage[string]
	p := queue.NewKinesisProcessor(func(_ context.Context, m queue.StreamMessage[string]) error { got = m; return nil },
		&queue.StreamOptions{Decode: func(b []byte, v any) error { *v.(*string) = string(b); return nil }, Logger: quiet(queue.Options{}).Logger})
	_, err := p.Invoke(t.Context(), kinesisPayload(change{"7", "k", "hello"}))
	require.NoError(t, err)
	require.NotEmpty(t, got.Raw)
	got.Raw = nil
	require.Equal(t, queue.StreamMessage[string]{
		StreamRecord: queue.StreamRecord{ID: "shard:7", Stream: "arn:aws:kinesis:us-east-1:1:stream/s", SequenceNumber: "7", PartitionKey: "k", Time: time.UnixMilli(1480641523477)},
		Body:         "hello", Data: []byte("hello"),
	}, got)
}

func TestDynamoDBChange(t *testing.T) {
	var got queue.Change
	p := queue.NewDynamoDBProcessor(func(_ context.Context, c queue.Change) error { got = c; return nil }, &queue.StreamOptions{Logger: quiet(queue.Options{}).Logger})
	response, err := p.Invoke(t.Context(), []byte(`{"Records":[{"eventID":"e3","eventName":"REMOVE","eventSource":"aws:dynamodb","eventSourceARN":"arn:stream",
		"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},
		"dynamodb":{"ApproximateCreationDateTime":1480642020,"Keys":{"id":{"S":"a"}},"OldImage":{"id":{"S":"a"}},"SequenceNumber":"12"}}]}`))
	require.NoError(t, err)
	require.Empty(t, failed(t, response))
	got.Raw = nil
	require.Equal(t, queue.Change{
		StreamRecord: queue.StreamRecord{ID: "e3", Stream: "arn:stream", SequenceNumber: "12", Time: time.Unix(1480642020, 0)},
		Kind:         queue.Remove, Keys: []byte(`{"id":{"S":"a"}}`), Old: []byte(`{"id":{"S":"a"}}`), Expired: true,
	}, got)
}

func TestDynamoDBRefusesOtherPayloads(t *testing.T) {
	p := queue.NewDynamoDBProcessor(func(context.Context, queue.Change) error { return errTest }, &queue.StreamOptions{Logger: quiet(queue.Options{}).Logger})
	_, err := p.Invoke(t.Context(), []byte(`{"Records":[{"eventSource":"aws:dynamodb","dynamodb":{}}]}`))
	require.ErrorIs(t, err, queue.ErrResponse, "no sequence number")
	_, err = p.Invoke(t.Context(), payload(standardARN, row{"1", `"ok"`, ""}))
	var source *queue.SourceError
	require.ErrorAs(t, err, &source)
}

func TestNewStreamProcessorPanics(t *testing.T) {
	handler := func(context.Context, queue.Change) error { return nil }
	require.PanicsWithValue(t, "queue: NewDynamoDBProcessor: the handler is nil", func() { queue.NewDynamoDBProcessor(nil, nil) })
	require.PanicsWithValue(t, "queue: NewKinesisProcessor: the handler is nil", func() { queue.NewKinesisProcessor[string](nil, nil) })
	require.PanicsWithValue(t, "queue: StreamOptions.Concurrency: must be at least 1, got -1", func() { queue.NewDynamoDBProcessor(handler, &queue.StreamOptions{Concurrency: -1}) })
	require.PanicsWithValue(t, "queue: StreamOptions.Margin: must not be negative, got -1ns", func() { queue.NewDynamoDBProcessor(handler, &queue.StreamOptions{Margin: -1}) })
}

// One bad record among parallel keys: everything in front of it is handled, and it
// is the one that is reported.
func TestParallelStreamFailsAnywhere(t *testing.T) {
	var changes []change
	for i := range 20 {
		changes = append(changes, change{fmt.Sprint(i), fmt.Sprint("k", i%7), `"x"`})
	}
	for bad := range changes {
		var mu sync.Mutex
		handled := make(map[string]bool)
		p := queue.NewKinesisProcessor(func(_ context.Context, m queue.StreamMessage[string]) error {
			mu.Lock()
			defer mu.Unlock()
			handled[m.SequenceNumber] = true
			if m.SequenceNumber == changes[bad].Seq {
				return errTest
			}
			return nil
		}, streamOptions(queue.StreamOptions{Concurrency: 5}, new(queue.Result)))
		response, err := p.Invoke(t.Context(), kinesisPayload(changes...))
		require.NoError(t, err)
		require.Equal(t, []string{changes[bad].Seq}, failed(t, response))
		for _, c := range changes[:bad] {
			require.True(t, handled[c.Seq], "%s of %d", c.Seq, bad)
		}
	}
}
