package queuetest_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest"
)

// Whatever bytes reach the fake, it answers JSON or XML, and never because it
// panicked.
func FuzzWire(f *testing.F) {
	const url = `"QueueUrl":"https://sqs.us-east-1.amazonaws.com/000000000000/jobs"`
	const json10, form = "application/x-amz-json-1.0", "application/x-www-form-urlencoded"
	for target, body := range map[string]string{
		"CreateQueue":                  `{"QueueName":"a.fifo","Attributes":{"FifoQueue":"true","RedrivePolicy":"{}"},"tags":{"a":"b"}}`,
		"GetQueueAttributes":           `{` + url + `,"AttributeNames":["All"]}`,
		"SetQueueAttributes":           `{` + url + `,"Attributes":{"RedriveAllowPolicy":"{\"redrivePermission\":\"denyAll\"}"}}`,
		"ListQueues":                   `{"MaxResults":1,"NextToken":"x"}`,
		"SendMessage":                  `{` + url + `,"MessageBody":"x","MessageAttributes":{"a":{"DataType":"Binary","BinaryValue":"AQI="}},"MessageSystemAttributes":{"AWSTraceHeader":{}}}`,
		"SendMessageBatch":             `{` + url + `,"Entries":[{"Id":"1","MessageBody":"x"},{"Id":"2"}]}`,
		"ReceiveMessage":               `{` + url + `,"MaxNumberOfMessages":10,"VisibilityTimeout":-1,"ReceiveRequestAttemptId":"x"}`,
		"DeleteMessage":                `{` + url + `,"ReceiptHandle":"am9icy8xLzE="}`,
		"ChangeMessageVisibilityBatch": `{` + url + `,"Entries":[{"Id":"1","ReceiptHandle":"am9icy8xLzE=","VisibilityTimeout":1}]}`,
		"StartMessageMoveTask":         `{"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dead","MaxNumberOfMessagesPerSecond":500}`,
		"CancelMessageMoveTask":        `{"TaskHandle":null}`,
		"PurgeQueue":                   `{` + url + `}`,
		"Unknown":                      `[`,
	} {
		f.Add(json10, "AmazonSQS."+target, []byte(body))
	}
	topic := "TopicArn=arn:aws:sns:us-east-1:000000000000:orders&"
	for _, body := range []string{
		"Action=Publish&" + topic + "Message=x&MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.DataType=Number&MessageAttributes.entry.1.Value.StringValue=1",
		"Action=PublishBatch&" + topic + "PublishBatchRequestEntries.member.1.Id=1&PublishBatchRequestEntries.member.1.Message=x&PublishBatchRequestEntries.member.3.Id=2",
		"Action=Subscribe&" + topic + "Protocol=sqs&Endpoint=arn:aws:sqs:us-east-1:000000000000:dead&Attributes.entry.1.key=FilterPolicy&Attributes.entry.1.value=%7B%7D",
		"Action=SetSubscriptionAttributes&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:&AttributeName=FilterPolicy",
		"Action=GetTopicAttributes&" + topic, "Action=ListTopics&NextToken=x", "Action=Unsubscribe", "Action=", "%",
	} {
		f.Add(form, "", []byte(body))
	}
	f.Fuzz(func(t *testing.T, contentType, target string, body []byte) {
		if strings.Contains(strings.ToLower(string(body)), "waittimeseconds") {
			t.Skip("a long poll takes real time")
		}
		fake := queuetest.New(nil)
		fake.CreateQueue("dead", nil)
		fake.CreateQueue("jobs", &queuetest.QueueOptions{DeadLetterQueue: "dead"})
		fake.CreateTopic("orders", nil)
		fake.Subscribe("orders", "jobs", &queuetest.SubscriptionOptions{Raw: true, FilterPolicy: `{"a":[1,{"exists":false}]}`})
		require.NoError(t, fake.Deliver("jobs")(t.Context(), []byte("x")))
		for range 2 { // what the first one did may break the second
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(body))
			request.Header.Set("Content-Type", contentType)
			request.Header.Set("X-Amz-Target", target)
			response := httptest.NewRecorder()
			fake.Handler().ServeHTTP(response, request)
			require.NotContains(t, response.Body.String(), "panicked")
			require.Less(t, response.Code, 500, response.Body.String())
			if response.Header().Get("Content-Type") == "text/xml" {
				require.NoError(t, xml.Unmarshal(response.Body.Bytes(), new(struct{ XMLName xml.Name })))
			} else {
				require.True(t, json.Valid(response.Body.Bytes()), response.Body.String())
			}
		}
	})
}
