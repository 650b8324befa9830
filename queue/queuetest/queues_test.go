package queuetest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest"
)

func TestQueueOperations(t *testing.T) {
	fake := queuetest.New(nil)
	c, ctx := fake.Client(), t.Context()
	created, err := c.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("a"), Attributes: map[string]string{"VisibilityTimeout": "60"}, Tags: map[string]string{"k": "v"}})
	require.NoError(t, err)
	require.Equal(t, *urlOf("a"), *created.QueueUrl)
	_, err = c.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("a"), Attributes: map[string]string{"VisibilityTimeout": "60"}})
	require.NoError(t, err, "the same again")
	_, err = c.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("a"), Attributes: map[string]string{"VisibilityTimeout": "61"}})
	var exists *types.QueueNameExists
	require.ErrorAs(t, err, &exists)

	fake.CreateQueue("b", &queuetest.QueueOptions{DeadLetterQueue: "a"})
	fake.CreateQueue("c.fifo", nil)
	page, err := c.ListQueues(ctx, &sqs.ListQueuesInput{MaxResults: aws.Int32(2)})
	require.NoError(t, err)
	require.Equal(t, []string{*urlOf("a"), *urlOf("b")}, page.QueueUrls)
	page, err = c.ListQueues(ctx, &sqs.ListQueuesInput{MaxResults: aws.Int32(2), NextToken: page.NextToken})
	require.NoError(t, err)
	require.Equal(t, []string{*urlOf("c.fifo")}, page.QueueUrls)
	require.Nil(t, page.NextToken)
	sources, err := c.ListDeadLetterSourceQueues(ctx, &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: urlOf("a")})
	require.NoError(t, err)
	require.Equal(t, []string{*urlOf("b")}, sources.QueueUrls)

	found, err := c.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("c.fifo")})
	require.NoError(t, err)
	require.Equal(t, *urlOf("c.fifo"), *found.QueueUrl)
	deliver(t, fake, "a", "1", "2")
	receive(t, c, "a", func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 1 })
	attributes, err := c.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: urlOf("a"), AttributeNames: []types.QueueAttributeName{"All"}})
	require.NoError(t, err)
	require.Equal(t, "60", attributes.Attributes["VisibilityTimeout"])
	require.Equal(t, "1048576", attributes.Attributes["MaximumMessageSize"])
	require.Equal(t, "1", attributes.Attributes["ApproximateNumberOfMessages"])
	require.Equal(t, "1", attributes.Attributes["ApproximateNumberOfMessagesNotVisible"])
	require.Equal(t, "arn:aws:sqs:us-east-1:000000000000:a", attributes.Attributes["QueueArn"])
	attributes, err = c.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: urlOf("b"), AttributeNames: []types.QueueAttributeName{"RedrivePolicy"}})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:a","maxReceiveCount":5}`}, attributes.Attributes)

	_, err = c.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: urlOf("a"), Tags: map[string]string{"l": "w"}})
	require.NoError(t, err)
	_, err = c.UntagQueue(ctx, &sqs.UntagQueueInput{QueueUrl: urlOf("a"), TagKeys: []string{"k"}})
	require.NoError(t, err)
	tags, err := c.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: urlOf("a")})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"l": "w"}, tags.Tags)

	_, err = c.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: urlOf("a")})
	require.NoError(t, err)
	require.Zero(t, fake.Counts("a").Total())
	_, err = c.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: urlOf("a")})
	var purging *types.PurgeQueueInProgress
	require.ErrorAs(t, err, &purging)
	_, err = c.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: urlOf("a")})
	require.NoError(t, err)
	_, err = c.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("a")})
	var missing *types.QueueDoesNotExist
	require.ErrorAs(t, err, &missing)
}
