package queuetest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest"
)

func TestPermissionsWriteThePolicy(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	client := fake.Client()
	policy := func() string {
		t.Helper()
		out, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: urlOf("jobs"), AttributeNames: []types.QueueAttributeName{"Policy"}})
		require.NoError(t, err)
		return out.Attributes["Policy"]
	}
	add := func(label string, accounts, actions []string) error {
		_, err := client.AddPermission(t.Context(), &sqs.AddPermissionInput{QueueUrl: urlOf("jobs"), Label: &label, AWSAccountIds: accounts, Actions: actions})
		return err
	}
	remove := func(label string) error {
		_, err := client.RemovePermission(t.Context(), &sqs.RemovePermissionInput{QueueUrl: urlOf("jobs"), Label: &label})
		return err
	}
	one, two := []string{"111122223333"}, []string{"111122223333", "444455556666"}
	const frame = `{"Version":"2012-10-17","Id":"arn:aws:sqs:us-east-1:000000000000:jobs/SQSDefaultPolicy","Statement":[`
	const resource = `"Resource":"arn:aws:sqs:us-east-1:000000000000:jobs"}`
	const sends = `{"Sid":"sends","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"SQS:SendMessage",` + resource
	const reads = `{"Sid":"reads","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::444455556666:root"]},` +
		`"Action":["SQS:ReceiveMessage","SQS:DeleteMessage"],` + resource

	require.NoError(t, add("sends", one, []string{"SendMessage"}))
	require.NoError(t, add("reads", two, []string{"ReceiveMessage", "DeleteMessage"}))
	require.JSONEq(t, frame+sends+","+reads+"]}", policy())

	seven := []string{"SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl", "PurgeQueue"}
	for _, c := range []struct {
		label             string
		accounts, actions []string
		want              string
	}{
		{"sends", one, []string{"SendMessage"}, "InvalidParameterValue"},
		{"a b", one, []string{"SendMessage"}, "InvalidParameterValue"},
		{"x", []string{"me"}, []string{"SendMessage"}, "InvalidParameterValue"},
		{"x", one, []string{"DeleteQueue"}, "InvalidParameterValue"},
		{"x", one, []string{"SendMessageBatch"}, "InvalidParameterValue"},
		{"x", nil, []string{"SendMessage"}, "MissingParameter"},
		{"x", one, []string{}, "MissingParameter"},
		{"x", one, append(seven, "ListDeadLetterSourceQueues"), "OverLimit"},
	} {
		require.Equal(t, c.want, code(add(c.label, append([]string{}, c.accounts...), c.actions)), "%+v", c)
	}
	require.NoError(t, add("seven", one, seven))
	require.Equal(t, "InvalidParameterValue", code(remove("none")))
	for _, label := range []string{"seven", "sends"} {
		require.NoError(t, remove(label))
	}
	require.JSONEq(t, frame+reads+"]}", policy())
	require.NoError(t, remove("reads"))
	require.Empty(t, policy())
}

// A policy that was set as a whole keeps what AddPermission would not write.
func TestPermissionsBesideAPolicy(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	client := fake.Client()
	const statement = `{"Sid":"topic","Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*","Condition":{"ArnEquals":{"aws:SourceArn":"arn"}}}`
	set := func(policy string) {
		t.Helper()
		_, err := client.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: urlOf("jobs"), Attributes: map[string]string{"Policy": policy}})
		require.NoError(t, err)
	}
	set(`{"Version":"2008-10-17","Statement":[` + statement + `]}`)
	_, err := client.AddPermission(t.Context(), &sqs.AddPermissionInput{QueueUrl: urlOf("jobs"), Label: aws.String("x"), AWSAccountIds: []string{"111122223333"}, Actions: []string{"*"}})
	require.NoError(t, err)
	_, err = client.RemovePermission(t.Context(), &sqs.RemovePermissionInput{QueueUrl: urlOf("jobs"), Label: aws.String("x")})
	require.NoError(t, err)
	out, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: urlOf("jobs"), AttributeNames: []types.QueueAttributeName{"Policy"}})
	require.NoError(t, err)
	require.JSONEq(t, `{"Version":"2008-10-17","Id":"arn:aws:sqs:us-east-1:000000000000:jobs/SQSDefaultPolicy","Statement":[`+statement+`]}`, out.Attributes["Policy"])
}
