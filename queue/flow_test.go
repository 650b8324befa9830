package queue_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/claimcheck"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// What follows goes through the real client from end to end: messages are sent,
// received in batches, handled and deleted as the response says. It runs on the
// fake, and on the server at SQS_ENDPOINT (see .ci/sqs/compare), which must come
// to the same end.

func TestFlowOnTheFake(t *testing.T) {
	for _, suffix := range []string{"", ".fifo"} {
		synctest.Test(t, func(t *testing.T) { // long polls cost no time
			newFlow(t, queuetest.New(nil).Client(), suffix).run()
		})
	}
}

func TestFlowOnAServer(t *testing.T) {
	for _, suffix := range []string{"", ".fifo"} {
		newFlow(t, serverClient(t), suffix).run()
	}
}

var serverCredentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "fake", SecretAccessKey: "fake"}, nil
})

func serverClient(t *testing.T) *sqs.Client {
	t.Helper()
	endpoint := os.Getenv("SQS_ENDPOINT")
	if endpoint == "" {
		t.Skip("SQS_ENDPOINT is not set: the flow runs on the fake alone; .ci/sqs/compare runs it on other servers")
	}
	return sqs.New(sqs.Options{Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: serverCredentials})
}

// A flow is one run of the whole path.
type flow struct {
	t         *testing.T
	client    *sqs.Client
	suffix    string
	url, dead string
	arn       string // of url

	mu       sync.Mutex
	attempts map[int]int
	handled  map[string][]int // numbers in the order in which they succeeded, by group
}

const (
	flowMessages = 120
	flowGroups   = 6
)

func newFlow(t *testing.T, client *sqs.Client, suffix string) *flow {
	f := &flow{t: t, client: client, suffix: suffix, attempts: make(map[int]int), handled: make(map[string][]int)}
	run := strings.ToLower(rand.Text()[:8])
	f.dead = f.create("thaw-flow-dead-"+run, nil)
	f.url = f.create("thaw-flow-"+run, map[string]string{
		"VisibilityTimeout": "30", "RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"20"}`, f.arnOf(f.dead)),
	})
	f.arn = f.arnOf(f.url)
	return f
}

func (f *flow) arnOf(url string) string {
	out, err := f.client.GetQueueAttributes(f.t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{"QueueArn"}})
	require.NoError(f.t, err)
	return out.Attributes["QueueArn"]
}

func (f *flow) create(name string, attributes map[string]string) string {
	in := &sqs.CreateQueueInput{QueueName: aws.String(name + f.suffix), Attributes: attributes}
	if f.suffix != "" {
		if in.Attributes == nil {
			in.Attributes = make(map[string]string)
		}
		in.Attributes["FifoQueue"] = "true"
	}
	out, err := f.client.CreateQueue(f.t.Context(), in)
	require.NoError(f.t, err)
	f.t.Cleanup(func() {
		_, _ = f.client.DeleteQueue(context.Background(), &sqs.DeleteQueueInput{QueueUrl: out.QueueUrl})
	})
	return *out.QueueUrl
}

func (f *flow) send() {
	sender, err := queue.NewSender[job](f.client, f.url, nil)
	require.NoError(f.t, err)
	var entries []queue.Entry[job]
	for n := range flowMessages {
		e := queue.Entry[job]{Body: job{Number: n}, Attributes: map[string]queue.Attribute{"kind": {String: "test"}}}
		if f.suffix != "" {
			e.Group, e.DeduplicationID = fmt.Sprint("g", n%flowGroups), fmt.Sprint(n)
		}
		entries = append(entries, e)
	}
	require.NoError(f.t, sender.SendEntries(f.t.Context(), entries...))
}

// handle gives up on one message in ten, and lets others fail or panic once.
func (f *flow) handle(_ context.Context, m queue.Message[job]) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := m.Body.Number
	f.attempts[n]++
	first := f.attempts[n] == 1
	switch {
	case n%10 == 3:
		return queue.Permanent(errTest)
	case n%10 == 5 && first:
		return queue.RetryAfter(0, errTest)
	case n%20 == 7 && first:
		panic("test")
	}
	group := fmt.Sprint("g", n%flowGroups)
	f.handled[group] = append(f.handled[group], n)
	return nil
}

func (f *flow) run() {
	f.send()
	p := queue.NewProcessor(f.handle, quiet(queue.Options{
		Client: f.client, Backoff: func(int) time.Duration { return 0 }, DeadLetter: queue.DeadLetterQueue(f.client, f.dead),
	}))
	var pollers sync.WaitGroup
	for range 4 {
		pollers.Go(func() { f.poll(p) })
	}
	pollers.Wait()
	f.check()
}

func (f *flow) settled() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, numbers := range f.handled {
		n += len(numbers)
	}
	return n >= flowMessages-flowMessages/10
}

// poll is an event source mapping on the real client.
func (f *flow) poll(h queuetest.Handler) {
	for until := time.Now().Add(time.Minute); !f.settled() && time.Now().Before(until); {
		out, err := f.client.ReceiveMessage(f.t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: &f.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1,
			MessageAttributeNames: []string{"All"}, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
		})
		if err != nil {
			f.t.Errorf("receive: %v", err)
			return
		}
		if len(out.Messages) == 0 {
			continue
		}
		response, err := h.Invoke(f.t.Context(), f.event(out.Messages))
		if err != nil {
			f.t.Errorf("invoke: %v", err)
			return
		}
		f.acknowledge(out.Messages, response)
	}
}

func (f *flow) event(messages []types.Message) []byte {
	type record struct {
		MessageID     string            `json:"messageId"`
		ReceiptHandle string            `json:"receiptHandle"`
		Body          string            `json:"body"`
		Attributes    map[string]string `json:"attributes"`
		Source        string            `json:"eventSource"`
		ARN           string            `json:"eventSourceARN"`
	}
	var records []record
	for _, m := range messages {
		records = append(records, record{*m.MessageId, *m.ReceiptHandle, *m.Body, m.Attributes, "aws:sqs", f.arn})
	}
	event, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		panic(err) // strings only
	}
	return event
}

// acknowledge deletes what the response does not keep.
func (f *flow) acknowledge(messages []types.Message, response []byte) {
	var kept struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal(response, &kept); err != nil {
		f.t.Errorf("response %s: %v", response, err)
	}
	var entries []types.DeleteMessageBatchRequestEntry
	for i, m := range messages {
		if !slices.ContainsFunc(kept.BatchItemFailures, func(item struct{ ItemIdentifier string }) bool { return item.ItemIdentifier == *m.MessageId }) {
			entries = append(entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), ReceiptHandle: m.ReceiptHandle})
		}
	}
	if len(entries) == 0 {
		return
	}
	out, err := f.client.DeleteMessageBatch(f.t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: &f.url, Entries: entries})
	if err != nil || len(out.Failed) > 0 {
		f.t.Errorf("delete: %v %v", err, out)
	}
}

// check holds what was handled and what is in the dead-letter queue against what
// was sent.
func (f *flow) check() {
	var handled []int
	for group, numbers := range f.handled {
		if f.suffix != "" {
			require.True(f.t, slices.IsSorted(numbers), "group %s: %v", group, numbers)
		}
		handled = append(handled, numbers...)
	}
	var dead []int
	for until := time.Now().Add(10 * time.Second); len(dead) < flowMessages/10 && time.Now().Before(until); {
		out, err := f.client.ReceiveMessage(f.t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &f.dead, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, MessageAttributeNames: []string{"All"}})
		require.NoError(f.t, err)
		for _, m := range out.Messages {
			var j job
			require.NoError(f.t, json.Unmarshal([]byte(*m.Body), &j))
			dead = append(dead, j.Number)
			require.Equal(f.t, errTest.Error(), *m.MessageAttributes[queue.ReasonAttribute].StringValue)
			_, err := f.client.DeleteMessage(f.t.Context(), &sqs.DeleteMessageInput{QueueUrl: &f.dead, ReceiptHandle: m.ReceiptHandle})
			require.NoError(f.t, err)
		}
	}
	var everything, permanent []int
	for n := range flowMessages {
		everything = append(everything, n)
		if n%10 == 3 {
			permanent = append(permanent, n)
		}
	}
	slices.Sort(dead)
	require.Equal(f.t, permanent, dead)
	all := slices.Concat(handled, dead)
	slices.Sort(all)
	require.Equal(f.t, everything, all, "each message once")
}

// A body over the limit goes through a real S3, where the server has one.
func TestClaimCheckOnAServer(t *testing.T) {
	client := serverClient(t)
	bucket := "thaw-flow-" + strings.ToLower(rand.Text()[:8])
	objects := s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: aws.String(os.Getenv("SQS_ENDPOINT")), Credentials: serverCredentials, UsePathStyle: true, RetryMaxAttempts: 1})
	if _, err := objects.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Skipf("the server at SQS_ENDPOINT has no S3: %v", err)
	}
	store, err := claimcheck.New(objects, bucket, nil)
	require.NoError(t, err)
	url := newFlow(t, client, "").url
	sender, err := queue.NewSender[string](client, url, &queue.SenderOptions{Offload: store.Offload, Encode: text})
	require.NoError(t, err)
	large := strings.Repeat("é", 1<<20)
	require.NoError(t, sender.Send(t.Context(), large))
	out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 1, MessageAttributeNames: []string{"All"}})
	require.NoError(t, err)
	require.Len(t, out.Messages, 1)
	require.Equal(t, "2097152", *out.Messages[0].MessageAttributes[queue.PayloadSizeAttribute].StringValue)
	got, err := store.Fetch(t.Context(), []byte(*out.Messages[0].Body))
	require.NoError(t, err)
	require.True(t, large == string(got), "the body came back another")

	_, err = store.Fetch(t.Context(), []byte(strings.Replace(*out.Messages[0].Body, `"s3Key":"`, `"s3Key":"x`, 1)))
	require.ErrorIs(t, err, claimcheck.ErrGone)
	require.True(t, queue.IsPermanent(err))
	require.False(t, errors.Is(err, claimcheck.ErrPointer))
}
