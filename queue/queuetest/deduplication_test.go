package queuetest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest"
)

func TestDeduplication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(nil)
		fake.CreateQueue("jobs.fifo", &queuetest.QueueOptions{ContentBasedDeduplication: true})
		c := fake.Client()
		send := func(body, group string, dedup *string) string {
			out, err := c.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: urlOf("jobs.fifo"), MessageBody: aws.String(body), MessageGroupId: aws.String(group), MessageDeduplicationId: dedup})
			require.NoError(t, err)
			return *out.MessageId
		}
		require.Equal(t, id1, send("x", "a", nil))
		require.Equal(t, id1, send("x", "b", nil), "the queue is the default scope")
		require.Equal(t, id2, send("x", "a", aws.String("other")))
		_, err := newMapping(t, fake, "jobs.fifo", answer(""), nil).Drain(t.Context())
		require.NoError(t, err)
		require.Equal(t, id1, send("x", "a", nil), "deleted messages are remembered too")
		<-time.After(5*time.Minute - time.Nanosecond)
		require.Equal(t, id1, send("x", "a", nil))
		<-time.After(time.Nanosecond)
		require.Equal(t, id3, send("x", "a", nil))
		require.Equal(t, 1, fake.Counts("jobs.fifo").Total())
	})
}
