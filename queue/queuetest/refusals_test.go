package queuetest_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest"
)

func TestRefusedRequests(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", &queuetest.QueueOptions{MaxMessageBytes: 1024})
	fake.CreateQueue("jobs.fifo", nil)
	c, ctx := fake.Client(), t.Context()
	send := func(change func(*sqs.SendMessageInput)) error {
		in := &sqs.SendMessageInput{QueueUrl: urlOf("jobs"), MessageBody: aws.String("x")}
		change(in)
		_, err := c.SendMessage(ctx, in)
		return err
	}
	batch := func(entries ...types.SendMessageBatchRequestEntry) error {
		_, err := c.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: urlOf("jobs"), Entries: entries})
		return err
	}
	create := func(name string, attributes map[string]string) error {
		_, err := c.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(name), Attributes: attributes})
		return err
	}
	entry := func(id string) types.SendMessageBatchRequestEntry {
		return types.SendMessageBatchRequestEntry{Id: aws.String(id), MessageBody: aws.String("x")}
	}
	var eleven []types.SendMessageBatchRequestEntry
	for i := range 11 {
		eleven = append(eleven, entry(strconv.Itoa(i)))
	}
	large := entry("1")
	large.MessageBody = aws.String(strings.Repeat("x", 1<<20))
	const legacy = "AWS.SimpleQueueService."
	for name, got := range map[string]struct {
		err  error
		want string
	}{
		"no queue":              {send(func(in *sqs.SendMessageInput) { in.QueueUrl = urlOf("none") }), legacy + "NonExistentQueue"},
		"empty body":            {send(func(in *sqs.SendMessageInput) { in.MessageBody = aws.String("") }), "MissingParameter"},
		"character":             {send(func(in *sqs.SendMessageInput) { in.MessageBody = aws.String("\x01") }), "InvalidMessageContents"},
		"size":                  {send(func(in *sqs.SendMessageInput) { in.MessageBody = aws.String(strings.Repeat("x", 1025)) }), "InvalidParameterValue"},
		"delay":                 {send(func(in *sqs.SendMessageInput) { in.DelaySeconds = 901 }), "InvalidParameterValue"},
		"deduplication id":      {send(func(in *sqs.SendMessageInput) { in.MessageDeduplicationId = aws.String("d") }), "InvalidParameterValue"},
		"FIFO without a group":  {send(func(in *sqs.SendMessageInput) { in.QueueUrl = urlOf("jobs.fifo") }), "MissingParameter"},
		"FIFO without an id":    {send(func(in *sqs.SendMessageInput) { in.QueueUrl, in.MessageGroupId = urlOf("jobs.fifo"), aws.String("g") }), "InvalidParameterValue"},
		"FIFO with a delay":     {send(func(in *sqs.SendMessageInput) { *in = *sendInput("jobs.fifo", "x"); in.DelaySeconds = 1 }), "InvalidParameterValue"},
		"attribute type":        {send(func(in *sqs.SendMessageInput) { in.MessageAttributes = attribute("a", "Text", "x") }), "InvalidParameterValue"},
		"attribute name":        {send(func(in *sqs.SendMessageInput) { in.MessageAttributes = attribute("AWS.x", "String", "x") }), "InvalidParameterValue"},
		"attribute value":       {send(func(in *sqs.SendMessageInput) { in.MessageAttributes = attribute("a", "String", "") }), "InvalidParameterValue"},
		"attribute character":   {send(func(in *sqs.SendMessageInput) { in.MessageAttributes = attribute("a", "String", "\x01") }), "InvalidParameterValue"},
		"no entries":            {batch([]types.SendMessageBatchRequestEntry{}...), legacy + "EmptyBatchRequest"},
		"eleven entries":        {batch(eleven...), legacy + "TooManyEntriesInBatchRequest"},
		"entry id":              {batch(entry("a b")), legacy + "InvalidBatchEntryId"},
		"entry ids":             {batch(entry("a"), entry("a")), legacy + "BatchEntryIdsNotDistinct"},
		"batch size":            {batch(large, entry("2")), legacy + "BatchRequestTooLong"},
		"queue name":            {create("a b", nil), "InvalidParameterValue"},
		"FIFO name":             {create("a", map[string]string{"FifoQueue": "true"}), "InvalidParameterValue"},
		"FIFO attribute":        {create("a.fifo", nil), "InvalidParameterValue"},
		"unknown attribute":     {create("a", map[string]string{"Unknown": "1"}), "InvalidAttributeName"},
		"attribute of FIFO":     {create("a", map[string]string{"ContentBasedDeduplication": "true"}), "InvalidAttributeName"},
		"queue attribute value": {create("a", map[string]string{"VisibilityTimeout": "43201"}), "InvalidAttributeValue"},
		"redrive policy":        {create("a", map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"x","maxReceiveCount":1}`}), "InvalidAttributeValue"},
		"unknown receipt": {func() error {
			_, err := c.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: urlOf("jobs"), ReceiptHandle: aws.String("x")})
			return err
		}(), "ReceiptHandleIsInvalid"},
		"too many": {func() error {
			_, err := c.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: urlOf("jobs"), MaxNumberOfMessages: 11})
			return err
		}(), "InvalidParameterValue"},
	} {
		require.Equal(t, got.want, code(got.err), name)
	}
	require.Zero(t, fake.Counts("jobs").Total())
}

func attribute(name, kind, value string) map[string]types.MessageAttributeValue {
	return map[string]types.MessageAttributeValue{name: {DataType: aws.String(kind), StringValue: aws.String(value)}}
}

func TestMisuseOfTheFakePanics(t *testing.T) {
	fake := queuetest.New(nil)
	require.PanicsWithValue(t, `queuetest: there is no queue "none"`, func() { fake.Counts("none") })
	require.PanicsWithValue(t, `queuetest: CreateQueue "a b": InvalidParameterValueException: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length`, func() { fake.CreateQueue("a b", nil) })
}
