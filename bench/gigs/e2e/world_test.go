// Package e2e_test runs the compiled functions of examples/gigs under the Lambda
// Runtime Interface Emulator, on a DynamoDB and an SQS by others, and does by hand
// what AWS does between them: API Gateway, the mappings of stream and queue.
//
// The bus is eventstest on a loopback port. It validates PutEvents and matches
// rules as EventBridge does, and delivers to an emulator when the test says so;
// servers by others accept malformed entries and unknown buses, and would run the
// function themselves, not under the emulator.
package e2e_test

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/bench/gigs/functions"
	"github.com/go-thaw/thaw/events/eventstest"
	"github.com/go-thaw/thaw/internal/template"
)

// The variables that name the emulator and the servers, see .ci/gigs.
const (
	emulatorVariable = "THAW_RIE"
	dynamoVariable   = "DYNAMODB_ENDPOINT"
	sqsVariable      = "SQS_ENDPOINT"
)

const (
	region  = "us-east-1"
	busName = "gigs"
)

// A world is everything that the functions talk to. Each test has tables and
// queues of its own.
type world struct {
	*testing.T
	rie, dynamoURL, sqsURL, busURL string
	tables                         *dynamodb.Client
	queues                         *sqs.Client
	bus                            *eventstest.Fake
	table, records                 string // names
	emails, failed                 string // URLs
	template                       *template.Template
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, rie: os.Getenv(emulatorVariable), dynamoURL: os.Getenv(dynamoVariable), sqsURL: os.Getenv(sqsVariable)}
	if w.rie == "" || w.dynamoURL == "" || w.sqsURL == "" {
		t.Skipf("SKIPPED: needs %s, %s and %s, which .ci/gigs sets", emulatorVariable, dynamoVariable, sqsVariable)
	}
	document, err := os.ReadFile("../../../examples/gigs/template.yaml")
	require.NoError(t, err)
	w.template, err = template.Parse(document)
	require.NoError(t, err)
	w.bus = eventstest.New(nil)
	w.bus.CreateBus(busName)
	server := httptest.NewServer(w.bus.Handler())
	t.Cleanup(server.Close)
	w.busURL = server.URL

	keys := credentials.NewStaticCredentialsProvider("test", "test", "")
	w.tables = dynamodb.New(dynamodb.Options{Region: region, BaseEndpoint: &w.dynamoURL, Credentials: keys})
	w.queues = sqs.New(sqs.Options{Region: region, BaseEndpoint: &w.sqsURL, Credentials: keys})
	w.table, w.records = t.Name(), t.Name()+"-records"
	require.NoError(t, functions.CreateTables(t.Context(), w.tables, w.table, w.records))
	w.failed = w.createQueue("failed-emails", nil)
	w.emails = w.createQueue("emails", map[string]string{
		"VisibilityTimeout": "60",
		"RedrivePolicy":     `{"deadLetterTargetArn":"` + w.arn(w.failed) + `","maxReceiveCount":"2"}`,
	})
	return w
}

func (w *world) createQueue(name string, attributes map[string]string) (url string) {
	w.Helper()
	out, err := w.queues.CreateQueue(w.Context(), &sqs.CreateQueueInput{QueueName: aws.String(w.Name() + "-" + name), Attributes: attributes})
	require.NoError(w, err)
	return *out.QueueUrl
}

func (w *world) arn(url string) string {
	w.Helper()
	out, err := w.queues.GetQueueAttributes(w.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{"QueueArn"}})
	require.NoError(w, err)
	return out.Attributes["QueueArn"]
}

// items returns the items of the table whose sort key begins with prefix.
func (w *world) items(prefix string) (items []map[string]types.AttributeValue) {
	w.Helper()
	out, err := w.tables.Scan(w.Context(), &dynamodb.ScanInput{TableName: &w.table, ConsistentRead: aws.Bool(true)})
	require.NoError(w, err)
	for _, item := range out.Items {
		if strings.HasPrefix(text(item["sk"]), prefix) {
			items = append(items, item)
		}
	}
	return items
}

// text returns a string of an item, "" for another type.
func text(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// age makes the events that wait two minutes older, so that a sweep takes them up.
func (w *world) age() {
	w.Helper()
	for _, item := range w.items("EVENT#") {
		_, err := w.tables.UpdateItem(w.Context(), &dynamodb.UpdateItemInput{
			TableName:                 &w.table,
			Key:                       map[string]types.AttributeValue{"pk": item["pk"], "sk": item["sk"]},
			UpdateExpression:          aws.String("ADD outbox_due :d"),
			ExpressionAttributeValues: map[string]types.AttributeValue{":d": &types.AttributeValueMemberN{Value: "-120000"}},
		})
		require.NoError(w, err)
	}
}
