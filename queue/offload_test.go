package queue_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// claim stands for a body of n bytes.
func claim(n int) []byte { return fmt.Appendf(nil, "claim of %d", n) }

func TestOffloadTakesWhatIsOverTheLimit(t *testing.T) {
	var offloaded []int
	fake, s := newSender(t, "jobs", queue.SenderOptions{OffloadOver: 20, Offload: func(_ context.Context, body []byte) ([]byte, error) {
		offloaded = append(offloaded, len(body))
		return claim(len(body)), nil
	}})
	attributes := map[string]queue.Attribute{"a": {String: "b"}} // 8 bytes with its type
	require.NoError(t, s.SendEntries(t.Context(),
		queue.Entry[string]{Body: strings.Repeat("x", 20)},
		queue.Entry[string]{Body: strings.Repeat("x", 12), Attributes: attributes},
		queue.Entry[string]{Body: strings.Repeat("x", 13), Attributes: attributes}))
	require.Equal(t, []int{13}, offloaded)
	require.Equal(t, []string{strings.Repeat("x", 20), strings.Repeat("x", 12), "claim of 13"}, bodies(fake, "jobs"))
	require.Equal(t, map[string]string{"a": "b", queue.PayloadSizeAttribute: "13"}, fake.Messages("jobs")[2].Attributes)
	require.Equal(t, map[string]queue.Attribute{"a": {String: "b"}}, attributes, "the caller's map is left alone")
}

func TestOffloadedBodiesFillARequestLikeSmallOnes(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{Offload: func(_ context.Context, body []byte) ([]byte, error) { return claim(len(body)), nil }})
	large := strings.Repeat("x", 2<<20)
	require.NoError(t, s.Send(t.Context(), large, large, "y", large))
	require.Len(t, fake.Calls("SendMessageBatch"), 1)
}

func TestOffloadFailures(t *testing.T) {
	large := func(s string) string { return s + strings.Repeat("x", 30) }
	var calls atomic.Int32
	fake, s := newSender(t, "jobs", queue.SenderOptions{OffloadOver: 20, MaxBytes: 50, Offload: func(_ context.Context, body []byte) ([]byte, error) {
		calls.Add(1)
		switch body[0] {
		case 'e':
			return nil, errTest
		case 'p':
			panic("test")
		case 'n':
			return nil, nil
		case 'c':
			return []byte("\x00"), nil
		case 'l':
			return []byte(strings.Repeat("y", 51)), nil
		}
		return claim(len(body)), nil
	}})
	ten := make(map[string]queue.Attribute)
	for i := range 10 {
		ten[fmt.Sprint(i)] = queue.Attribute{String: "v"}
	}
	err := s.SendEntries(t.Context(),
		queue.Entry[string]{Body: large("good")},
		queue.Entry[string]{Body: large("error")},
		queue.Entry[string]{Body: large("panic")},
		queue.Entry[string]{Body: large("nothing")},
		queue.Entry[string]{Body: large("character")},
		queue.Entry[string]{Body: large("large")},
		queue.Entry[string]{Body: large("eleven"), Attributes: ten},
		queue.Entry[string]{Body: large("taken"), Attributes: map[string]queue.Attribute{queue.PayloadSizeAttribute: {Type: "Number", String: "1"}}})
	var e *queue.SendError
	require.ErrorAs(t, err, &e)
	require.Equal(t, []int{1, 2, 3, 4, 5, 6, 7}, left(t, err))
	for i, want := range []error{queue.ErrOffload, queue.ErrOffload, queue.ErrEntry, queue.ErrEntry, queue.ErrTooLarge, queue.ErrEntry, queue.ErrEntry} {
		require.ErrorIs(t, e.Failures[i].Err, want, i)
	}
	require.ErrorIs(t, e.Failures[0].Err, errTest)
	var panicked *queue.PanicError
	require.ErrorAs(t, e.Failures[1].Err, &panicked)
	require.EqualValues(t, 6, calls.Load(), "the last two were not tried")
	require.Equal(t, []string{"claim of 34"}, bodies(fake, "jobs"))
}

func TestOffloadsOfAGroupThatHasEndedAreSaved(t *testing.T) {
	var calls atomic.Int32
	fake, s := newSender(t, "jobs.fifo", queue.SenderOptions{OffloadOver: 5, Offload: func(_ context.Context, body []byte) ([]byte, error) {
		calls.Add(1)
		return claim(len(body)), nil
	}})
	err := s.SendEntries(t.Context(),
		queue.Entry[string]{Body: "", Group: "a"}, queue.Entry[string]{Body: "large1", Group: "a"}, queue.Entry[string]{Body: "large2", Group: "b"})
	require.Equal(t, []int{0, 1}, left(t, err))
	require.ErrorIs(t, err, queue.ErrGroupStopped)
	require.EqualValues(t, 1, calls.Load())
	require.Equal(t, []string{"claim of 6"}, bodies(fake, "jobs.fifo"))
}

func TestOffloadsRunSideBySideAndEndWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		fake, s := newSender(t, "jobs", queue.SenderOptions{OffloadOver: 1, Offload: func(ctx context.Context, body []byte) ([]byte, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			select {
			case <-time.After(time.Second):
				return claim(len(body)), nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}})
		start := time.Now()
		require.NoError(t, s.Send(t.Context(), words(20)...))
		require.Equal(t, 2*time.Second, time.Since(start))
		require.EqualValues(t, 10, most.Load())

		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		err := s.Send(ctx, words(20)...)
		require.Len(t, left(t, err), 20, "the ten that were offloaded are not sent any more")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, fake.Messages("jobs"), 20)
	})
}

func TestFetch(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	for _, body := range []string{`"plain"`, `"claim"`, `"lost"`} {
		require.NoError(t, fake.Deliver("jobs")(t.Context(), []byte(body)))
	}
	var got []string
	p := queue.NewProcessor(func(_ context.Context, m queue.Message[string]) error {
		got = append(got, m.Body)
		return nil
	}, quiet(queue.Options{Concurrency: 1, Fetch: func(_ context.Context, body []byte) ([]byte, error) {
		switch string(body) {
		case `"claim"`:
			return []byte(`"fetched"`), nil
		case `"lost"`:
			return nil, errTest
		}
		return body, nil
	}}))
	mapping, err := queuetest.NewMapping(fake, "jobs", p, nil)
	require.NoError(t, err)
	_, err = mapping.Poll(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"plain", "fetched"}, got)
	require.Equal(t, []string{`"lost"`}, bodies(fake, "jobs"), "an error of Fetch is a failure like any other")
}
