package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// text encodes a string as itself.
func text(v any) ([]byte, error) { return []byte(v.(string)), nil }

func newSender(t *testing.T, name string, o queue.SenderOptions) (*queuetest.Fake, *queue.Sender[string]) {
	t.Helper()
	fake := queuetest.New(nil)
	url := fake.CreateQueue(name, &queuetest.QueueOptions{ContentBasedDeduplication: strings.HasSuffix(name, ".fifo")})
	if o.Encode == nil {
		o.Encode = text
	}
	s, err := queue.NewSender[string](fake.Client(), url, &o)
	require.NoError(t, err)
	return fake, s
}

func bodies(fake *queuetest.Fake, name string) []string {
	out := []string{}
	for _, m := range fake.Messages(name) {
		out = append(out, m.Body)
	}
	return out
}

// words returns n different bodies.
func words(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint("w", i)
	}
	return out
}

// left returns the indexes of the failures.
func left(t *testing.T, err error) []int {
	t.Helper()
	var e *queue.SendError
	require.ErrorAs(t, err, &e)
	indexes := []int{}
	for _, f := range e.Failures {
		indexes = append(indexes, f.Index)
	}
	return indexes
}

func TestSendSplitsByCount(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	require.NoError(t, s.Send(t.Context(), words(25)...))
	require.Equal(t, words(25), bodies(fake, "jobs"))
	require.Len(t, fake.Calls("SendMessageBatch"), 3)
}

func TestSendSplitsByBytes(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	half := strings.Repeat("x", queue.DefaultMaxBytes/2)
	require.NoError(t, s.Send(t.Context(), half, half, "one more", half, half))
	require.Len(t, fake.Calls("SendMessageBatch"), 3, "two halves, one more and a half, a half")
	require.Len(t, fake.Messages("jobs"), 5)
}

func TestSendNothing(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	require.NoError(t, s.Send(t.Context()))
	require.Empty(t, fake.Calls())
}

func TestSendDefaultsToJSON(t *testing.T) {
	fake := queuetest.New(nil)
	s, err := queue.NewSender[Email](fake.Client(), fake.CreateQueue("jobs", nil), nil)
	require.NoError(t, err)
	require.NoError(t, s.Send(t.Context(), Email{To: "ada"}))
	require.Equal(t, []string{`{"to":"ada","subject":""}`}, bodies(fake, "jobs"))
}

func TestNewSenderErrors(t *testing.T) {
	client := sqs.New(sqs.Options{})
	for want, create := range map[string]func() (*queue.Sender[string], error){
		"queue: NewSender: the client is nil":        func() (*queue.Sender[string], error) { return queue.NewSender[string](nil, "url", nil) },
		"queue: NewSender: the queue's url is empty": func() (*queue.Sender[string], error) { return queue.NewSender[string](client, "", nil) },
		"queue: SenderOptions.MaxBytes: must be between 1 and 1048576, got 1048577": func() (*queue.Sender[string], error) {
			return queue.NewSender[string](client, "url", &queue.SenderOptions{MaxBytes: queue.DefaultMaxBytes + 1})
		},
		"queue: SenderOptions.Attempts: must be at least 1, got -1": func() (*queue.Sender[string], error) {
			return queue.NewSender[string](client, "url", &queue.SenderOptions{Attempts: -1})
		},
	} {
		_, err := create()
		require.EqualError(t, err, want)
	}
	keep := func(context.Context, []byte) ([]byte, error) { return nil, nil }
	for want, o := range map[string]queue.SenderOptions{
		"queue: SenderOptions.OffloadOver: needs SenderOptions.Offload":                     {OffloadOver: 1},
		"queue: SenderOptions.OffloadOver: must be between 1 and MaxBytes, 10, got 11":      {OffloadOver: 11, MaxBytes: 10, Offload: keep},
		"queue: SenderOptions.OffloadOver: must be between 1 and MaxBytes, 1048576, got -1": {OffloadOver: -1, Offload: keep},
	} {
		_, err := queue.NewSender[string](client, "url", &o)
		require.EqualError(t, err, want)
	}
}

func TestConcurrentSends(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	errs := make(chan error, 8)
	for range 8 {
		go func() { errs <- s.Send(context.Background(), words(30)...) }()
	}
	for range 8 {
		require.NoError(t, errors.Join(<-errs))
	}
	require.Len(t, fake.Messages("jobs"), 240)
}
