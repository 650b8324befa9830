package queuetest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// newTopic returns a fake with a queue "jobs" that is subscribed to "orders".
func newTopic(t *testing.T, o *queuetest.SubscriptionOptions) (*queuetest.Fake, *sns.Client, *string) {
	t.Helper()
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	fake.CreateQueue("dead", nil)
	arn := fake.CreateTopic("orders", nil)
	fake.Subscribe("orders", "jobs", o)
	return fake, sns.NewFromConfig(fake.Config()), &arn
}

func snsText(kind, value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String(kind), StringValue: aws.String(value)}
}

func TestPublishInAnEnvelope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, client, arn := newTopic(t, nil)
		out, err := client.Publish(t.Context(), &sns.PublishInput{
			TopicArn: arn, Message: aws.String(`{"a":"<&é"}`), Subject: aws.String("Hello"),
			MessageAttributes: map[string]types.MessageAttributeValue{"kind.x": snsText("String", "new"), "b": {DataType: aws.String("Binary"), BinaryValue: []byte{1, 2}}},
		})
		require.NoError(t, err)

		stored := fake.Messages("jobs")[0]
		require.Empty(t, stored.Attributes)
		var got map[string]any
		require.NoError(t, json.Unmarshal([]byte(stored.Body), &got))
		require.Contains(t, got["UnsubscribeURL"], "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn%3Aaws%3Asns")
		for _, name := range []string{"UnsubscribeURL", "SigningCertURL", "Signature"} {
			require.NotEmpty(t, got[name])
			delete(got, name)
		}
		require.Equal(t, map[string]any{
			"Type": "Notification", "MessageId": *out.MessageId, "TopicArn": *arn, "Subject": "Hello", "Message": `{"a":"<&é"}`,
			"Timestamp": "2000-01-01T00:00:00.000Z", "SignatureVersion": "1",
			"MessageAttributes": map[string]any{"kind.x": map[string]any{"Type": "String", "Value": "new"}, "b": map[string]any{"Type": "Binary", "Value": "AQI="}},
		}, got)

		body, err := queue.UnwrapSNS([]byte(stored.Body))
		require.NoError(t, err)
		require.Equal(t, `{"a":"<&é"}`, string(body))
		require.Len(t, fake.Calls("Publish"), 1)
	})
}

func TestPublishRaw(t *testing.T) {
	fake, client, arn := newTopic(t, &queuetest.SubscriptionOptions{Raw: true})
	_, err := client.Publish(t.Context(), &sns.PublishInput{
		TopicArn: arn, Message: aws.String("text"), MessageGroupId: aws.String("tenant"),
		MessageAttributes: map[string]types.MessageAttributeValue{"n": snsText("Number", "7"), "b": {DataType: aws.String("Binary"), BinaryValue: []byte{1, 2}}},
	})
	require.NoError(t, err)
	stored := fake.Messages("jobs")[0]
	require.Equal(t, "text", stored.Body)
	require.Equal(t, "tenant", stored.Group)
	require.Equal(t, map[string]string{"n": "7", "b": "\x01\x02"}, stored.Attributes)
}

func TestMessageStructure(t *testing.T) {
	fake, client, arn := newTopic(t, &queuetest.SubscriptionOptions{Raw: true})
	publish := func(message string) error {
		_, err := client.Publish(t.Context(), &sns.PublishInput{TopicArn: arn, Message: aws.String(message), MessageStructure: aws.String("json")})
		return err
	}
	require.NoError(t, publish(`{"default":"a","sqs":"b","email":5}`))
	require.NoError(t, publish(`{"default":"a"}`))
	require.Equal(t, "b", fake.Messages("jobs")[0].Body)
	require.Equal(t, "a", fake.Messages("jobs")[1].Body)
	for _, broken := range []string{`{}`, `{"default":1}`, `"a"`, `null`, `{`} {
		require.Equal(t, "InvalidParameter", code(publish(broken)), broken)
	}
}

func TestPublishBatch(t *testing.T) {
	fake, client, arn := newTopic(t, &queuetest.SubscriptionOptions{Raw: true})
	entry := func(id, message string) types.PublishBatchRequestEntry {
		return types.PublishBatchRequestEntry{Id: aws.String(id), Message: aws.String(message)}
	}
	publish := func(entries ...types.PublishBatchRequestEntry) (*sns.PublishBatchOutput, error) {
		return client.PublishBatch(t.Context(), &sns.PublishBatchInput{TopicArn: arn, PublishBatchRequestEntries: entries})
	}
	bad := entry("bad", "x")
	bad.Subject = aws.String("é")
	out, err := publish(entry("b", "1"), entry("a", "2"), bad)
	require.NoError(t, err)
	require.Len(t, out.Successful, 2)
	require.Equal(t, "b", *out.Successful[0].Id)
	require.NotEmpty(t, *out.Successful[0].MessageId)
	require.Equal(t, types.BatchResultErrorEntry{Id: aws.String("bad"), Code: aws.String("InvalidParameter"), Message: aws.String("Invalid parameter: Subject"), SenderFault: true}, out.Failed[0])
	require.Len(t, fake.Messages("jobs"), 2)

	var eleven []types.PublishBatchRequestEntry
	for i := range 11 {
		eleven = append(eleven, entry(fmt.Sprint("e", i), "x"))
	}
	large := entry("l", strings.Repeat("x", 200_000))
	for want, entries := range map[string][]types.PublishBatchRequestEntry{
		"TooManyEntriesInBatchRequest": eleven,
		"BatchEntryIdsNotDistinct":     {entry("a", "x"), entry("a", "x")},
		"InvalidBatchEntryId":          {entry("a b", "x")},
		"BatchRequestTooLong":          {large, entry("m", strings.Repeat("x", 62_145))},
		"EmptyBatchRequest":            {},
	} {
		_, err := publish(entries...)
		require.Equal(t, want, code(err))
	}
	_, err = publish(large, entry("m", strings.Repeat("x", 62_144)))
	require.NoError(t, err)
}

func TestTopicLimitsAndErrors(t *testing.T) {
	fake, client, arn := newTopic(t, nil)
	publish := func(change func(*sns.PublishInput)) error {
		in := &sns.PublishInput{TopicArn: arn, Message: aws.String("x")}
		change(in)
		_, err := client.Publish(t.Context(), in)
		return err
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"no topic": {publish(func(in *sns.PublishInput) { in.TopicArn = aws.String(*arn + "x") }), "NotFound"},
		"no ARN":   {publish(func(in *sns.PublishInput) { in.TopicArn = aws.String("x") }), "InvalidParameter"},
		"phone":    {publish(func(in *sns.PublishInput) { in.TopicArn, in.PhoneNumber = nil, aws.String("+1") }), "InvalidParameter"},
		"empty":    {publish(func(in *sns.PublishInput) { in.Message = aws.String("") }), "InvalidParameter"},
		"size":     {publish(func(in *sns.PublishInput) { in.Message = aws.String(strings.Repeat("x", 262_145)) }), "InvalidParameter"},
		"subject":  {publish(func(in *sns.PublishInput) { in.Subject = aws.String(strings.Repeat("x", 101)) }), "InvalidParameter"},
		"dedup":    {publish(func(in *sns.PublishInput) { in.MessageDeduplicationId = aws.String("d") }), "InvalidParameter"},
		"group":    {publish(func(in *sns.PublishInput) { in.MessageGroupId = aws.String("a b") }), "InvalidParameter"},
		"attribute": {publish(func(in *sns.PublishInput) {
			in.MessageAttributes = map[string]types.MessageAttributeValue{"a": snsText("Text", "x")}
		}), "ParameterValueInvalid"},
		"attribute ''": {publish(func(in *sns.PublishInput) {
			in.MessageAttributes = map[string]types.MessageAttributeValue{"a": snsText("String", "")}
		}), "ParameterValueInvalid"},
	} {
		require.Equal(t, c.want, code(c.err), name)
	}
	var missing *types.NotFoundException
	require.ErrorAs(t, publish(func(in *sns.PublishInput) { in.TargetArn, in.TopicArn = aws.String(*arn+"x"), nil }), &missing)
	require.Zero(t, fake.Counts("jobs").Total())

	_, err := client.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{TopicArn: arn, AttributeName: aws.String("MaximumMessageSize"), AttributeValue: aws.String("1048576")})
	require.NoError(t, err)
	require.NoError(t, publish(func(in *sns.PublishInput) { in.Message = aws.String(strings.Repeat("x", 1_000_000)) }))
	require.Equal(t, 1, fake.Counts("jobs").Total())
}

func TestFilterPolicies(t *testing.T) {
	fake, client, arn := newTopic(t, &queuetest.SubscriptionOptions{Raw: true, FilterPolicy: `{"kind":["new"]}`})
	fake.CreateQueue("bodies", nil)
	fake.Subscribe("orders", "bodies", &queuetest.SubscriptionOptions{Raw: true, FilterBody: true, FilterPolicy: `{"price":[{"numeric":[">",5]}]}`})
	for _, m := range []struct{ kind, body string }{{"new", `{"price":1}`}, {"old", `{"price":9}`}, {"new", `{"price":9}`}, {"old", `text`}} {
		_, err := client.Publish(t.Context(), &sns.PublishInput{TopicArn: arn, Message: aws.String(m.body), MessageAttributes: map[string]types.MessageAttributeValue{"kind": snsText("String", m.kind)}})
		require.NoError(t, err)
	}
	bodies := func(queue string) (all []string) {
		for _, m := range fake.Messages(queue) {
			all = append(all, m.Body)
		}
		return all
	}
	require.Equal(t, []string{`{"price":1}`, `{"price":9}`}, bodies("jobs"))
	require.Equal(t, []string{`{"price":9}`, `{"price":9}`}, bodies("bodies"))
}

func TestFIFOTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(nil)
		fake.CreateQueue("jobs.fifo", nil)
		fake.CreateQueue("jobs", nil)
		arn := fake.CreateTopic("orders.fifo", nil)
		fake.Subscribe("orders.fifo", "jobs.fifo", &queuetest.SubscriptionOptions{Raw: true})
		fake.Subscribe("orders.fifo", "jobs", nil)
		client := sns.NewFromConfig(fake.Config())
		publish := func(message, group, dedup string) (*sns.PublishOutput, error) {
			in := &sns.PublishInput{TopicArn: &arn, Message: &message}
			if group != "" {
				in.MessageGroupId = &group
			}
			if dedup != "" {
				in.MessageDeduplicationId = &dedup
			}
			return client.Publish(t.Context(), in)
		}
		_, err := publish("x", "", "d")
		require.Equal(t, "InvalidParameter", code(err))
		_, err = publish("x", "g", "")
		require.Equal(t, "InvalidParameter", code(err))
		first, err := publish("x", "g", "d")
		require.NoError(t, err)
		require.Equal(t, "00000000000000000001", *first.SequenceNumber)
		again, err := publish("y", "h", "d")
		require.NoError(t, err)
		require.Equal(t, *first.MessageId, *again.MessageId)
		stored := fake.Messages("jobs.fifo")
		require.Len(t, stored, 1)
		require.Equal(t, "g", stored[0].Group)
		require.Equal(t, "d", stored[0].DeduplicationID)
		require.Len(t, fake.Messages("jobs"), 1)
		require.Contains(t, fake.Messages("jobs")[0].Body, `"SequenceNumber":"00000000000000000001"`)

		<-time.After(5 * time.Minute)
		_, err = publish("y", "h", "d")
		require.NoError(t, err)
		require.Len(t, fake.Messages("jobs.fifo"), 2)

		byContent := fake.CreateTopic("content.fifo", &queuetest.TopicOptions{ContentBasedDeduplication: true})
		fake.Subscribe("content.fifo", "jobs.fifo", &queuetest.SubscriptionOptions{Raw: true})
		for range 2 {
			_, err = client.Publish(t.Context(), &sns.PublishInput{TopicArn: &byContent, Message: aws.String("same"), MessageGroupId: aws.String("g")})
			require.NoError(t, err)
		}
		require.Len(t, fake.Messages("jobs.fifo"), 3)

		fake.CreateTopic("standard", nil)
		_, err = client.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: aws.String(strings.Replace(arn, "orders.fifo", "standard", 1)), Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:us-east-1:000000000000:jobs.fifo")})
		require.Equal(t, "InvalidParameter", code(err))
	})
}

func TestUndeliveredMessages(t *testing.T) {
	fake, client, arn := newTopic(t, &queuetest.SubscriptionOptions{Raw: true})
	many := make(map[string]types.MessageAttributeValue)
	for i := range 11 {
		many[fmt.Sprint("a", i)] = snsText("String", "x")
	}
	publish := func() {
		_, err := client.Publish(t.Context(), &sns.PublishInput{TopicArn: arn, Message: aws.String("x"), MessageAttributes: many})
		require.NoError(t, err, "SNS does not tell")
	}
	publish()
	require.Zero(t, fake.Counts("jobs").Total())
	require.Len(t, fake.Undelivered(), 1)
	require.Equal(t, "orders", fake.Undelivered()[0].Topic)

	fake.Subscribe("orders", "dead", nil) // a second subscription takes it in its envelope
	publish()
	require.Equal(t, 1, fake.Counts("dead").Total())
	require.Len(t, fake.Undelivered(), 2)
}

func TestDeadLetterQueueOfASubscription(t *testing.T) {
	fake, client, arn := newTopic(t, &queuetest.SubscriptionOptions{DeadLetterQueue: "dead"})
	fake.CreateQueue("small", &queuetest.QueueOptions{MaxMessageBytes: 1024})
	fake.Subscribe("orders", "small", &queuetest.SubscriptionOptions{Raw: true, DeadLetterQueue: "dead"})
	_, err := client.Publish(t.Context(), &sns.PublishInput{TopicArn: arn, Message: aws.String(strings.Repeat("x", 1025))})
	require.NoError(t, err)
	require.Equal(t, 1, fake.Counts("jobs").Total())
	require.Equal(t, strings.Repeat("x", 1025), fake.Messages("dead")[0].Body)
	require.Empty(t, fake.Undelivered())
}

func TestTopicOperations(t *testing.T) {
	fake := queuetest.New(nil)
	client, ctx := sns.NewFromConfig(fake.Config()), t.Context()
	queueURL := fake.CreateQueue("jobs", nil)
	require.NotEmpty(t, queueURL)
	created, err := client.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("orders"), Attributes: map[string]string{"DisplayName": "Orders <1>"}, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}})
	require.NoError(t, err)
	require.Equal(t, "arn:aws:sns:us-east-1:000000000000:orders", *created.TopicArn)
	_, err = client.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("orders")})
	require.NoError(t, err, "the same again")
	_, err = client.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("orders"), Attributes: map[string]string{"DisplayName": "other"}})
	require.Equal(t, "InvalidParameter", code(err))

	endpoint := "arn:aws:sqs:us-east-1:000000000000:jobs"
	subscribed, err := client.Subscribe(ctx, &sns.SubscribeInput{TopicArn: created.TopicArn, Protocol: aws.String("sqs"), Endpoint: &endpoint, Attributes: map[string]string{"RawMessageDelivery": "true"}})
	require.NoError(t, err)
	again, err := client.Subscribe(ctx, &sns.SubscribeInput{TopicArn: created.TopicArn, Protocol: aws.String("sqs"), Endpoint: &endpoint})
	require.NoError(t, err)
	require.Equal(t, *subscribed.SubscriptionArn, *again.SubscriptionArn)
	for name, in := range map[string]*sns.SubscribeInput{
		"protocol": {TopicArn: created.TopicArn, Protocol: aws.String("email"), Endpoint: aws.String("a@example.com")},
		"queue":    {TopicArn: created.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(endpoint + "x")},
		"policy":   {TopicArn: created.TopicArn, Protocol: aws.String("sqs"), Endpoint: &endpoint, Attributes: map[string]string{"FilterPolicy": `{"a":"b"}`}},
		"redrive":  {TopicArn: created.TopicArn, Protocol: aws.String("sqs"), Endpoint: &endpoint, Attributes: map[string]string{"RedrivePolicy": `{}x`}},
		"unknown":  {TopicArn: created.TopicArn, Protocol: aws.String("sqs"), Endpoint: &endpoint, Attributes: map[string]string{"Unknown": "1"}},
	} {
		_, err := client.Subscribe(ctx, in)
		require.Equal(t, "InvalidParameter", code(err), name)
	}
	_, err = client.SetSubscriptionAttributes(ctx, &sns.SetSubscriptionAttributesInput{SubscriptionArn: subscribed.SubscriptionArn, AttributeName: aws.String("FilterPolicy"), AttributeValue: aws.String(`{"a":["b"]}`)})
	require.NoError(t, err)
	got, err := client.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: subscribed.SubscriptionArn})
	require.NoError(t, err)
	require.Equal(t, "true", got.Attributes["RawMessageDelivery"])
	require.Equal(t, `{"a":["b"]}`, got.Attributes["FilterPolicy"])
	require.Equal(t, "MessageAttributes", got.Attributes["FilterPolicyScope"])
	require.Equal(t, endpoint, got.Attributes["Endpoint"])

	attributes, err := client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: created.TopicArn})
	require.NoError(t, err)
	require.Equal(t, "Orders <1>", attributes.Attributes["DisplayName"])
	require.Equal(t, "1", attributes.Attributes["SubscriptionsConfirmed"])
	require.Equal(t, "262144", attributes.Attributes["MaximumMessageSize"])

	for i := range 120 {
		fake.CreateTopic(fmt.Sprintf("t%03d", i), nil)
	}
	topics, err := client.ListTopics(ctx, nil)
	require.NoError(t, err)
	require.Len(t, topics.Topics, 100)
	topics, err = client.ListTopics(ctx, &sns.ListTopicsInput{NextToken: topics.NextToken})
	require.NoError(t, err)
	require.Len(t, topics.Topics, 21)
	require.Nil(t, topics.NextToken)

	for range 2 {
		_, err = client.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: subscribed.SubscriptionArn})
		require.NoError(t, err)
		_, err = client.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: aws.String(*created.TopicArn + "-none")})
		require.NoError(t, err)
	}
	all, err := client.ListSubscriptions(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, all.Subscriptions)
	_, err = client.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: created.TopicArn})
	require.NoError(t, err)
	_, err = client.ListSubscriptionsByTopic(ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: created.TopicArn})
	require.Equal(t, "NotFound", code(err))
}

func TestFaultsOfTopics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, client, arn := newTopic(t, nil)
		publish := func() error {
			_, err := client.Publish(t.Context(), &sns.PublishInput{TopicArn: arn, Message: aws.String("x")})
			return err
		}
		fake.Inject("Publish", queuetest.Fault{Times: 2, Error: &queuetest.Error{Code: "Throttling", Message: "Rate exceeded"}})
		require.NoError(t, publish())
		require.Len(t, fake.Calls("Publish"), 3)
		fake.Inject("Publish", queuetest.Fault{Cut: queuetest.CutAfter})
		require.NoError(t, publish())
		require.Equal(t, 3, fake.Counts("jobs").Total(), "the second attempt published it again")
		fake.Inject("Publish", queuetest.Fault{Error: &queuetest.Error{Code: "AuthorizationError", Status: 403}})
		var denied *types.AuthorizationErrorException
		require.ErrorAs(t, publish(), &denied)
	})
}

func TestServicesAreApart(t *testing.T) {
	fake := queuetest.New(nil)
	server := httptest.NewServer(fake.Handler())
	defer server.Close()
	for _, c := range []struct{ contentType, target, body, want string }{
		{"application/x-amz-json-1.0", "AmazonSQS.CreateTopic", `{"Name":"x"}`, "InvalidAction"},
		{"application/x-amz-json-1.0", "AmazonSNS.CreateTopic", `{"Name":"x"}`, "InvalidAction"},
		{"application/x-www-form-urlencoded", "", "Action=CreateQueue&QueueName=x", "InvalidAction"},
		{"application/x-www-form-urlencoded", "", "Action=%3Cx%3E", "InvalidAction"},
		{"application/x-www-form-urlencoded", "", "", "MissingAction"},
		{"application/x-www-form-urlencoded", "", "Action=%", "MalformedQueryString"},
		{"application/x-www-form-urlencoded", "", "Action=Publish&Message=a&Message.x=b", "MalformedQueryString"},
		{"application/x-www-form-urlencoded", "", "Action=Publish&MessageAttributes=a", "SerializationException"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(c.body))
		require.NoError(t, err)
		request.Header.Set("Content-Type", c.contentType)
		request.Header.Set("X-Amz-Target", c.target)
		response, err := server.Client().Do(request)
		require.NoError(t, err)
		var body strings.Builder
		require.NoError(t, response.Write(&body))
		require.Equal(t, http.StatusBadRequest, response.StatusCode)
		require.Contains(t, body.String(), c.want, c.body)
	}
	require.Panics(t, func() { fake.Counts("x") }, "nothing made a queue")
}
