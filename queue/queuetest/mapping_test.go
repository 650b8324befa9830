package queuetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awsevents "github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest"
)

type handlerFunc func(ctx context.Context, payload []byte) ([]byte, error)

func (f handlerFunc) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return f(ctx, payload)
}

func answer(response string) handlerFunc {
	return func(context.Context, []byte) ([]byte, error) { return []byte(response), nil }
}

func newMapping(t *testing.T, fake *queuetest.Fake, queue string, h queuetest.Handler, o *queuetest.MappingOptions) *queuetest.Mapping {
	t.Helper()
	m, err := queuetest.NewMapping(fake, queue, h, o)
	require.NoError(t, err)
	return m
}

func deliver(t *testing.T, fake *queuetest.Fake, queue string, bodies ...string) {
	t.Helper()
	for _, b := range bodies {
		require.NoError(t, fake.Deliver(queue)(t.Context(), []byte(b)))
	}
}

// sqsRecords decodes an event with the types of aws-lambda-go.
func sqsRecords(t *testing.T, payload []byte) []awsevents.SQSMessage {
	t.Helper()
	var e awsevents.SQSEvent
	require.NoError(t, json.Unmarshal(payload, &e))
	return e.Records
}

const (
	id1 = "00000000-0000-4000-8000-000000000001"
	id2 = "00000000-0000-4000-8000-000000000002"
	id3 = "00000000-0000-4000-8000-000000000003"
)

// The rules of
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
// on a batch of three.
func TestResponseRules(t *testing.T) {
	all, none := []string{id1, id2, id3}, []string(nil)
	item := func(s string) string { return `{"batchItemFailures":[` + s + `]}` }
	for _, c := range []struct {
		name     string
		handler  handlerFunc
		returned []string
	}{
		{"partial", answer(item(`{"itemIdentifier":"` + id2 + `"}`)), []string{id2}},
		{"partial, twice the same", answer(item(`{"itemIdentifier":"` + id2 + `"},{"itemIdentifier":"` + id2 + `"}`)), []string{id2}},
		{"empty list", answer(item(``)), none},
		{"null list", answer(`{"batchItemFailures":null}`), none},
		{"empty response", answer(`{}`), none},
		{"null response", answer(`null`), none},
		{"no response", answer(``), none},
		{"misspelt list", answer(`{"batchitemfailures":[{"itemIdentifier":"` + id1 + `"}]}`), none},
		{"invalid JSON", answer(`{"batchItemFailures":`), all},
		{"a JSON string", answer(`"ok"`), all},
		{"a list that is none", answer(`{"batchItemFailures":"` + id1 + `"}`), all},
		{"an item that is none", answer(item(`"` + id1 + `"`)), all},
		{"a null item", answer(item(`null`)), all},
		{"empty id", answer(item(`{"itemIdentifier":""}`)), all},
		{"null id", answer(item(`{"itemIdentifier":null}`)), all},
		{"an id that is no string", answer(item(`{"itemIdentifier":1}`)), all},
		{"misspelt key", answer(item(`{"itemidentifier":"` + id1 + `"}`)), all},
		{"unknown id", answer(item(`{"itemIdentifier":"` + id1 + `"},{"itemIdentifier":"other"}`)), all},
		{"error", func(context.Context, []byte) ([]byte, error) { return []byte(item(``)), errors.New("failed") }, all},
		{"panic", func(context.Context, []byte) ([]byte, error) { panic("test") }, all},
		{"exit", func(context.Context, []byte) ([]byte, error) { runtime.Goexit(); return nil, nil }, all},
		{"timeout", func(context.Context, []byte) ([]byte, error) { <-time.After(time.Minute); return nil, nil }, all},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := queuetest.New(nil)
				fake.CreateQueue("jobs", nil)
				deliver(t, fake, "jobs", "a", "b", "c")
				invocations, err := newMapping(t, fake, "jobs", c.handler, nil).Poll(t.Context())
				require.NoError(t, err)
				require.Len(t, invocations, 1)
				require.Equal(t, c.returned, invocations[0].Returned)
				require.Equal(t, queuetest.Counts{InFlight: len(c.returned)}, fake.Counts("jobs"))
				<-time.After(30 * time.Second)
				require.Equal(t, queuetest.Counts{Visible: len(c.returned)}, fake.Counts("jobs"), "what is kept comes back")
				<-time.After(time.Minute)
			})
		})
	}
}

func TestMappingWithoutPartialResponsesIgnoresThem(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	deliver(t, fake, "jobs", "a")
	m := newMapping(t, fake, "jobs", answer(`{"batchItemFailures":[{"itemIdentifier":"`+id1+`"}]}`), &queuetest.MappingOptions{IgnoreFailures: true})
	_, err := m.Poll(t.Context())
	require.NoError(t, err)
	require.Zero(t, fake.Counts("jobs").Total())
}

func TestEvent(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_123)
	fake := queuetest.New(&queuetest.Options{Now: func() time.Time { return now }})
	fake.CreateQueue("jobs.fifo", nil)
	_, err := fake.Client().SendMessage(t.Context(), sendInput("jobs.fifo", `a "body" <1>`))
	require.NoError(t, err)
	var payload []byte
	_, err = newMapping(t, fake, "jobs.fifo", handlerFunc(func(_ context.Context, p []byte) ([]byte, error) { payload = p; return nil, nil }), nil).Poll(t.Context())
	require.NoError(t, err)

	text := "text"
	got := sqsRecords(t, payload)[0]
	require.NotEmpty(t, got.ReceiptHandle)
	got.ReceiptHandle = ""
	require.Equal(t, awsevents.SQSMessage{
		MessageId: id1, Body: `a "body" <1>`, Md5OfBody: "0998d6ddee1199a0ab4de3a0cd4e3d2e",
		Md5OfMessageAttributes: got.Md5OfMessageAttributes,
		Attributes: map[string]string{
			"ApproximateReceiveCount": "1", "SentTimestamp": "1700000000123", "ApproximateFirstReceiveTimestamp": "1700000000123",
			"SenderId": "AIDACKCEVSQ6C2EXAMPLE", "SequenceNumber": "00000000000000000001", "MessageGroupId": "g", "MessageDeduplicationId": "d",
			"AWSTraceHeader": "Root=1-2",
		},
		MessageAttributes: map[string]awsevents.SQSMessageAttribute{
			"s": {StringValue: &text, DataType: "String", StringListValues: []string{}, BinaryListValues: [][]byte{}},
			"b": {BinaryValue: []byte{1, 2}, DataType: "Binary", StringListValues: []string{}, BinaryListValues: [][]byte{}},
		},
		EventSource: "aws:sqs", EventSourceARN: "arn:aws:sqs:us-east-1:000000000000:jobs.fifo", AWSRegion: "us-east-1",
	}, got)
}

func TestReceiveCountGrowsAndTheRedrivePolicyEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(nil)
		fake.CreateQueue("dead", nil)
		fake.CreateQueue("jobs", &queuetest.QueueOptions{DeadLetterQueue: "dead", MaxReceiveCount: 3})
		deliver(t, fake, "jobs", "poison")
		var counts []string
		m := newMapping(t, fake, "jobs", handlerFunc(func(_ context.Context, p []byte) ([]byte, error) {
			counts = append(counts, sqsRecords(t, p)[0].Attributes["ApproximateReceiveCount"])
			return nil, errors.New("always")
		}), nil)
		for range 6 {
			_, err := m.Drain(t.Context())
			require.NoError(t, err)
			<-time.After(30 * time.Second)
		}
		require.Equal(t, []string{"1", "2", "3"}, counts)
		require.Zero(t, fake.Counts("jobs").Total())
		dead := fake.Messages("dead")
		require.Len(t, dead, 1)
		require.Equal(t, "arn:aws:sqs:us-east-1:000000000000:jobs", dead[0].Source)
		require.Equal(t, id1, dead[0].ID)
	})
}

func TestBatchSizes(t *testing.T) {
	for _, c := range []struct {
		options *queuetest.MappingOptions
		bodies  []string
		want    []int
	}{
		{nil, repeat("x", 25), []int{10, 10, 5}},
		{&queuetest.MappingOptions{BatchSize: 1}, repeat("x", 3), []int{1, 1, 1}},
		{&queuetest.MappingOptions{BatchSize: 10_000, Window: time.Second}, repeat("x", 2500), []int{2500}},
		{&queuetest.MappingOptions{BatchSize: 100, Window: time.Second}, repeat(strings.Repeat("x", 1<<20), 12), []int{5, 5, 2}}, // 6 MB
	} {
		fake := queuetest.New(nil)
		fake.CreateQueue("jobs", nil)
		deliver(t, fake, "jobs", c.bodies...)
		invocations, err := newMapping(t, fake, "jobs", answer(""), c.options).Poll(t.Context())
		require.NoError(t, err)
		var sizes []int
		for _, v := range invocations {
			sizes = append(sizes, len(v.Deleted))
			require.LessOrEqual(t, len(v.Payload), 6<<20)
		}
		require.Equal(t, c.want, sizes)
	}
}

func repeat(s string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s
	}
	return out
}

func TestPollDeliversNothingTwice(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	deliver(t, fake, "jobs", "a")
	m := newMapping(t, fake, "jobs", handlerFunc(func(context.Context, []byte) ([]byte, error) {
		fake.Redeliver("jobs")
		return nil, errors.New("failed")
	}), nil)
	for range 2 {
		invocations, err := m.Poll(t.Context())
		require.NoError(t, err)
		require.Len(t, invocations, 1)
	}
}

func TestDrainGoesOnUntilNothingIsVisible(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	deliver(t, fake, "jobs", "a")
	runs := 0
	m := newMapping(t, fake, "jobs", handlerFunc(func(context.Context, []byte) ([]byte, error) {
		if runs++; runs < 5 {
			deliver(t, fake, "jobs", "another")
		}
		return nil, nil
	}), nil)
	invocations, err := m.Drain(t.Context())
	require.NoError(t, err)
	require.Len(t, invocations, 5)
}

func TestSteppedClock(t *testing.T) {
	now := time.Unix(0, 0)
	fake := queuetest.New(&queuetest.Options{Now: func() time.Time { return now }})
	fake.CreateQueue("jobs", &queuetest.QueueOptions{Delay: time.Minute})
	deliver(t, fake, "jobs", "a")
	m := newMapping(t, fake, "jobs", answer(""), nil)
	for _, want := range []int{0, 1, 0} {
		invocations, err := m.Drain(t.Context())
		require.NoError(t, err)
		require.Len(t, invocations, want)
		now = now.Add(time.Minute)
	}
}

func TestGroupsOfAFIFOQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(nil)
		fake.CreateQueue("jobs.fifo", nil)
		for _, b := range []string{"a1", "b1", "a2", "b2"} {
			require.NoError(t, fake.DeliverGroup("jobs.fifo", b[:1])(t.Context(), []byte(b)))
		}
		var seen []string
		m := newMapping(t, fake, "jobs.fifo", handlerFunc(func(_ context.Context, p []byte) ([]byte, error) {
			r := sqsRecords(t, p)[0]
			seen = append(seen, r.Body)
			if r.Body == "a1" && r.Attributes["ApproximateReceiveCount"] == "1" {
				return nil, errors.New("once")
			}
			return nil, nil
		}), &queuetest.MappingOptions{BatchSize: 1, Concurrency: 1})
		_, err := m.Drain(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"a1", "b1", "b2"}, seen, "a is locked while a1 is in flight")
		<-time.After(30 * time.Second)
		_, err = m.Drain(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"a1", "b1", "b2", "a1", "a2"}, seen)
	})
}

func TestOnInvokeAndDuplicates(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	deliver(t, fake, "jobs", "a", "b")
	fake.Duplicate("jobs", id1)
	var deleted [][]string
	m := newMapping(t, fake, "jobs", answer(""), &queuetest.MappingOptions{BatchSize: 2, Concurrency: 1, OnInvoke: func(v queuetest.Invocation) { deleted = append(deleted, v.Deleted) }})
	_, err := m.Drain(t.Context())
	require.NoError(t, err)
	require.Equal(t, [][]string{{id1, id2}, {id1}}, deleted)
}

func TestNewMappingErrors(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	fake.CreateQueue("jobs.fifo", nil)
	for _, c := range []struct {
		queue   string
		options queuetest.MappingOptions
		want    string
	}{
		{"none", queuetest.MappingOptions{}, `queuetest: NewMapping: there is no queue "none"`},
		{"jobs", queuetest.MappingOptions{BatchSize: 10_001}, "queuetest: MappingOptions.BatchSize: must be between 1 and 10000, got 10001"},
		{"jobs.fifo", queuetest.MappingOptions{BatchSize: 11}, "queuetest: MappingOptions.BatchSize: must be between 1 and 10, got 11"},
		{"jobs", queuetest.MappingOptions{BatchSize: 11}, "queuetest: MappingOptions.Window: must be at least 1 s when BatchSize is over 10, got 0s"},
		{"jobs", queuetest.MappingOptions{Window: 301 * time.Second}, "queuetest: MappingOptions.Window: must be between 0 and 300 s, got 5m1s"},
		{"jobs.fifo", queuetest.MappingOptions{Window: time.Second}, "queuetest: MappingOptions.Window: a FIFO queue takes none, got 1s"},
		{"jobs", queuetest.MappingOptions{MaxConcurrency: 1}, "queuetest: MappingOptions.MaxConcurrency: must be between 2 and 1000, got 1"},
		{"jobs", queuetest.MappingOptions{MaxConcurrency: 1001}, "queuetest: MappingOptions.MaxConcurrency: must be between 2 and 1000, got 1001"},
		{"jobs", queuetest.MappingOptions{MaxConcurrency: -1}, "queuetest: MappingOptions.MaxConcurrency: must be between 2 and 1000, got -1"},
		{"jobs", queuetest.MappingOptions{MinPollers: 1}, "queuetest: MappingOptions.MinPollers: must be between 2 and 200, got 1"},
		{"jobs", queuetest.MappingOptions{MinPollers: 201}, "queuetest: MappingOptions.MinPollers: must be between 2 and 200, got 201"},
		{"jobs", queuetest.MappingOptions{MinPollers: 5, MaxPollers: 4}, "queuetest: MappingOptions.MaxPollers: must be between MinPollers, 5, and 10000, got 4"},
		{"jobs", queuetest.MappingOptions{MaxPollers: 10_001}, "queuetest: MappingOptions.MaxPollers: must be between MinPollers, 2, and 10000, got 10001"},
		{"jobs", queuetest.MappingOptions{MaxPollers: 5, MaxConcurrency: 5}, "queuetest: MappingOptions.MinPollers, MaxPollers: do not go with Concurrency and MaxConcurrency"},
		{"jobs", queuetest.MappingOptions{Filters: make([]func([]byte) (bool, error), 11)}, "queuetest: MappingOptions.Filters: must be at most 10, got 11"},
		{"jobs", queuetest.MappingOptions{MaxConcurrency: 2, Concurrency: 2}, "queuetest: MappingOptions.MaxConcurrency: does not go with Concurrency"},
		{"jobs", queuetest.MappingOptions{Concurrency: -1}, "queuetest: MappingOptions.Concurrency: must be at least 1, got -1"},
		{"jobs", queuetest.MappingOptions{Timeout: -1}, "queuetest: MappingOptions.Timeout: must be between 1 s and 15 min, got -1ns"},
		{"jobs", queuetest.MappingOptions{Timeout: 31 * time.Second}, "queuetest: MappingOptions.Timeout: must not be longer than the queue's visibility timeout of 30s, got 31s"},
	} {
		_, err := queuetest.NewMapping(fake, c.queue, answer(""), &c.options)
		require.EqualError(t, err, c.want)
	}
	_, err := queuetest.NewMapping(fake, "jobs", nil, nil)
	require.EqualError(t, err, "queuetest: NewMapping: the fake or the handler is nil")
}
