package queuetest_test

import (
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest"
)

func urlOf(name string) *string {
	return aws.String("https://sqs.us-east-1.amazonaws.com/000000000000/" + name)
}

func sendInput(name, body string) *sqs.SendMessageInput {
	return &sqs.SendMessageInput{
		QueueUrl: urlOf(name), MessageBody: aws.String(body), MessageGroupId: aws.String("g"), MessageDeduplicationId: aws.String("d"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"s": {DataType: aws.String("String"), StringValue: aws.String("text")},
			"b": {DataType: aws.String("Binary"), BinaryValue: []byte{1, 2}},
		},
		MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String("Root=1-2")}},
	}
}

// code returns the code of an SDK error, empty without one.
func code(err error) string {
	var e smithy.APIError
	if !asError(err, &e) {
		return ""
	}
	return e.ErrorCode()
}

func receive(t *testing.T, c *sqs.Client, name string, change func(*sqs.ReceiveMessageInput)) []types.Message {
	t.Helper()
	in := &sqs.ReceiveMessageInput{QueueUrl: urlOf(name), MaxNumberOfMessages: 10}
	if change != nil {
		change(in)
	}
	out, err := c.ReceiveMessage(t.Context(), in)
	require.NoError(t, err)
	return out.Messages
}

func TestSendReceiveDelete(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs.fifo", nil)
	c := fake.Client()
	sent, err := c.SendMessage(t.Context(), sendInput("jobs.fifo", "hello"))
	require.NoError(t, err)
	require.Equal(t, "5d41402abc4b2a76b9719d911017c592", *sent.MD5OfMessageBody)
	require.Equal(t, id1, *sent.MessageId)
	require.NotEmpty(t, *sent.MD5OfMessageAttributes)
	require.NotEmpty(t, *sent.MD5OfMessageSystemAttributes)

	got := receive(t, c, "jobs.fifo", func(in *sqs.ReceiveMessageInput) {
		in.MessageSystemAttributeNames = []types.MessageSystemAttributeName{"All"}
		in.MessageAttributeNames = []string{"All"}
	})
	require.Len(t, got, 1)
	require.Equal(t, "hello", *got[0].Body)
	require.Equal(t, *sent.MD5OfMessageAttributes, *got[0].MD5OfMessageAttributes)
	require.Equal(t, "g", got[0].Attributes["MessageGroupId"])
	require.Equal(t, *sent.SequenceNumber, got[0].Attributes["SequenceNumber"])
	require.Equal(t, []byte{1, 2}, got[0].MessageAttributes["b"].BinaryValue)

	_, err = c.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: urlOf("jobs.fifo"), ReceiptHandle: got[0].ReceiptHandle})
	require.NoError(t, err)
	require.Zero(t, fake.Counts("jobs.fifo").Total())
	_, err = c.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: urlOf("jobs.fifo"), ReceiptHandle: got[0].ReceiptHandle})
	require.NoError(t, err, "deleting again is a success")
}

// The worked example of
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
// is not published with a value; this one was computed by hand from its rules:
// names, types and values, each after its length, and one byte for the kind.
func TestAttributeChecksum(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	out, err := fake.Client().SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: urlOf("jobs"), MessageBody: aws.String("x"),
		MessageAttributes: map[string]types.MessageAttributeValue{"a": {DataType: aws.String("String"), StringValue: aws.String("b")}},
	})
	require.NoError(t, err)
	require.Equal(t, md5Hex("\x00\x00\x00\x01a\x00\x00\x00\x06String\x01\x00\x00\x00\x01b"), *out.MD5OfMessageAttributes)
}

func TestReceiveShowsWhatIsAskedFor(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", &queuetest.QueueOptions{VisibilityTimeout: -1})
	in := sendInput("jobs", "x")
	in.MessageDeduplicationId = nil
	_, err := fake.Client().SendMessage(t.Context(), in)
	require.NoError(t, err)
	got := receive(t, fake.Client(), "jobs", nil)[0]
	require.Empty(t, got.Attributes)
	require.Empty(t, got.MessageAttributes)
	require.Nil(t, got.MD5OfMessageAttributes)
	got = receive(t, fake.Client(), "jobs", func(in *sqs.ReceiveMessageInput) {
		in.MessageSystemAttributeNames = []types.MessageSystemAttributeName{"ApproximateReceiveCount"}
		in.MessageAttributeNames = []string{"s.*", "none"}
	})[0]
	require.Equal(t, map[string]string{"ApproximateReceiveCount": "2"}, got.Attributes)
	require.Len(t, got.MessageAttributes, 1)
}

func TestBatchOperationsAnswerPerEntry(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	c, ctx := fake.Client(), t.Context()
	sent, err := c.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: urlOf("jobs"), Entries: []types.SendMessageBatchRequestEntry{
		{Id: aws.String("good"), MessageBody: aws.String("x")}, {Id: aws.String("bad"), MessageBody: aws.String("\x01")},
	}})
	require.NoError(t, err)
	require.Equal(t, "good", *sent.Successful[0].Id)
	require.Equal(t, "bad", *sent.Failed[0].Id)
	require.True(t, sent.Failed[0].SenderFault)

	handle := receive(t, c, "jobs", nil)[0].ReceiptHandle
	changed, err := c.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: urlOf("jobs"), Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
		{Id: aws.String("good"), ReceiptHandle: handle, VisibilityTimeout: 100}, {Id: aws.String("bad"), ReceiptHandle: aws.String("x")},
	}})
	require.NoError(t, err)
	require.Len(t, changed.Successful, 1)
	require.Equal(t, "ReceiptHandleIsInvalid", *changed.Failed[0].Code)

	deleted, err := c.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: urlOf("jobs"), Entries: []types.DeleteMessageBatchRequestEntry{
		{Id: aws.String("good"), ReceiptHandle: handle}, {Id: aws.String("bad"), ReceiptHandle: aws.String("x")},
	}})
	require.NoError(t, err)
	require.Equal(t, "good", *deleted.Successful[0].Id)
	require.Len(t, deleted.Failed, 1)
	require.Zero(t, fake.Counts("jobs").Total())
}

func TestServedOnAPort(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	server := httptest.NewServer(fake.Handler())
	defer server.Close()
	o := fake.Client().Options()
	o.HTTPClient, o.BaseEndpoint = server.Client(), aws.String(server.URL)
	_, err := sqs.New(o).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: urlOf("jobs"), MessageBody: aws.String("x")})
	require.NoError(t, err)
	require.Equal(t, queuetest.Counts{Visible: 1}, fake.Counts("jobs"))
	require.Equal(t, "SendMessage", fake.Calls()[0].Operation)
}
