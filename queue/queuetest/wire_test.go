package queuetest_test

import (
	"context"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

func TestMisuseOfTheFakePanics(t *testing.T) {
	fake := queuetest.New(nil)
	require.PanicsWithValue(t, `queuetest: there is no queue "none"`, func() { fake.Counts("none") })
	require.PanicsWithValue(t, `queuetest: CreateQueue "a b": InvalidParameterValueException: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length`, func() { fake.CreateQueue("a b", nil) })
}
