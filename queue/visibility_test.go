package queue_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// A bench is a fake with one queue and a mapping to a handler.
type bench struct {
	fake    *queuetest.Fake
	mapping *queuetest.Mapping
	result  queue.Result
}

func newBench(t *testing.T, name string, o queue.Options, handler func(context.Context, queue.Message[string]) error) *bench {
	t.Helper()
	b := &bench{fake: queuetest.New(nil)}
	b.fake.CreateQueue(name, &queuetest.QueueOptions{VisibilityTimeout: 5 * time.Minute})
	o.Client = b.fake.Client()
	mapping, err := queuetest.NewMapping(b.fake, name, queue.NewProcessor(handler, collect(o, &b.result)), nil)
	require.NoError(t, err)
	b.mapping = mapping
	return b
}

func (b *bench) send(t *testing.T, name string, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		require.NoError(t, b.fake.Deliver(name)(t.Context(), []byte(body)))
	}
}

// waits returns how long each message of the queue stays invisible.
func (b *bench) waits(name string) []time.Duration {
	var waits []time.Duration
	for _, m := range b.fake.Messages(name) {
		waits = append(waits, time.Until(m.Visible))
	}
	return waits
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waits := map[string]time.Duration{`"a"`: 90 * time.Second, `"b"`: 1500 * time.Millisecond, `"c"`: 0, `"d"`: math.MaxInt64, `"e"`: -time.Second}
		b := newBench(t, "jobs", queue.Options{}, func(_ context.Context, m queue.Message[string]) error {
			return queue.RetryAfter(waits[m.Text], errTest)
		})
		b.send(t, "jobs", `"a"`, `"b"`, `"c"`, `"d"`, `"e"`)
		_, err := b.mapping.Poll(t.Context())
		require.NoError(t, err)
		require.NoError(t, b.result.VisibilityErr)
		require.Equal(t, []time.Duration{90 * time.Second, 2 * time.Second, 0, 12*time.Hour - 5*time.Minute, 0}, b.waits("jobs"))
		require.Len(t, b.fake.Calls("ChangeMessageVisibilityBatch"), 1)
	})
}

func TestBackoffByReceiveCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "jobs", queue.Options{Backoff: func(n int) time.Duration { return time.Duration(n) * time.Minute }}, obey)
		b.send(t, "jobs", `"fail"`, `"ok"`, `"panic"`)
		for n := range 3 {
			_, err := b.mapping.Poll(t.Context())
			require.NoError(t, err)
			wait := time.Duration(n+1) * time.Minute
			require.Equal(t, []time.Duration{wait, wait}, b.waits("jobs"))
			<-time.After(wait)
		}
	})
}

func TestWhatKeepsItsVisibilityTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			options queue.Options
			body    string
		}{
			"a permanent failure without a sink": {queue.Options{}, `"permanent"`},
			"a failure without back-off":         {queue.Options{Backoff: queue.NoBackoff}, `"fail"`},
		} {
			b := newBench(t, "jobs", c.options, obey)
			b.send(t, "jobs", c.body)
			_, err := b.mapping.Poll(t.Context())
			require.NoError(t, err)
			require.Equal(t, []time.Duration{5 * time.Minute}, b.waits("jobs"), name)
			require.Empty(t, b.fake.Calls(), name)
		}
	})
}

func TestARecordThatTheSinkDidNotTakeIsPostponed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "jobs", queue.Options{
			DeadLetter: func(context.Context, queue.Record, error) error { return errors.New("down") },
			Backoff:    func(int) time.Duration { return time.Minute },
		}, obey)
		b.send(t, "jobs", `"permanent"`)
		_, err := b.mapping.Poll(t.Context())
		require.NoError(t, err)
		require.Equal(t, []time.Duration{time.Minute}, b.waits("jobs"))
		var sink *queue.SinkError
		require.ErrorAs(t, b.result.Failures[0].Err, &sink)
	})
}

func TestRestOfAFailedGroupIsPostponedWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		b := newBench(t, "jobs.fifo", queue.Options{}, func(_ context.Context, m queue.Message[string]) error {
			order = append(order, m.Body)
			if m.Body == "second" && m.ReceiveCount == 1 {
				return queue.RetryAfter(10*time.Second, nil)
			}
			return nil
		})
		b.send(t, "jobs.fifo", `"first"`, `"second"`, `"third"`)
		_, err := b.mapping.Drain(t.Context())
		require.NoError(t, err)
		require.Equal(t, []time.Duration{10 * time.Second, 10 * time.Second}, b.waits("jobs.fifo"))
		<-time.After(10 * time.Second)
		_, err = b.mapping.Drain(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"first", "second", "second", "third"}, order)
		require.Zero(t, b.fake.Counts("jobs.fifo").Total())
	})
}

func TestFailedPostponementIsNeverFatal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, prepare := range map[string]func(*queuetest.Fake) func(int) time.Duration{
			"the call fails": func(f *queuetest.Fake) func(int) time.Duration {
				f.Inject("", queuetest.Fault{Error: &queuetest.Error{Code: "AccessDenied"}})
				return nil
			},
			"an entry fails": func(f *queuetest.Fake) func(int) time.Duration {
				return func(int) time.Duration { f.Redeliver("jobs"); return time.Minute }
			},
			"the back-off panics": func(*queuetest.Fake) func(int) time.Duration {
				return func(int) time.Duration { panic(errTest) }
			},
			"the connection hangs": func(f *queuetest.Fake) func(int) time.Duration {
				f.Inject("", queuetest.Fault{Delay: time.Hour})
				return nil
			},
		} {
			var result queue.Result
			fake := queuetest.New(nil)
			fake.CreateQueue("jobs", nil)
			require.NoError(t, fake.Deliver("jobs")(t.Context(), []byte(`"fail"`)))
			options := collect(queue.Options{Client: fake.Client(), Backoff: prepare(fake)}, &result)
			mapping, err := queuetest.NewMapping(fake, "jobs", queue.NewProcessor(obey, options), nil)
			require.NoError(t, err)
			invocations, err := mapping.Poll(t.Context())
			require.NoError(t, err)
			require.NoError(t, invocations[0].Err, name)
			require.Len(t, invocations[0].Returned, 1, name)
			require.Error(t, result.VisibilityErr, name)
		}
	})
}

func TestEveryPostponedRecordIsInABatchOfTen(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	for range 25 {
		require.NoError(t, fake.Deliver("jobs")(t.Context(), []byte(`"fail"`)))
	}
	p := queue.NewProcessor(obey, quiet(queue.Options{Client: fake.Client()}))
	mapping, err := queuetest.NewMapping(fake, "jobs", p, &queuetest.MappingOptions{BatchSize: 100, Window: time.Second})
	require.NoError(t, err)
	_, err = mapping.Poll(t.Context())
	require.NoError(t, err)
	require.Len(t, fake.Calls("ChangeMessageVisibilityBatch"), 3)
}
