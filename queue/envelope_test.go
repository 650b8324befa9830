package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	awsevents "github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
)

func TestUnwrap(t *testing.T) {
	const (
		s3     = `{"Records":[{"s3":{"object":{"key":"k"}}}]}`
		s3Test = `{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}`
	)
	throughSNS := func(message string) string {
		body, err := json.Marshal(map[string]string{"Type": "Notification", "TopicArn": "arn", "Message": message})
		require.NoError(t, err)
		return string(body)
	}
	each := queue.UnwrapEach(queue.UnwrapSNS, queue.UnwrapS3)
	for name, c := range map[string]struct {
		unwrap func([]byte) ([]byte, error)
		body   string
		want   string
		err    error
	}{
		"SNS":                       {queue.UnwrapSNS, throughSNS(`{"a":1}`), `{"a":1}`, nil},
		"SNS confirmation":          {queue.UnwrapSNS, `{"Type":"SubscriptionConfirmation","Message":"x"}`, "", queue.ErrEnvelope},
		"SNS raw":                   {queue.UnwrapSNS, `{"a":1}`, "", queue.ErrEnvelope},
		"SNS not JSON":              {queue.UnwrapSNS, `x`, "", queue.ErrEnvelope},
		"EventBridge":               {queue.UnwrapEventBridge, `{"detail-type":"T","detail":{"a":1}}`, `{"a":1}`, nil},
		"EventBridge, no detail":    {queue.UnwrapEventBridge, `{"detail-type":"T"}`, "", queue.ErrEnvelope},
		"EventBridge, another body": {queue.UnwrapEventBridge, `{"detail":{}}`, "", queue.ErrEnvelope},
		"EventBridge not JSON":      {queue.UnwrapEventBridge, `x`, "", queue.ErrEnvelope},
		"S3":                        {queue.UnwrapS3, s3, s3, nil},
		"S3 test":                   {queue.UnwrapS3, s3Test, "", nil},
		"S3, another body":          {queue.UnwrapS3, `{}`, "", queue.ErrEnvelope},
		"S3 not JSON":               {queue.UnwrapS3, `x`, "", queue.ErrEnvelope},
		"S3 through SNS":            {each, throughSNS(s3), s3, nil},
		"S3 test through SNS":       {each, throughSNS(s3Test), "", nil},
		"S3 without SNS":            {each, s3, "", queue.ErrEnvelope},
	} {
		got, err := c.unwrap([]byte(c.body))
		require.ErrorIs(t, err, c.err, name)
		require.Equal(t, c.want, string(got), name)
	}
}

func TestProcessorUnwraps(t *testing.T) {
	var keys []string
	var result queue.Result
	p := queue.NewProcessor(func(_ context.Context, m queue.Message[awsevents.S3Event]) error {
		keys = append(keys, m.Body.Records[0].S3.Object.Key)
		return nil
	}, collect(queue.Options{Concurrency: 1, Unwrap: queue.UnwrapS3}, &result))
	response, err := p.Invoke(t.Context(), payload(standardARN,
		row{"1", `{"Records":[{"s3":{"object":{"key":"k"}}}]}`, ""}, row{"2", `{"Event":"s3:TestEvent"}`, ""}, row{"3", `{}`, ""}))
	require.NoError(t, err)
	require.Equal(t, []string{"3"}, failed(t, response))
	require.Equal(t, []string{"k"}, keys)
	require.Equal(t, 2, result.Succeeded)
	var malformed *queue.DecodeError
	require.True(t, errors.As(result.Failures[0].Err, &malformed) && malformed.Body)
}
