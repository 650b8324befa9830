package queue_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
)

// One malformed record, however it is malformed, must not fail its neighbours.
func TestAMalformedRecordFailsAlone(t *testing.T) {
	const good = `{"messageId":"good","body":"\"ok\"","eventSource":"aws:sqs","eventSourceARN":"` + standardARN + `"}`
	for _, record := range []string{
		`{"messageId":"bad","body":5,"eventSource":"aws:sqs"}`,
		`{"messageId":"bad","body":"\"ok\"","eventSource":null,"attributes":[]}`,
		`{"messageId":"bad","body":"\"ok\"","eventSource":5,"attributes":5}`,
		`{"messageId":"bad","body":"\"ok\"","eventSource":"aws:sqs","attributes":{"SentTimestamp":"soon"}}`,
		`{"messageId":"bad","body":"\"ok\"","eventSource":"aws:sqs","messageAttributes":{"a":"b"}}`,
		`{"messageId":"bad","body":"\"ok\"","eventSource":"aws:sqs","messageAttributes":{"a":{"binaryValue":"%%"}}}`,
		`{"messageId":"bad","body":}`,
		`{"messageId":"bad","body":"\"ok\"",}`,
		`{"messageId":"bad","body":"\"ok\"" "x":1}`,
		`{"messageId":"bad","body":"\x"}`,
	} {
		for _, records := range []string{good + "," + record, record + "," + good} {
			response, err := queue.NewProcessor(obey, quiet(queue.Options{})).Invoke(t.Context(), []byte(`{"Records":[`+records+`]}`))
			require.NoError(t, err, record)
			require.Equal(t, []string{"bad"}, failed(t, response), record)
		}
	}
}

// Lambda names the source of each record; what a test writes by hand may not.
func TestRecordsWithoutASource(t *testing.T) {
	response, err := queue.NewProcessor(obey, quiet(queue.Options{})).Invoke(t.Context(), []byte(`{"Records":[{"messageId":"1","body":"\"ok\""},{"messageId":"2","body":"\"fail\""}]}`))
	require.NoError(t, err)
	require.Equal(t, []string{"2"}, failed(t, response))
}

func TestBodiesOfEveryKind(t *testing.T) {
	body := []row{{"1", `{"n":1}`, ""}}
	one := payload(standardARN, body...)
	var raw json.RawMessage
	_, err := queue.NewProcessor(func(_ ctx, m queue.Message[json.RawMessage]) error { raw = m.Body; return nil }, nil).Invoke(t.Context(), one)
	require.NoError(t, err)
	require.JSONEq(t, `{"n":1}`, string(raw))

	type n struct{ N int }
	var pointer *n
	keep := queue.NewProcessor(func(_ ctx, m queue.Message[*n]) error { pointer = m.Body; return nil }, nil)
	_, err = keep.Invoke(t.Context(), one)
	require.NoError(t, err)
	require.Equal(t, &n{1}, pointer)
	_, err = keep.Invoke(t.Context(), payload(standardARN, row{"1", `null`, ""}))
	require.NoError(t, err)
	require.Nil(t, pointer, "a body of null")

	var text string
	var bytes []byte
	verbatim := quiet(queue.Options{Decode: func(body []byte, v any) error {
		switch v := v.(type) {
		case *string:
			*v = string(body)
		case *[]byte:
			*v = body
		}
		return nil
	}})
	_, err = queue.NewProcessor(func(_ ctx, m queue.Message[string]) error { text = m.Body; return nil }, verbatim).Invoke(t.Context(), one)
	require.NoError(t, err)
	_, err = queue.NewProcessor(func(_ ctx, m queue.Message[[]byte]) error { bytes = m.Body; m.Body[0] = '!'; return nil }, verbatim).Invoke(t.Context(), one)
	require.NoError(t, err)
	require.Equal(t, `{"n":1}`, text)
	require.Equal(t, `!"n":1}`, string(bytes), "the handler's own")
	require.Contains(t, string(one), `{\"n\":1}`, "the payload is not changed")
}

// A record that does not tell its group may belong to any, so nothing overtakes
// it; how a group is written makes no difference.
func TestFIFOGroupsThatAreHardToRead(t *testing.T) {
	record := func(id, body, attributes string) string {
		return fmt.Sprintf(`{"messageId":%q,"body":%q,"attributes":%s,"eventSource":"aws:sqs","eventSourceARN":%q}`, id, body, attributes, fifoARN)
	}
	for _, c := range []struct {
		name    string
		records []string
		want    []string
	}{
		{"escapes", []string{record("1", `"fail"`, `{"MessageGroupId":"g1"}`), record("2", `"ok"`, `{"MessageGroupId":"g\u0031"}`), record("3", `"ok"`, `{"MessageGroupId":"h"}`)}, []string{"1", "2"}},
		{"unreadable", []string{record("1", `"ok"`, `{"MessageGroupId":"g"}`), record("2", `"ok"`, `5`), record("3", `"ok"`, `{"MessageGroupId":"g"}`)}, []string{"2", "3"}},
		{"none", []string{record("1", `"ok"`, `{}`), record("2", `"fail"`, `{}`), record("3", `"ok"`, `{}`)}, []string{"2", "3"}},
		{"malformed after a failure", []string{record("1", `"fail"`, `{"MessageGroupId":"g"}`), record("2", `{`, `{"MessageGroupId":"g"}`), record("3", `"ok"`, `{"MessageGroupId":"h"}`)}, []string{"1", "2"}},
		{"a permanent failure with a sink", []string{record("1", `"permanent"`, `{"MessageGroupId":"g"}`), record("2", `"ok"`, `{"MessageGroupId":"g"}`)}, []string{}},
		{"panic and exit", []string{record("1", `"panic"`, `{"MessageGroupId":"g"}`), record("2", `"ok"`, `{"MessageGroupId":"g"}`), record("3", `"exit"`, `{"MessageGroupId":"h"}`), record("4", `"ok"`, `{"MessageGroupId":"h"}`)}, []string{"1", "2", "3", "4"}},
	} {
		o := quiet(queue.Options{DeadLetter: func(_ ctx, r queue.Record, _ error) error {
			if r.Text != `"permanent"` {
				return errTest
			}
			return nil
		}})
		response, err := queue.NewProcessor(obey, o).Invoke(t.Context(), []byte(`{"Records":[`+strings.Join(c.records, ",")+`]}`))
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, failed(t, response), c.name)
	}
}

// What panics or exits is the record's failure, whoever's code it was.
func TestPanicsAndExitsAnywhereKeepTheRecord(t *testing.T) {
	for name, o := range map[string]queue.Options{
		"the sink panics":   {DeadLetter: func(ctx, queue.Record, error) error { panic("test") }},
		"the sink exits":    {DeadLetter: func(ctx, queue.Record, error) error { runtime.Goexit(); return nil }},
		"Decode panics":     {Decode: func([]byte, any) error { panic("test") }},
		"Decode exits":      {Decode: func([]byte, any) error { runtime.Goexit(); return nil }},
		"Unwrap panics":     {Unwrap: func([]byte) ([]byte, error) { panic("test") }},
		"Fetch panics":      {Fetch: func(ctx, []byte) ([]byte, error) { panic("test") }},
		"the hook panics":   {OnBatch: func(ctx, queue.Result) { panic("test") }},
		"the handler fails": {},
	} {
		for _, arn := range []string{standardARN, fifoARN} {
			for _, concurrency := range []int{1, 10} {
				o.Concurrency = concurrency
				p := queue.NewProcessor(func(ctx, queue.Message[string]) error { return queue.Permanent(errTest) }, quiet(o))
				response, err := p.Invoke(t.Context(), payload(arn, row{"1", `"x"`, "a"}, row{"2", `"x"`, "b"}))
				require.NoError(t, err, name)
				require.Equal(t, []string{"1", "2"}, failed(t, response), name)
			}
		}
	}
}

// 10,000 records of which every third fails, by panics, exits and errors; each is
// handled once, at most ten at a time, and exactly the failed ones come back.
func TestTenThousandRecords(t *testing.T) {
	const records = 10_000
	rows := make([]row, records)
	want := []string{}
	for i := range rows {
		rows[i] = row{ID: fmt.Sprint(i), Body: `"ok"`}
		if i%3 == 0 {
			rows[i].Body = []string{`"fail"`, `"panic"`, `"exit"`, `{`}[i%4]
			want = append(want, rows[i].ID)
		}
	}
	var now, most atomic.Int32
	handle := func(c ctx, m queue.Message[string]) error {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		return obey(c, m)
	}
	var result queue.Result
	response, err := queue.NewProcessor(handle, collect(queue.Options{}, &result)).Invoke(t.Context(), payload(standardARN, rows...))
	require.NoError(t, err)
	require.Equal(t, want, failed(t, response))
	require.Equal(t, []int{records, records - len(want), len(want), 0}, []int{result.Records, result.Succeeded, result.Failed, result.Skipped})
	require.LessOrEqual(t, most.Load(), int32(10))
}

// Two invocations at once on one processor know nothing of each other.
func TestOverlappingInvocationsOfBothKinds(t *testing.T) {
	p := queue.NewProcessor(obey, quiet(queue.Options{Concurrency: 3}))
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for round := range 50 {
				rows := make([]row, 1+(worker+round)%7)
				want := []string{}
				for i := range rows {
					rows[i] = row{fmt.Sprintf("%d-%d-%d", worker, round, i), []string{`"ok"`, `"fail"`, `"panic"`}[(worker+round+i)%3], "g" + fmt.Sprint(i)}
					if rows[i].Body != `"ok"` {
						want = append(want, rows[i].ID)
					}
				}
				response, err := p.Invoke(t.Context(), payload([]string{standardARN, fifoARN}[round%2], rows...))
				if err != nil || fmt.Sprint(failed(t, response)) != fmt.Sprint(want) {
					t.Errorf("got %s, %v, want %v", response, err, want)
				}
			}
		})
	}
	all.Wait()
}

// The payload's fields that nobody asked for, and bodies that other services
// wrap, as AWS documents them.
func TestEventOfTheDocumentation(t *testing.T) {
	const event = `{"Records":[{"messageId":"059f36b4-87a3-44ab-83d2-661975830a7d","receiptHandle":"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
		"body":"\"ok\"","attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"1545082649183","SenderId":"AIDAIENQZJOLO23YVJ4VO","ApproximateFirstReceiveTimestamp":"1545082649185"},
		"messageAttributes":{"myAttribute":{"stringValue":"myValue","stringListValues":[],"binaryListValues":[],"dataType":"String"}},
		"md5OfBody":"e4e68fb7bd0e697a0ae8f1bb342846b3","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-2:123456789012:my-queue","awsRegion":"us-east-2"}]}`
	var got queue.Record
	var result queue.Result
	p := queue.NewProcessor(func(_ ctx, m queue.Message[string]) error { got = m.Record; return nil }, collect(queue.Options{}, &result))
	response, err := p.Invoke(t.Context(), []byte(event))
	require.NoError(t, err)
	require.Equal(t, `{"batchItemFailures":[]}`, string(response))
	require.Equal(t, time.UnixMilli(1545082649183), got.Sent)
	require.Equal(t, map[string]queue.Attribute{"myAttribute": {Type: "String", String: "myValue"}}, got.Attributes)
	require.Equal(t, "arn:aws:sqs:us-east-2:123456789012:my-queue", result.Queue)
}

// Images of one item are in its order, however its keys are written.
func TestStreamKeysInAnotherOrder(t *testing.T) {
	record := func(n int, keys string) string {
		return fmt.Sprintf(`{"eventSource":"aws:dynamodb","eventName":"MODIFY","dynamodb":{"SequenceNumber":"%d","Keys":%s}}`, n, keys)
	}
	var mu sync.Mutex
	var order []string
	p := queue.NewDynamoDBProcessor(func(_ ctx, c queue.Change) error {
		if c.SequenceNumber == "1" {
			<-time.After(10 * time.Millisecond) // the other would overtake
		}
		mu.Lock()
		defer mu.Unlock()
		order = append(order, c.SequenceNumber)
		return nil
	}, &queue.StreamOptions{Concurrency: 4})
	_, err := p.Invoke(t.Context(), []byte(`{"Records":[`+record(1, `{"a":{"S":"x"},"b":{"N":"1"}}`)+`,`+record(2, `{"b":{"N":"1"},"a":{"S":"x"}}`)+`]}`))
	require.NoError(t, err)
	require.Equal(t, []string{"1", "2"}, order)
}
