package queuetest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest"
)

func TestMessageMoveTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(nil)
		fake.CreateQueue("dead", nil)
		fake.CreateQueue("jobs", &queuetest.QueueOptions{DeadLetterQueue: "dead", MaxReceiveCount: 1})
		fake.CreateQueue("other", nil)
		deliver(t, fake, "jobs", "a", "b")
		deliver(t, fake, "dead", "of no queue")
		m := newMapping(t, fake, "jobs", handlerFunc(func(context.Context, []byte) ([]byte, error) { return nil, errors.New("always") }), nil)
		for range 2 {
			_, err := m.Poll(t.Context())
			require.NoError(t, err)
			<-time.After(time.Minute)
		}
		require.Equal(t, 3, fake.Counts("dead").Visible)

		c, arn := fake.Client(), func(name string) *string { return aws.String("arn:aws:sqs:us-east-1:000000000000:" + name) }
		start := func(source, destination *string) error {
			_, err := c.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: source, DestinationArn: destination})
			return err
		}
		require.NoError(t, start(arn("dead"), nil))
		require.Equal(t, queuetest.Counts{Visible: 1}, fake.Counts("dead"))
		back := fake.Messages("jobs")
		require.Len(t, back, 2)
		require.Zero(t, back[0].ReceiveCount)
		require.NotEqual(t, id1, back[0].ID, "a new message")
		require.NoError(t, start(arn("dead"), arn("other")))
		require.Equal(t, 1, fake.Counts("other").Visible)

		tasks, err := c.ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: arn("dead"), MaxResults: aws.Int32(10)})
		require.NoError(t, err)
		require.Len(t, tasks.Results, 2)
		require.Equal(t, int64(2), tasks.Results[1].ApproximateNumberOfMessagesMoved)
		require.Equal(t, "COMPLETED", *tasks.Results[0].Status)

		var missing *types.ResourceNotFoundException
		require.ErrorAs(t, start(arn("none"), nil), &missing)
		require.ErrorAs(t, start(arn("dead"), arn("none")), &missing)
		require.Equal(t, "InvalidParameterValue", code(start(arn("other"), nil)), "not a dead-letter queue")
		_, err = c.CancelMessageMoveTask(t.Context(), &sqs.CancelMessageMoveTaskInput{TaskHandle: aws.String("x")})
		require.ErrorAs(t, err, &missing)
	})
}
