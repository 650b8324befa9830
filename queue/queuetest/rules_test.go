package queuetest_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

func TestMessagesInFlightAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(&queuetest.Options{MaxInFlight: 3})
		fake.CreateQueue("jobs", nil)
		fake.CreateQueue("jobs.fifo", nil)
		deliver(t, fake, "jobs", repeat("x", 5)...)
		for i := range 5 {
			require.NoError(t, fake.DeliverGroup("jobs.fifo", fmt.Sprint(i))(t.Context(), []byte("x")))
		}
		c := fake.Client()
		require.Len(t, receive(t, c, "jobs", nil), 3, "up to the limit")
		_, err := c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: urlOf("jobs")})
		var over *types.OverLimit
		require.ErrorAs(t, err, &over)
		require.Empty(t, receive(t, c, "jobs", func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = 1 }), "a long poll gets no error")

		require.Len(t, receive(t, c, "jobs.fifo", nil), 3)
		require.Empty(t, receive(t, c, "jobs.fifo", nil), "neither does a FIFO queue")
		<-time.After(30 * time.Second)
		require.Len(t, receive(t, c, "jobs", nil), 3)
	})
}

func TestRepeatedReceive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(nil)
		fake.CreateQueue("jobs.fifo", nil)
		fake.CreateQueue("jobs", nil)
		for _, group := range []string{"a", "b", "c"} {
			require.NoError(t, fake.DeliverGroup("jobs.fifo", group)(t.Context(), []byte(group)))
		}
		c := fake.Client()
		attempt := func(id string, most int32) []types.Message {
			return receive(t, c, "jobs.fifo", func(in *sqs.ReceiveMessageInput) {
				in.MaxNumberOfMessages, in.ReceiveRequestAttemptId = most, aws.String(id)
			})
		}
		first := attempt("1", 2)
		require.Len(t, first, 2)
		<-time.After(20 * time.Second)
		again := attempt("1", 2)
		require.Equal(t, *first[0].ReceiptHandle, *again[0].ReceiptHandle)
		require.Equal(t, 1, fake.Messages("jobs.fifo")[0].ReceiveCount, "it is no other receive")
		<-time.After(20 * time.Second)
		require.Equal(t, queuetest.Counts{Visible: 1, InFlight: 2}, fake.Counts("jobs.fifo"), "the visibility timeout began anew")

		_, err := c.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: urlOf("jobs.fifo"), ReceiptHandle: again[0].ReceiptHandle})
		require.NoError(t, err)
		other := attempt("1", 2)
		require.Len(t, other, 1, "the messages have changed: a new receive")
		require.Equal(t, "c", *other[0].Body)

		_, err = c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: urlOf("jobs"), ReceiveRequestAttemptId: aws.String("1")})
		require.Equal(t, "InvalidParameterValue", code(err))
		_, err = c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: urlOf("jobs.fifo"), ReceiveRequestAttemptId: aws.String("a b")})
		require.Equal(t, "InvalidParameterValue", code(err))
	})
}

func TestAttemptsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(nil)
		fake.CreateQueue("jobs.fifo", &queuetest.QueueOptions{VisibilityTimeout: time.Hour})
		deliver(t, fake, "jobs.fifo", "x")
		attempt := func() int {
			return len(receive(t, fake.Client(), "jobs.fifo", func(in *sqs.ReceiveMessageInput) { in.ReceiveRequestAttemptId = aws.String("1") }))
		}
		require.Equal(t, 1, attempt())
		<-time.After(5*time.Minute - time.Nanosecond)
		require.Equal(t, 1, attempt())
		<-time.After(time.Nanosecond)
		require.Equal(t, 0, attempt())
	})
}

func TestEntryFaultsOfOtherOperations(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	deliver(t, fake, "jobs", "a", "b", "c")
	c := fake.Client()
	got := receive(t, c, "jobs", nil)
	var change []types.ChangeMessageVisibilityBatchRequestEntry
	var remove []types.DeleteMessageBatchRequestEntry
	for _, m := range got {
		change = append(change, types.ChangeMessageVisibilityBatchRequestEntry{Id: m.Body, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 60})
		remove = append(remove, types.DeleteMessageBatchRequestEntry{Id: m.Body, ReceiptHandle: m.ReceiptHandle})
	}
	body := func(want string) func(string) bool { return func(got string) bool { return got == want } }
	fake.FailEntries(queuetest.EntryFault{Operation: "ChangeMessageVisibilityBatch", Match: body("b"), Code: "Throttled"})
	fake.FailEntries(queuetest.EntryFault{Operation: "DeleteMessageBatch", Match: body("a"), SenderFault: true})
	fake.FailEntries(queuetest.EntryFault{Operation: "DeleteMessageBatch", Match: body("c"), Unanswered: true})

	changed, err := c.ChangeMessageVisibilityBatch(t.Context(), &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: urlOf("jobs"), Entries: change})
	require.NoError(t, err)
	require.Len(t, changed.Successful, 2)
	require.Equal(t, "b", *changed.Failed[0].Id)
	require.Equal(t, "Throttled", *changed.Failed[0].Code)
	require.False(t, changed.Failed[0].SenderFault)

	deleted, err := c.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: urlOf("jobs"), Entries: remove})
	require.NoError(t, err)
	require.Len(t, deleted.Successful, 1)
	require.Equal(t, "a", *deleted.Failed[0].Id)
	require.True(t, deleted.Failed[0].SenderFault)
	require.Len(t, fake.Messages("jobs"), 1, "c was deleted, though nobody was told")
}

func TestMoveTaskWithARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(nil)
		fake.CreateQueue("dead", nil)
		fake.CreateQueue("jobs", &queuetest.QueueOptions{DeadLetterQueue: "dead", MaxReceiveCount: 1, VisibilityTimeout: -1})
		deliver(t, fake, "jobs", repeat("x", 10)...)
		c := fake.Client()
		require.Len(t, receive(t, c, "jobs", nil), 10)
		require.Empty(t, receive(t, c, "jobs", nil))
		require.Equal(t, 10, fake.Counts("dead").Visible)

		source := aws.String("arn:aws:sqs:us-east-1:000000000000:dead")
		start := func(rate int32) (*sqs.StartMessageMoveTaskOutput, error) {
			return c.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: source, MaxNumberOfMessagesPerSecond: aws.Int32(rate)})
		}
		_, err := start(501)
		require.Equal(t, "InvalidParameterValue", code(err))
		task, err := start(2)
		require.NoError(t, err)
		_, err = start(2)
		require.Equal(t, "InvalidParameterValue", code(err), "one task at a time")
		list := func() types.ListMessageMoveTasksResultEntry {
			out, err := c.ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: source})
			require.NoError(t, err)
			return out.Results[0]
		}
		<-time.After(2 * time.Second)
		got := list()
		require.Equal(t, "RUNNING", *got.Status)
		require.Equal(t, *task.TaskHandle, *got.TaskHandle)
		require.EqualValues(t, 4, got.ApproximateNumberOfMessagesMoved)
		require.EqualValues(t, 10, *got.ApproximateNumberOfMessagesToMove)
		require.Equal(t, 6, fake.Counts("dead").Visible)

		require.Len(t, receive(t, c, "jobs", func(in *sqs.ReceiveMessageInput) { in.VisibilityTimeout = 1000 }), 4)
		began := time.Now()
		require.Len(t, receive(t, c, "jobs", func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = 20 }), 1, "a long poll waits for the next one")
		require.Equal(t, 500*time.Millisecond, time.Since(began))

		cancelled, err := c.CancelMessageMoveTask(t.Context(), &sqs.CancelMessageMoveTaskInput{TaskHandle: task.TaskHandle})
		require.NoError(t, err)
		require.EqualValues(t, 5, cancelled.ApproximateNumberOfMessagesMoved)
		<-time.After(time.Minute)
		require.Equal(t, 5, fake.Counts("dead").Visible)
		require.Equal(t, "CANCELLED", *list().Status)
		_, err = c.CancelMessageMoveTask(t.Context(), &sqs.CancelMessageMoveTaskInput{TaskHandle: task.TaskHandle})
		require.Equal(t, "ResourceNotFoundException", code(err))

		_, err = start(500)
		require.NoError(t, err)
		<-time.After(time.Second)
		require.Equal(t, "COMPLETED", *list().Status)
		require.Zero(t, fake.Counts("dead").Total())
	})
}

func TestQueueRulesOfTheFake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(nil)
		c, ctx := fake.Client(), t.Context()
		set := func(url *string, name, value string) error {
			_, err := c.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: url, Attributes: map[string]string{name: value}})
			return err
		}
		fake.CreateQueue("dead", nil)
		fake.CreateQueue("jobs", nil)
		fake.CreateQueue("jobs.fifo", nil)
		policy := `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":3}`
		for allow, want := range map[string]string{
			`{"redrivePermission":"allowAll"}`: "",
			`{"redrivePermission":"denyAll"}`:  "InvalidAttributeValue",
			`{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:000000000000:jobs"]}`:  "",
			`{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:000000000000:other"]}`: "InvalidAttributeValue",
		} {
			require.NoError(t, set(urlOf("jobs"), "RedrivePolicy", ""))
			require.NoError(t, set(urlOf("dead"), "RedriveAllowPolicy", allow))
			err := set(urlOf("jobs"), "RedrivePolicy", policy)
			if want == "" {
				require.NoError(t, err, allow)
			} else {
				require.Equal(t, want, code(err), allow)
			}
		}
		for name, got := range map[string]struct {
			err  error
			want string
		}{
			"redrive permission": {set(urlOf("dead"), "RedriveAllowPolicy", `{"redrivePermission":"byQueue"}`), "InvalidAttributeValue"},
			"high throughput":    {set(urlOf("jobs.fifo"), "FifoThroughputLimit", "perMessageGroupId"), "InvalidAttributeValue"},
			"address":            {set(aws.String("jobs"), "DelaySeconds", "1"), "InvalidAddress"},
			"tag": {func() error {
				_, err := c.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: urlOf("jobs"), Tags: map[string]string{"": "x"}})
				return err
			}(), "InvalidParameterValue"},
			"attribute": {func() error {
				_, err := c.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: urlOf("jobs"), AttributeNames: []types.QueueAttributeName{"Unknown"}})
				return err
			}(), "InvalidAttributeName"},
			"system attribute": {func() error {
				_, err := c.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: urlOf("jobs"), MessageSystemAttributeNames: []types.MessageSystemAttributeName{"Unknown"}})
				return err
			}(), "InvalidAttributeName"},
			"other account": {func() error {
				_, err := c.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("jobs"), QueueOwnerAWSAccountId: aws.String("111111111111")})
				return err
			}(), "AWS.SimpleQueueService.NonExistentQueue"},
		} {
			require.Equal(t, got.want, code(got.err), name)
		}

		_, err := c.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: urlOf("jobs")})
		require.NoError(t, err)
		<-time.After(time.Minute - time.Nanosecond)
		_, err = c.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("jobs")})
		require.Equal(t, "AWS.SimpleQueueService.QueueDeletedRecently", code(err))
		<-time.After(time.Nanosecond)
		fake.CreateQueue("jobs", nil)
	})
}

// stub has one operation; what it embeds answers the rest.
type stub struct{ queuetest.Unimplemented }

func (stub) SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	return &sqs.SendMessageBatchOutput{}, nil
}

func TestUnimplemented(t *testing.T) {
	s, err := queue.NewSender[string](stub{}, "url", nil)
	require.NoError(t, err)
	require.ErrorIs(t, s.Send(t.Context(), "x"), queue.ErrNoAnswer)
	_, err = stub{}.ChangeMessageVisibilityBatch(t.Context(), nil)
	require.EqualError(t, err, "queuetest: unimplemented")
	_, err = queue.MaxMessageBytes(t.Context(), stub{}, "url")
	require.ErrorContains(t, err, "queuetest: unimplemented")
	_, err = queuetest.Unimplemented{}.SendMessageBatch(t.Context(), nil)
	require.Error(t, err)
}
