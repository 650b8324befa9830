package queuetest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest"
)

func TestVisibility(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(nil)
		fake.CreateQueue("jobs", nil)
		deliver(t, fake, "jobs", "x")
		c := fake.Client()
		change := func(handle *string, seconds int32) error {
			_, err := c.ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{QueueUrl: urlOf("jobs"), ReceiptHandle: handle, VisibilityTimeout: seconds})
			return err
		}
		first := receive(t, c, "jobs", nil)[0].ReceiptHandle
		require.Empty(t, receive(t, c, "jobs", nil))
		require.NoError(t, change(first, 100))
		<-time.After(99 * time.Second)
		require.Empty(t, receive(t, c, "jobs", nil))
		<-time.After(time.Second)
		require.Equal(t, "AWS.SimpleQueueService.MessageNotInflight", code(change(first, 1)))
		second := receive(t, c, "jobs", nil)[0].ReceiptHandle
		require.Equal(t, "InvalidParameterValue", code(change(first, 1)), "the first receipt is out of date")
		require.NoError(t, change(second, 43_200))
		<-time.After(time.Second)
		require.Equal(t, "InvalidParameterValue", code(change(second, 43_200)), "12 hours in all")
		require.NoError(t, change(second, 0))
		require.Len(t, receive(t, c, "jobs", nil), 1)
		_, err := c.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: urlOf("jobs"), ReceiptHandle: second})
		require.NoError(t, err)
		require.Equal(t, 1, fake.Counts("jobs").Total(), "a receipt that is out of date deletes nothing")
	})
}

func TestLongPolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(nil)
		fake.CreateQueue("jobs", nil)
		wait := func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = 20 }
		start := time.Now()
		require.Empty(t, receive(t, fake.Client(), "jobs", wait))
		require.Equal(t, 20*time.Second, time.Since(start))

		time.AfterFunc(7*time.Second, func() { _ = fake.Deliver("jobs")(context.Background(), []byte("x")) })
		start = time.Now()
		require.Len(t, receive(t, fake.Client(), "jobs", wait), 1)
		require.Equal(t, 7*time.Second, time.Since(start))

		<-time.After(15 * time.Second) // of the visibility timeout of 30 s
		start = time.Now()
		require.Len(t, receive(t, fake.Client(), "jobs", wait), 1)
		require.Equal(t, 15*time.Second, time.Since(start))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := fake.Client().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: urlOf("jobs"), WaitTimeSeconds: 20})
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestSteppedClockWakesALongPoll(t *testing.T) {
	var now atomicTime
	now.Store(time.Unix(0, 0))
	fake := queuetest.New(&queuetest.Options{Now: now.Load})
	fake.CreateQueue("jobs", &queuetest.QueueOptions{Delay: time.Minute})
	deliver(t, fake, "jobs", "x")
	time.AfterFunc(0, func() { now.Store(time.Unix(60, 0)); fake.Wake() })
	require.Len(t, receive(t, fake.Client(), "jobs", func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = 20 }), 1)
}

func TestRetentionPeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(nil)
		fake.CreateQueue("jobs", nil)
		deliver(t, fake, "jobs", "x")
		_, err := fake.Client().SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: urlOf("jobs"), Attributes: map[string]string{"MessageRetentionPeriod": "60"}})
		require.NoError(t, err)
		<-time.After(time.Minute)
		require.Empty(t, receive(t, fake.Client(), "jobs", nil))
		require.Zero(t, fake.Counts("jobs").Total())
	})
}
