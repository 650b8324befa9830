package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// perRequest is how many messages a request of SQS has at most. Here all requests
// have the same ten bodies, so that one answer fits them all.
const perRequest = 10

// orders returns bodies of some 220 bytes.
func orders(n int) []order {
	all := make([]order, n)
	for i := range all {
		id := strconv.Itoa(i % perRequest)
		all[i] = order{
			ID: "order-" + id, Customer: "customer-" + id, Total: 1999,
			Items:  []item{{"ticket", 2}, {"poster", 1}, {"shirt", 1}},
			Labels: map[string]string{"channel": "web", "campaign": "autumn", "tenant": "tenant-17"},
		}
	}
	return all
}

// A stub answers every request with what the fake answered to the first ones of
// their kind.
type stub struct{ answers map[int][]byte }

func (s stub) Do(r *http.Request) (*http.Response, error) {
	body := must(io.ReadAll(r.Body))
	answer := s.answers[bytes.Count(body, []byte(`"MessageBody"`))]
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(bytes.NewReader(answer)), ContentLength: int64(len(answer)), Request: r,
	}, nil
}

// newStub returns the URL of a queue and a client whose requests are answered
// without a queue behind them.
func newStub(ctx context.Context, name string) (url string, client *sqs.Client) {
	fake := queuetest.New(nil)
	url = fake.CreateQueue(name, &queuetest.QueueOptions{ContentBasedDeduplication: strings.HasSuffix(name, ".fifo")})
	answers := make(map[int][]byte)
	for _, n := range []int{1, perRequest} {
		byHand(ctx, fake.Client(), url, orders(n))
		calls := fake.Calls("SendMessageBatch")
		answers[n] = calls[len(calls)-1].Output
	}
	return url, sqs.New(sqs.Options{Region: "eu-west-1", HTTPClient: stub{answers}, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "")})
}

// byHand is what a careful function does without package queue: requests of ten,
// and a look at what was refused.
func byHand(ctx context.Context, client *sqs.Client, url string, all []order) {
	for part := range slices.Chunk(all, perRequest) {
		entries := make([]types.SendMessageBatchRequestEntry, len(part))
		for i := range part {
			entries[i] = types.SendMessageBatchRequestEntry{
				Id:          aws.String(strconv.Itoa(i)),
				MessageBody: aws.String(string(must(json.Marshal(&part[i])))),
			}
			if strings.HasSuffix(url, ".fifo") {
				entries[i].MessageGroupId = aws.String(group(i))
			}
		}
		out := must(client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: entries}))
		if len(out.Successful) != len(part) {
			panic("a message was refused")
		}
	}
}

func group(i int) string { return "group-" + strconv.Itoa(i%perRequest) }

// sending sends messages to the named queue, of ten groups when it is a FIFO
// queue.
func sending(ctx context.Context, messages int, name string) comparison {
	url, client := newStub(ctx, name)
	sender := must(queue.NewSender[order](client, url, nil))
	all := orders(messages)
	send := func() { check(sender.Send(ctx, all...)) }
	if strings.HasSuffix(name, ".fifo") {
		entries := make([]queue.Entry[order], messages)
		for i := range all {
			entries[i] = queue.Entry[order]{Body: all[i], Group: group(i)}
		}
		send = func() { check(sender.SendEntries(ctx, entries...)) }
	}
	return comparison{fmt.Sprintf("%d messages to %s, through the SDK to a stub", messages, name), messages, []way{
		{"SendMessageBatch by hand", func() { byHand(ctx, client, url, all) }},
		{"Sender", send},
	}}
}
