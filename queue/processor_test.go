package queue_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
)

type ctx = context.Context

var errTest = errors.New("test failure")

// obey fails as the body says.
func obey(_ ctx, m queue.Message[string]) error {
	switch m.Body {
	case "fail":
		return errTest
	case "permanent":
		return fmt.Errorf("wrapped: %w", queue.Permanent(errTest))
	case "panic":
		panic("test panic")
	case "exit":
		runtime.Goexit()
	}
	return nil
}

func TestResponse(t *testing.T) {
	record := func(id, source string) string {
		return fmt.Sprintf(`{%s"body":"\"fail\"","eventSource":%q,"eventSourceARN":%q}`, id, source, standardARN)
	}
	for _, c := range []struct {
		name, payload string
		want          string // the response
		err           error
	}{
		{"no records", `{"Records":[]}`, `{"batchItemFailures":[]}`, nil},
		{"null records", `{"Records":null}`, `{"batchItemFailures":[]}`, nil},
		{"all handled", string(payload(standardARN, row{"1", `"ok"`, ""})), `{"batchItemFailures":[]}`, nil},
		{"one failed", string(payload(standardARN, row{"1", `"fail"`, ""}, row{"2", `"ok"`, ""})), `{"batchItemFailures":[{"itemIdentifier":"1"}]}`, nil},
		{"all failed", string(payload(standardARN, row{"1", `"fail"`, ""}, row{"2", `"fail"`, ""})), `{"batchItemFailures":[{"itemIdentifier":"1"},{"itemIdentifier":"2"}]}`, nil},
		{"panic", string(payload(standardARN, row{"1", `"panic"`, ""}, row{"2", `"ok"`, ""})), `{"batchItemFailures":[{"itemIdentifier":"1"}]}`, nil},
		{"malformed body", string(payload(standardARN, row{"1", `{`, ""}, row{"2", `"ok"`, ""})), `{"batchItemFailures":[{"itemIdentifier":"1"}]}`, nil},
		{"permanent without a sink", string(payload(standardARN, row{"1", `"permanent"`, ""})), `{"batchItemFailures":[{"itemIdentifier":"1"}]}`, nil},
		{"an id with escapes", string(payload(standardARN, row{`a"\b`, `"fail"`, ""})), `{"batchItemFailures":[{"itemIdentifier":"a\"\\b"}]}`, nil},
		{"malformed attribute", strings.Replace(string(payload(standardARN, row{"1", `"ok"`, ""}, row{"2", `"ok"`, ""})), `"messageAttributes":{}`, `"messageAttributes":{"a":{"dataType":"Binary","binaryValue":"?"}}`, 1), `{"batchItemFailures":[{"itemIdentifier":"1"}]}`, nil},
		{"malformed receive count", strings.Replace(string(payload(standardARN, row{"1", `"ok"`, ""}, row{"2", `"ok"`, ""})), `"ApproximateReceiveCount":"2"`, `"ApproximateReceiveCount":"x"`, 1), `{"batchItemFailures":[{"itemIdentifier":"1"}]}`, nil},
		{"failed without an id", `{"Records":[` + record("", "aws:sqs") + `]}`, "", queue.ErrResponse},
		{"failed with an empty id", `{"Records":[` + record(`"messageId":"",`, "aws:sqs") + `]}`, "", queue.ErrResponse},
		{"failed with a null id", `{"Records":[` + record(`"messageId":null,`, "aws:sqs") + `]}`, "", queue.ErrResponse},
		{"failed with a repeated id", string(payload(standardARN, row{"1", `"fail"`, ""}, row{"1", `"ok"`, ""})), "", queue.ErrResponse},
		{"handled with a repeated id", string(payload(standardARN, row{"1", `"ok"`, ""}, row{"1", `"ok"`, ""})), `{"batchItemFailures":[]}`, nil},
		{"a record that is no object", strings.Replace(string(payload(standardARN, row{"1", `"ok"`, ""})), "[{", "[5,{", 1), "", queue.ErrResponse},
		{"not JSON", `Records`, "", queue.ErrPayload},
		{"cut off", `{"Records":[{"messageId":"1"`, "", queue.ErrPayload},
		{"an array", `[]`, "", queue.ErrPayload},
		{"empty", ``, "", queue.ErrPayload},
	} {
		t.Run(c.name, func(t *testing.T) {
			response, err := queue.NewProcessor(obey, quiet(queue.Options{})).Invoke(t.Context(), []byte(c.payload))
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.want, string(response))
		})
	}
}

func TestWrongSourceIsATypedError(t *testing.T) {
	for _, c := range []struct{ payload, source string }{
		{`{"Records":[{"messageId":"1","eventSource":"aws:kinesis"}]}`, "aws:kinesis"},
		{`{"Records":[{"EventSource":"aws:sns"}]}`, ""},
		{`{"source":"aws.events","detail":{}}`, ""},
		{`{}`, ""},
	} {
		_, err := queue.NewProcessor(obey, nil).Invoke(t.Context(), []byte(c.payload))
		var source *queue.SourceError
		require.ErrorAs(t, err, &source)
		require.Equal(t, &queue.SourceError{Source: c.source, Want: "aws:sqs"}, source)
	}
}

func TestMessage(t *testing.T) {
	raw := []byte(`{"Records":[{"messageId":"m-1","receiptHandle":"h-1","body":"{\"n\":7}","attributes":{
		"ApproximateReceiveCount":"3","SentTimestamp":"1700000000123","SenderId":"AIDA","ApproximateFirstReceiveTimestamp":"1700000001000",
		"SequenceNumber":"18","MessageDeduplicationId":"d","MessageGroupId":"g","AWSTraceHeader":"Root=1-2","DeadLetterQueueSourceArn":"arn:source"},
		"messageAttributes":{"s":{"stringValue":"x","stringListValues":[],"binaryListValues":[],"dataType":"String"},"b":{"binaryValue":"AQI=","dataType":"Binary"}},
		"eventSource":"aws:sqs","eventSourceARN":"` + fifoARN + `","awsRegion":"us-east-1"}]}`)
	var got queue.Message[struct{ N int }]
	p := queue.NewProcessor(func(_ ctx, m queue.Message[struct{ N int }]) error { got = m; return nil }, quiet(queue.Options{}))
	_, err := p.Invoke(t.Context(), raw)
	require.NoError(t, err)
	require.Equal(t, queue.Message[struct{ N int }]{
		Record: queue.Record{
			ID: "m-1", Queue: fifoARN, ReceiptHandle: "h-1", Text: `{"n":7}`, ReceiveCount: 3,
			Sent: time.UnixMilli(1700000000123), FirstReceived: time.UnixMilli(1700000001000),
			Group: "g", DeduplicationID: "d", SequenceNumber: "18", Sender: "AIDA", Trace: "Root=1-2", DeadLetterSource: "arn:source",
			Attributes: map[string]queue.Attribute{"s": {Type: "String", String: "x"}, "b": {Type: "Binary", Binary: []byte{1, 2}}},
		},
		Body: struct{ N int }{7},
	}, got)
	require.True(t, got.FIFO())
}

func TestDecodeOption(t *testing.T) {
	var got string
	p := queue.NewProcessor(func(_ ctx, m queue.Message[string]) error { got = m.Body; return nil },
		quiet(queue.Options{Decode: func(body []byte, v any) error { *v.(*string) = strings.ToUpper(string(body)); return nil }}))
	_, err := p.Invoke(t.Context(), payload(standardARN, row{"1", "plain <text>", ""}))
	require.NoError(t, err)
	require.Equal(t, "PLAIN <TEXT>", got)
}

func TestConcurrencyIsBounded(t *testing.T) {
	for _, c := range []struct{ option, want int32 }{{0, 10}, {1, 1}, {3, 3}} {
		var now, most atomic.Int32
		full := make(chan struct{})
		p := queue.NewProcessor(func(_ ctx, _ queue.Message[string]) error {
			n := now.Add(1)
			defer now.Add(-1)
			if old := most.Load(); n > old {
				most.CompareAndSwap(old, n)
			}
			if n == c.want {
				select {
				case <-full:
				default:
					close(full)
				}
			}
			<-full // until as many run as may
			return nil
		}, quiet(queue.Options{Concurrency: int(c.option)}))
		rows := make([]row, 40)
		for i := range rows {
			rows[i] = row{ID: fmt.Sprint(i), Body: `"x"`}
		}
		_, err := p.Invoke(t.Context(), payload(standardARN, rows...))
		require.NoError(t, err)
		require.Equal(t, c.want, most.Load())
	}
}

func TestFIFO(t *testing.T) {
	rows := []row{
		{"a1", `"ok"`, "a"}, {"b1", `"fail"`, "b"}, {"a2", `"ok"`, "a"}, {"b2", `"ok"`, "b"}, {"c1", `{`, "c"}, {"a3", `"ok"`, "a"}, {"c2", `"ok"`, "c"},
	}
	var mu sync.Mutex
	order := map[string][]string{}
	record := func(c ctx, m queue.Message[string]) error {
		mu.Lock()
		defer mu.Unlock()
		order[m.Group] = append(order[m.Group], m.ID)
		return obey(c, m)
	}
	var result queue.Result
	response, err := queue.NewProcessor(record, collect(queue.Options{}, &result)).Invoke(t.Context(), payload(fifoARN, rows...))
	require.NoError(t, err)
	require.Equal(t, []string{"b1", "b2", "c1", "c2"}, failed(t, response), "the rest of a failed group is not run")
	require.Equal(t, map[string][]string{"a": {"a1", "a2", "a3"}, "b": {"b1"}}, order)
	require.Equal(t, []int{7, 3, 2, 2, 0}, []int{result.Records, result.Succeeded, result.Failed, result.Skipped, result.Permanent})
}

func TestFIFOStopOnFailure(t *testing.T) {
	rows := []row{{"a1", `"ok"`, "a"}, {"b1", `"fail"`, "b"}, {"c1", `"ok"`, "c"}, {"a2", `"ok"`, "a"}}
	p := queue.NewProcessor(obey, quiet(queue.Options{Concurrency: 1, StopOnFailure: true}))
	response, err := p.Invoke(t.Context(), payload(fifoARN, rows...))
	require.NoError(t, err)
	require.Equal(t, []string{"b1", "c1"}, failed(t, response), "a ran before b, c comes after the failure")
}

func TestGroupsOfAStandardQueueAreNotOrdered(t *testing.T) {
	rows := []row{{"1", `"fail"`, "tenant"}, {"2", `"ok"`, "tenant"}}
	response, err := queue.NewProcessor(obey, quiet(queue.Options{})).Invoke(t.Context(), payload(standardARN, rows...))
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, failed(t, response))
}

func TestPanicCarriesItsStack(t *testing.T) {
	var result queue.Result
	p := queue.NewProcessor(func(ctx, queue.Message[string]) error { panic(errTest) }, collect(queue.Options{}, &result))
	_, err := p.Invoke(t.Context(), payload(standardARN, row{"1", `"x"`, ""}))
	require.NoError(t, err)
	var panicked *queue.PanicError
	require.ErrorAs(t, result.Failures[0].Err, &panicked)
	require.ErrorIs(t, panicked, errTest)
	require.Contains(t, string(panicked.Stack), "TestPanicCarriesItsStack")
}

func TestHandlerThatExitsItsGoroutine(t *testing.T) {
	var result queue.Result
	rows := []row{{"1", `"exit"`, ""}, {"2", `"exit"`, ""}, {"3", `"ok"`, ""}}
	p := queue.NewProcessor(obey, collect(queue.Options{Concurrency: 1}, &result))
	response, err := p.Invoke(t.Context(), payload(standardARN, rows...))
	require.NoError(t, err)
	require.Equal(t, []string{"1", "2"}, failed(t, response))
	require.ErrorIs(t, result.Failures[1].Err, queue.ErrExited)
	require.Equal(t, 1, result.Succeeded)
}

func TestErrorOnFullFailure(t *testing.T) {
	p := queue.NewProcessor(obey, quiet(queue.Options{ErrorOnFullFailure: true}))
	_, err := p.Invoke(t.Context(), payload(standardARN, row{"1", `"fail"`, ""}, row{"2", `"fail"`, ""}))
	require.ErrorIs(t, err, queue.ErrAllFailed)
	require.ErrorIs(t, err, errTest)

	response, err := p.Invoke(t.Context(), payload(standardARN, row{"1", `"fail"`, ""}, row{"2", `"ok"`, ""}))
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, failed(t, response))

	_, err = p.Invoke(t.Context(), []byte(`{"Records":[]}`))
	require.NoError(t, err)
}

func TestSink(t *testing.T) {
	type sunk struct{ id, text, reason string }
	for _, c := range []struct {
		name    string
		options queue.Options
		sink    error
		failed  []string
		sunk    []sunk
	}{
		{"takes permanent failures and malformed bodies", queue.Options{}, nil, []string{"3"}, []sunk{{"1", `"permanent"`, "wrapped: test failure"}, {"2", "{", "queue: decode body of 2: unexpected end of JSON input"}}},
		{"malformed bodies can be retried", queue.Options{RetryMalformed: true}, nil, []string{"2", "3"}, []sunk{{"1", `"permanent"`, "wrapped: test failure"}}},
		{"fails, so the records fail", queue.Options{}, errors.New("sink is down"), []string{"1", "2", "3"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []sunk
			var result queue.Result
			c.options.Concurrency = 1
			c.options.DeadLetter = func(_ ctx, r queue.Record, reason error) error {
				if c.sink == nil {
					got = append(got, sunk{r.ID, r.Text, reason.Error()})
				}
				return c.sink
			}
			rows := []row{{"1", `"permanent"`, ""}, {"2", `{`, ""}, {"3", `"fail"`, ""}, {"4", `"ok"`, ""}}
			response, err := queue.NewProcessor(obey, collect(c.options, &result)).Invoke(t.Context(), payload(standardARN, rows...))
			require.NoError(t, err)
			require.Equal(t, c.failed, failed(t, response))
			require.Equal(t, c.sunk, got)
			require.Equal(t, len(c.sunk), result.Permanent)
			require.Equal(t, len(c.failed), result.Failed)
			require.ErrorIs(t, result.Failures[0].Err, errTest, "the reason survives a failing sink")
		})
	}
}

func TestASunkRecordDoesNotStopItsGroup(t *testing.T) {
	sink := func(ctx, queue.Record, error) error { return nil }
	response, err := queue.NewProcessor(obey, quiet(queue.Options{DeadLetter: sink})).Invoke(t.Context(),
		payload(fifoARN, row{"1", `"permanent"`, "a"}, row{"2", `"ok"`, "a"}))
	require.NoError(t, err)
	require.Empty(t, failed(t, response))
}

func TestOneLineAndOneHookCallPerBatch(t *testing.T) {
	var log bytes.Buffer
	var results []queue.Result
	p := queue.NewProcessor(obey, &queue.Options{
		Logger:  slog.New(slog.NewJSONHandler(&log, nil)),
		OnBatch: func(_ ctx, r queue.Result) { results = append(results, r); panic("a hook's panic does no harm") },
	})
	_, err := p.Invoke(t.Context(), payload(standardARN, row{"1", `"fail"`, "g"}, row{"2", `"ok"`, ""}, row{"3", `"panic"`, ""}))
	require.NoError(t, err)
	require.Len(t, results, 1)
	require.Equal(t, queue.Failure{ID: "1", Group: "g", ReceiveCount: 2, Err: errTest}, results[0].Failures[0])

	lines := map[string][]map[string]any{}
	for line := range strings.Lines(log.String()) {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &fields))
		lines[fields["msg"].(string)] = append(lines[fields["msg"].(string)], fields)
	}
	require.Len(t, lines["queue: record failed"], 2)
	require.Equal(t, "1", lines["queue: record failed"][0]["id"])
	require.NotEmpty(t, lines["queue: record failed"][1]["stack"])
	require.Len(t, lines["queue: batch done"], 1)
	require.InDelta(t, 2, lines["queue: batch done"][0]["failed"], 0)
}

func TestOverlappingInvocations(t *testing.T) {
	p := queue.NewProcessor(obey, quiet(queue.Options{}))
	var running sync.WaitGroup
	for i := range 20 {
		running.Go(func() {
			bad := fmt.Sprint("bad-", i)
			response, err := p.Invoke(context.Background(), payload(standardARN, row{"ok", `"ok"`, ""}, row{bad, `"fail"`, ""}))
			if err != nil || !bytes.Contains(response, []byte(bad)) || bytes.Contains(response, []byte(`"ok"`)) {
				t.Errorf("%d: %s, %v", i, response, err)
			}
		})
	}
	running.Wait()
}

func TestNewProcessorPanics(t *testing.T) {
	require.PanicsWithValue(t, "queue: NewProcessor: the handler is nil", func() { queue.NewProcessor[string](nil, nil) })
	require.PanicsWithValue(t, "queue: Options.Concurrency: must be at least 1, got -3", func() { queue.NewProcessor(obey, &queue.Options{Concurrency: -3}) })
	require.PanicsWithValue(t, "queue: Options.Margin: must not be negative, got -1s", func() { queue.NewProcessor(obey, &queue.Options{Margin: -time.Second}) })
}
