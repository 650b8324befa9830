package queuetest_test

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest"
)

// A topic of the fake and one of the server at SQS_ENDPOINT deliver the same.
func TestTopicDeliversWhatAServerDelivers(t *testing.T) {
	client, _ := server(t)
	topics := sns.New(sns.Options{Region: "us-east-1", BaseEndpoint: aws.String(os.Getenv("SQS_ENDPOINT")), Credentials: client.Options().Credentials, RetryMaxAttempts: 1})
	if _, err := topics.ListTopics(t.Context(), nil); err != nil {
		t.Skipf("the server at SQS_ENDPOINT has no SNS: %v", err)
	}
	fake := queuetest.New(nil)
	want := deliveries(t, client, topics)
	require.Equal(t, want, deliveries(t, fake.Client(), sns.NewFromConfig(fake.Config())))
	require.Len(t, want["raw"], 3)
	require.Len(t, want["filtered"], 1)
}

// deliveries publishes a few messages and returns what arrives, by subscription.
func deliveries(t *testing.T, client *sqs.Client, topics *sns.Client) map[string][]string {
	t.Helper()
	run := strings.ToLower(rand.Text()[:8])
	topic, err := topics.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("thaw-" + run)})
	require.NoError(t, err)
	urls := make(map[string]*string)
	for name, attributes := range map[string]map[string]string{
		"enveloped": nil,
		"raw":       {"RawMessageDelivery": "true"},
		"filtered":  {"RawMessageDelivery": "true", "FilterPolicy": `{"kind":["new",{"prefix":"x"}],"n":[{"numeric":[">",1]}]}`},
	} {
		created, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("thaw-" + name + run)})
		require.NoError(t, err)
		arn, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: created.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{"QueueArn"}})
		require.NoError(t, err)
		_, err = topics.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(arn.Attributes["QueueArn"]), Attributes: attributes})
		require.NoError(t, err)
		urls[name] = created.QueueUrl
	}
	attributes := func(kind, n string) map[string]types.MessageAttributeValue {
		return map[string]types.MessageAttributeValue{"kind": snsText("String", kind), "n": snsText("Number", n)}
	}
	_, err = topics.Publish(t.Context(), &sns.PublishInput{TopicArn: topic.TopicArn, Message: aws.String("plain é <&>"), Subject: aws.String("Subject")})
	require.NoError(t, err)
	_, err = topics.PublishBatch(t.Context(), &sns.PublishBatchInput{TopicArn: topic.TopicArn, PublishBatchRequestEntries: []types.PublishBatchRequestEntry{
		{Id: aws.String("1"), Message: aws.String("one"), MessageAttributes: attributes("new", "2")},
		{Id: aws.String("2"), Message: aws.String("two"), MessageAttributes: attributes("new", "1")},
	}})
	require.NoError(t, err)
	got := make(map[string][]string)
	for name, url := range urls {
		for len(got[name]) < 3 {
			out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"}})
			require.NoError(t, err)
			if len(out.Messages) == 0 {
				break
			}
			for _, m := range out.Messages {
				got[name] = append(got[name], describe(t, m))
			}
		}
		slices.Sort(got[name])
	}
	return got
}

// describe returns a message without what differs from run to run.
func describe(t *testing.T, m sqstypes.Message) string {
	t.Helper()
	var text strings.Builder
	var envelope map[string]any
	if json.Unmarshal([]byte(*m.Body), &envelope) != nil || envelope["Type"] == nil {
		text.WriteString(*m.Body)
	} else {
		require.NotEmpty(t, envelope["MessageId"])
		for _, name := range []string{"MessageId", "TopicArn", "Timestamp", "Signature", "SigningCertURL", "UnsubscribeURL"} {
			require.Contains(t, envelope, name)
			delete(envelope, name)
		}
		rest, err := json.Marshal(envelope)
		require.NoError(t, err)
		text.Write(rest)
	}
	for _, name := range slices.Sorted(maps.Keys(m.MessageAttributes)) {
		a := m.MessageAttributes[name]
		text.WriteString(" " + name + " " + *a.DataType + " " + *a.StringValue)
	}
	return text.String()
}
