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

func TestRefusedEntriesAreSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, s := newSender(t, "jobs", queue.SenderOptions{})
		fake.FailEntries(queuetest.EntryFault{Match: func(b string) bool { return b == "w1" }, Times: 4})
		start := time.Now()
		require.NoError(t, s.Send(t.Context(), words(3)...))
		require.Equal(t, []string{"w0", "w2", "w1"}, bodies(fake, "jobs"))
		require.Len(t, fake.Calls("SendMessageBatch"), 5)
		require.Positive(t, time.Since(start))
		require.LessOrEqual(t, time.Since(start), 1500*time.Millisecond, "0.1 + 0.2 + 0.4 + 0.8 s at most")
	})
}

func TestAttemptsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, s := newSender(t, "jobs", queue.SenderOptions{Attempts: 2})
		fake.FailEntries(queuetest.EntryFault{Match: func(b string) bool { return b == "w1" }, Times: 9, Code: "Throttled"})
		err := s.Send(t.Context(), words(3)...)
		require.Equal(t, []int{1}, left(t, err))
		var entry *queue.EntryError
		require.ErrorAs(t, err, &entry)
		require.Equal(t, queue.EntryError{Code: "Throttled"}, *entry)
		require.Len(t, fake.Calls("SendMessageBatch"), 2)
	})
}

func TestSenderFaultIsNotRepeated(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	fake.FailEntries(queuetest.EntryFault{SenderFault: true})
	require.Equal(t, []int{0}, left(t, s.Send(t.Context(), words(2)...)))
	require.Len(t, fake.Calls("SendMessageBatch"), 1)
}

func TestDeadlineEndsTheAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		fake, s := newSender(t, "jobs", queue.SenderOptions{Attempts: 1000})
		fake.FailEntries(queuetest.EntryFault{Times: 1000})
		err := s.Send(ctx, words(12)...)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, left(t, err), 12)
		require.NoError(t, ctx.Err(), "there is time left to report")
	})
}

func TestCancelledSend(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	err := s.Send(ctx, words(2)...)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []int{0, 1}, left(t, err))
	require.Empty(t, fake.Calls())
}

func TestUnansweredEntryIsUnknown(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	fake.FailEntries(queuetest.EntryFault{Unanswered: true})
	err := s.Send(t.Context(), words(2)...)
	var e *queue.SendError
	require.ErrorAs(t, err, &e)
	require.Equal(t, []queue.SendFailure{{Index: 0, Err: queue.ErrNoAnswer, Unknown: true}}, e.Failures)
}

func TestRequestError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			fault   queuetest.Fault
			unknown bool
		}{
			"refused":         {queuetest.Fault{Error: &queuetest.Error{Code: "AccessDenied"}}, false},
			"server error":    {queuetest.Fault{Times: 9, Error: &queuetest.Error{Code: "InternalFailure", Status: 500}}, true},
			"connection lost": {queuetest.Fault{Times: 9, Cut: queuetest.CutBefore}, true},
		} {
			fake, s := newSender(t, "jobs", queue.SenderOptions{})
			fake.Inject("SendMessageBatch", c.fault)
			err := s.Send(t.Context(), words(12)...)
			var e *queue.SendError
			require.ErrorAs(t, err, &e, name)
			require.Len(t, e.Failures, 12, name)
			require.Equal(t, c.unknown, e.Failures[0].Unknown, name)
			require.False(t, e.Failures[11].Unknown, "%s: the second request was never made", name)
			require.Empty(t, bodies(fake, "jobs"), name)
		}
	})
}

func TestMissingQueueIsASDKError(t *testing.T) {
	fake := queuetest.New(nil)
	s, err := queue.NewSender[string](fake.Client(), "https://sqs.us-east-1.amazonaws.com/000000000000/none", nil)
	require.NoError(t, err)
	var missing interface{ ErrorCode() string }
	require.ErrorAs(t, s.Send(t.Context(), "x"), &missing)
}

// SQS answers for the whole request when KMS is asked too often for the queue's
// key, and the SDK does not retry that.
func TestThrottlingByKMSIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttled := queuetest.Fault{Times: 2, Error: &queuetest.Error{Code: "KmsThrottled", QueryCode: "KMS.ThrottlingException"}}
		fake, s := newSender(t, "jobs", queue.SenderOptions{})
		fake.Inject("SendMessageBatch", throttled)
		require.NoError(t, s.Send(t.Context(), words(3)...))
		require.Equal(t, words(3), bodies(fake, "jobs"))
		require.Len(t, fake.Calls(), 3)

		fake, s = newSender(t, "jobs", queue.SenderOptions{Attempts: 2})
		fake.Inject("SendMessageBatch", throttled)
		err := s.Send(t.Context(), words(12)...)
		var e *queue.SendError
		require.ErrorAs(t, err, &e)
		require.Len(t, e.Failures, 12)
		require.False(t, e.Failures[0].Unknown, "nothing was taken in")
		require.Len(t, fake.Calls(), 2)

		fake, s = newSender(t, "jobs", queue.SenderOptions{})
		fake.Inject("SendMessageBatch", queuetest.Fault{Error: &queuetest.Error{Code: "KmsAccessDenied", QueryCode: "KMS.AccessDeniedException"}})
		require.Equal(t, []int{0, 1, 2}, left(t, s.Send(t.Context(), words(3)...)))
		require.Len(t, fake.Calls(), 1)
	})
}
