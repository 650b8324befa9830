package queue_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

func TestHeartbeatKeepsRecordsInvisible(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var result queue.Result
		fake := queuetest.New(nil)
		fake.CreateQueue("jobs", &queuetest.QueueOptions{VisibilityTimeout: 30 * time.Second})
		for range 3 {
			require.NoError(t, fake.Deliver("jobs")(t.Context(), []byte(`"x"`)))
		}
		p := queue.NewProcessor(func(context.Context, queue.Message[string]) error {
			<-time.After(time.Minute)
			require.Zero(t, fake.Counts("jobs").Visible)
			return nil
		}, collect(queue.Options{Concurrency: 1, Client: fake.Client(), Heartbeat: 20 * time.Second}, &result))
		// The queue's timeout is set lower than the function's, as a mapping
		// would not allow, so the payload is taken from another one.
		var event []byte
		grab, err := queuetest.NewMapping(fake, "jobs", grabber{&event}, &queuetest.MappingOptions{Timeout: time.Second})
		require.NoError(t, err)
		_, err = grab.Poll(t.Context())
		require.NoError(t, err)

		response, err := p.Invoke(t.Context(), event)
		require.NoError(t, err)
		require.Empty(t, failed(t, response))
		require.NoError(t, result.VisibilityErr)
		require.Equal(t, 3*time.Minute, result.Duration)
		calls := fake.Calls("ChangeMessageVisibilityBatch")
		require.GreaterOrEqual(t, len(calls), 8, "every 20 s in 3 minutes, the last with the end")
		require.LessOrEqual(t, len(calls), 9)
		require.Contains(t, string(calls[0].Input), `"VisibilityTimeout":40`)
	})
}

// A grabber keeps the payload and fails.
type grabber struct{ payload *[]byte }

func (g grabber) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	*g.payload = payload
	return nil, errTest
}

// A beat at the end of a handler must not undo what RetryAfter says.
func TestTheWaitOfAFailureOutlivesTheHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "jobs", queue.Options{Heartbeat: 10 * time.Second}, func(context.Context, queue.Message[string]) error {
			<-time.After(10 * time.Second) // as the beat
			return queue.RetryAfter(time.Second, errTest)
		})
		b.send(t, "jobs", `"a"`, `"b"`, `"c"`)
		_, err := b.mapping.Poll(t.Context())
		require.NoError(t, err)
		require.Equal(t, []time.Duration{time.Second, time.Second, time.Second}, b.waits("jobs"))
	})
}

func TestFailingHeartbeatIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var result queue.Result
		fake := queuetest.New(nil) // without the queue
		p := queue.NewProcessor(func(context.Context, queue.Message[string]) error { <-time.After(90 * time.Second); return nil },
			collect(queue.Options{Client: fake.Client(), Heartbeat: time.Minute}, &result))
		response, err := p.Invoke(t.Context(), payload(standardARN, numbered(1)...))
		require.NoError(t, err)
		require.Empty(t, failed(t, response))
		require.Error(t, result.VisibilityErr)
	})
}

func TestTimeoutPerRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var result queue.Result
		p := queue.NewProcessor(func(ctx context.Context, m queue.Message[string]) error {
			if m.ID == "1" {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}, collect(queue.Options{Concurrency: 1, Timeout: 3 * time.Second}, &result))
		response, err := p.Invoke(t.Context(), payload(standardARN, numbered(3)...))
		require.NoError(t, err)
		require.Equal(t, []string{"1"}, failed(t, response))
		require.ErrorIs(t, result.Failures[0].Err, context.DeadlineExceeded)
		require.Equal(t, 3*time.Second, result.Duration)
	})
}

func TestTimeOptionsOutOfRange(t *testing.T) {
	client := queuetest.New(nil).Client()
	for want, o := range map[string]queue.Options{
		"queue: Options.Timeout: must not be negative, got -1ns":                {Timeout: -1},
		"queue: Options.Heartbeat: must be between 1 s and 6 h, got 1ms":        {Heartbeat: time.Millisecond, Client: client},
		"queue: Options.Heartbeat: must be between 1 s and 6 h, got 6h0m0.001s": {Heartbeat: 6*time.Hour + time.Millisecond, Client: client},
		"queue: Options.Heartbeat: needs Options.Client":                        {Heartbeat: time.Minute},
	} {
		require.PanicsWithValue(t, want, func() { queue.NewProcessor(obey, &o) })
	}
}
