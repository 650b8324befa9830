package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events/pattern"
	"github.com/go-thaw/thaw/internal/template"
)

// A tape keeps the last answer of the server. The records that Lambda hands to a
// function are those of GetRecords as they are, with the stream's ARN added.
type tape struct{ last []byte }

func (t *tape) Do(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	t.last, err = io.ReadAll(response.Body)
	response.Body = io.NopCloser(bytes.NewReader(t.last))
	return response, err
}

// changes returns the records of the table's stream that pass the template's
// filter, as the payload of a function, and how many there are without it.
func (w *world) changes() (payload []byte, passed, all int) {
	w.Helper()
	filter := w.filter()
	table, err := w.tables.DescribeTable(w.Context(), &dynamodb.DescribeTableInput{TableName: &w.table})
	require.NoError(w, err)
	arn := table.Table.LatestStreamArn
	heard := &tape{}
	streams := dynamodbstreams.New(dynamodbstreams.Options{
		Region: region, BaseEndpoint: &w.dynamoURL, HTTPClient: heard,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	stream, err := streams.DescribeStream(w.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: arn})
	require.NoError(w, err)
	records := []map[string]any{}
	for _, shard := range stream.StreamDescription.Shards {
		iterator, err := streams.GetShardIterator(w.Context(), &dynamodbstreams.GetShardIteratorInput{
			StreamArn: arn, ShardId: shard.ShardId, ShardIteratorType: streamtypes.ShardIteratorTypeTrimHorizon,
		})
		require.NoError(w, err)
		_, err = streams.GetRecords(w.Context(), &dynamodbstreams.GetRecordsInput{ShardIterator: iterator.ShardIterator})
		require.NoError(w, err)
		var answer struct{ Records []json.RawMessage }
		require.NoError(w, json.Unmarshal(heard.last, &answer))
		for _, raw := range answer.Records {
			all++
			var record map[string]any
			require.NoError(w, json.Unmarshal(raw, &record))
			if matches, err := filter.Match(raw); err == nil && matches {
				record["eventSourceARN"] = *arn
				records = append(records, record)
			}
		}
	}
	payload, err = json.Marshal(map[string]any{"Records": records})
	require.NoError(w, err)
	return payload, len(records), all
}

// filter returns that of the relay's mapping in the template.
func (w *world) filter() *pattern.Pattern {
	w.Helper()
	relay, ok := w.template.Resource("RelayFunction")
	require.True(w, ok)
	filters := template.Object(relay.Properties, "Events", "Changes", "Properties", "FilterCriteria")["Filters"].([]any)
	require.Len(w, filters, 1)
	p, err := pattern.Parse([]byte(filters[0].(map[string]any)["Pattern"].(string)))
	require.NoError(w, err)
	return p
}

// addRule adds the registration's rule of the template to the bus.
func (w *world) addRule(target *function) {
	w.Helper()
	registration, ok := w.template.Resource("RegistrationFunction")
	require.True(w, ok)
	rule, err := json.Marshal(template.Object(registration.Properties, "Events", "UserRegistered", "Properties")["Pattern"])
	require.NoError(w, err)
	w.bus.AddRule(busName, "registration", string(rule), registrationTarget(target))
}

// receive takes up to ten messages from a queue.
func (w *world) receive(url string) []sqstypes.Message {
	w.Helper()
	out, err := w.queues.ReceiveMessage(w.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1,
		MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"}, MessageAttributeNames: []string{"All"},
	})
	require.NoError(w, err)
	return out.Messages
}

// poll does what the mapping of the queue does once: it receives a batch, invokes
// the worker and deletes what the partial batch response does not name. Failed
// messages are made visible at once; the queue counts their receives.
func (w *world) poll(worker *function) (done, failed []sqstypes.Message) {
	w.Helper()
	batch := w.receive(w.emails)
	if len(batch) == 0 {
		return nil, nil
	}
	records := make([]map[string]any, len(batch))
	for i, m := range batch {
		attributes := map[string]any{}
		for name, a := range m.MessageAttributes {
			attributes[name] = map[string]any{"stringValue": a.StringValue, "dataType": a.DataType, "stringListValues": []string{}, "binaryListValues": []string{}}
		}
		records[i] = map[string]any{
			"messageId": m.MessageId, "receiptHandle": m.ReceiptHandle, "body": m.Body, "md5OfBody": m.MD5OfBody,
			"attributes": m.Attributes, "messageAttributes": attributes,
			"eventSource": "aws:sqs", "eventSourceARN": w.arn(w.emails), "awsRegion": region,
		}
	}
	payload, err := json.Marshal(map[string]any{"Records": records})
	require.NoError(w, err)
	answer, err := worker.Invoke(w.Context(), payload)
	require.NoError(w, err)
	var response struct {
		Failures []struct {
			ID string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	require.NoError(w, json.Unmarshal(answer, &response), "%s", answer)
	named := map[string]bool{}
	for _, f := range response.Failures {
		named[f.ID] = true
	}
	for _, m := range batch {
		if named[*m.MessageId] {
			failed = append(failed, m)
			continue
		}
		done = append(done, m)
		_, err := w.queues.DeleteMessage(w.Context(), &sqs.DeleteMessageInput{QueueUrl: &w.emails, ReceiptHandle: m.ReceiptHandle})
		require.NoError(w, err)
	}
	w.expire(failed)
	require.Len(w, failed, len(named), "every failure is of the batch")
	return done, failed
}

// expire lets the messages become visible now.
func (w *world) expire(messages []sqstypes.Message) {
	w.Helper()
	for _, m := range messages {
		_, err := w.queues.ChangeMessageVisibility(w.Context(), &sqs.ChangeMessageVisibilityInput{
			QueueUrl: &w.emails, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 0,
		})
		require.NoError(w, err)
	}
}

// waiting returns how many messages a queue has, in flight or not.
func (w *world) waiting(url string) string {
	w.Helper()
	out, err := w.queues.GetQueueAttributes(w.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"},
	})
	require.NoError(w, err)
	return out.Attributes["ApproximateNumberOfMessages"] + "+" + out.Attributes["ApproximateNumberOfMessagesNotVisible"]
}

// sendRaw puts a message on the queue of e-mails.
func (w *world) sendRaw(body string) {
	w.Helper()
	_, err := w.queues.SendMessage(w.Context(), &sqs.SendMessageInput{QueueUrl: &w.emails, MessageBody: aws.String(body)})
	require.NoError(w, err)
}
