package queue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// A lambdaStub has the shape of the SDK's client for Lambda, as far as it goes.
// What it answers about functions comes in pages of one mapping.
type lambdaStub struct {
	fake     *queuetest.Fake
	timeout  int32
	mappings []stubMapping
	err      error
	calls    int
}

type (
	functionInput  struct{ FunctionName, Qualifier *string }
	functionOutput struct {
		Timeout      *int32
		FunctionName *string
		Layers       []string
	}
	mappingsInput struct {
		FunctionName, Marker *string
		MaxItems             *int32
	}
	mappingsOutput struct {
		EventSourceMappings []stubMapping
		NextMarker          *string
		ResultMetadata      struct{ values map[any]any }
	}
	stubMapping struct {
		EventSourceArn                 *string
		FunctionResponseTypes          []responseType
		MaximumBatchingWindowInSeconds *int32
		LastModified                   *time.Time
	}
	responseType string
)

func (l *lambdaStub) Options() sqs.Options { return l.fake.Client().Options() }

func (l *lambdaStub) GetFunctionConfiguration(_ context.Context, in *functionInput, _ ...func(*sqs.Options)) (*functionOutput, error) {
	l.calls++
	if *in.FunctionName != "f:live" {
		return nil, errors.New("another function")
	}
	return &functionOutput{Timeout: &l.timeout}, l.err
}

func (l *lambdaStub) ListEventSourceMappings(_ context.Context, in *mappingsInput, _ ...func(*sqs.Options)) (*mappingsOutput, error) {
	l.calls++
	if *in.FunctionName != "f:live" {
		return nil, errors.New("another function")
	}
	n := 0
	if in.Marker != nil {
		n = len(*in.Marker)
	}
	if n >= len(l.mappings) {
		return &mappingsOutput{}, nil
	}
	out := &mappingsOutput{EventSourceMappings: l.mappings[n : n+1]}
	if n+1 < len(l.mappings) {
		out.NextMarker = aws.String("xxxxxxxxxx"[:n+1])
	}
	return out, nil
}

// findings returns what an error of a check found.
func findings(err error) (found []queue.MappingError) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			found = append(found, findings(e)...)
		}
	}
	if m, ok := err.(*queue.MappingError); ok { //nolint:errorlint // a joined error was taken apart above
		found = append(found, *m)
	}
	return found
}

// fixes returns the fixes that an error of a check names.
func fixes(err error) (fixes []string) {
	for _, f := range findings(err) {
		fixes = append(fixes, f.Fix)
	}
	return fixes
}

const (
	arnPrefix = "arn:aws:sqs:us-east-1:000000000000:"
	streamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
	fixReport = "set FunctionResponseTypes to [ReportBatchItemFailures]"
)

// checkedQueues returns a fake with queues of all sorts.
func checkedQueues(t *testing.T) *queuetest.Fake {
	t.Helper()
	fake := queuetest.New(nil)
	fake.CreateQueue("dead", nil)
	short, err := fake.Client().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("short"), Attributes: map[string]string{"MessageRetentionPeriod": "3600"}})
	require.NoError(t, err)
	require.NotEmpty(t, short.QueueUrl)
	gone := fake.CreateQueue("gone", nil)
	visible := 65 * time.Second
	fake.CreateQueue("good", &queuetest.QueueOptions{VisibilityTimeout: visible, DeadLetterQueue: "dead"})
	fake.CreateQueue("bare", nil)
	fake.CreateQueue("hasty", &queuetest.QueueOptions{VisibilityTimeout: visible, DeadLetterQueue: "dead", MaxReceiveCount: 4})
	fake.CreateQueue("forgetful", &queuetest.QueueOptions{VisibilityTimeout: visible, DeadLetterQueue: "short"})
	fake.CreateQueue("orphan", &queuetest.QueueOptions{VisibilityTimeout: visible, DeadLetterQueue: "gone"})
	_, err = fake.Client().DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &gone})
	require.NoError(t, err)
	return fake
}

func mappingTo(arn string, types ...responseType) stubMapping {
	return stubMapping{EventSourceArn: &arn, FunctionResponseTypes: types, MaximumBatchingWindowInSeconds: aws.Int32(5), LastModified: aws.Time(time.Now())}
}

func TestCheckMapping(t *testing.T) {
	const report = responseType("ReportBatchItemFailures")
	fake := checkedQueues(t)
	for name, c := range map[string]struct {
		mappings []stubMapping
		want     []string
	}{
		"good":                 {[]stubMapping{mappingTo(arnPrefix+"good", report)}, nil},
		"no partial responses": {[]stubMapping{mappingTo(arnPrefix + "good")}, []string{fixReport}},
		"bare queue": {[]stubMapping{mappingTo(arnPrefix+"bare", report)}, []string{
			"set VisibilityTimeout to 65 or more (seconds), 6 times the function's timeout plus the batching window", "set a RedrivePolicy with a dead-letter queue",
		}},
		"hasty redrive":      {[]stubMapping{mappingTo(arnPrefix+"hasty", report)}, []string{"set maxReceiveCount to 5 or more"}},
		"short dead letters": {[]stubMapping{mappingTo(arnPrefix+"forgetful", report)}, []string{"set its MessageRetentionPeriod to 345600 or more (seconds)"}},
		"no dead letters":    {[]stubMapping{mappingTo(arnPrefix+"orphan", report)}, []string{"create it, or set another deadLetterTargetArn"}},
		"good stream":        {[]stubMapping{mappingTo(streamARN, report)}, nil},
		"bad stream":         {[]stubMapping{mappingTo(streamARN)}, []string{fixReport}},
		"no mapping":         {nil, []string{"create one, or name the alias or version that it is on"}},
		"another source":     {[]stubMapping{mappingTo("arn:aws:kafka:us-east-1:000000000000:cluster/c/1"), {}}, []string{"create one, or name the alias or version that it is on"}},
		"the third page":     {[]stubMapping{mappingTo(arnPrefix+"good", report), mappingTo(streamARN, report), mappingTo(arnPrefix + "good")}, []string{fixReport}},
	} {
		client := &lambdaStub{fake: fake, timeout: 10, mappings: c.mappings}
		err := queue.CheckMapping(t.Context(), client, "f:live")
		require.Equal(t, c.want, fixes(err), name)
		if c.want == nil {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorIs(t, err, queue.ErrMapping, name)
		for _, f := range findings(err) {
			require.Equal(t, "f:live", f.Function)
		}
		require.Equal(t, 1+max(len(c.mappings), 1), client.calls, name)
	}
}

func TestCheckMappingErrors(t *testing.T) {
	fake := queuetest.New(nil)
	err := queue.CheckMapping(t.Context(), &lambdaStub{fake: fake, err: errTest}, "f:live")
	require.ErrorIs(t, err, errTest)
	require.NotErrorIs(t, err, queue.ErrMapping)

	// A queue that cannot be read does not hide what else is wrong.
	err = queue.CheckMapping(t.Context(), &lambdaStub{fake: fake, mappings: []stubMapping{mappingTo(arnPrefix + "unknown")}}, "f:live")
	require.ErrorContains(t, err, "NonExistentQueue")
	require.Equal(t, []string{fixReport}, fixes(err))
}

func TestCheckMappingReadsQueuesAsToldTo(t *testing.T) {
	here, there := queuetest.New(nil), checkedQueues(t)
	client := &lambdaStub{fake: here, timeout: 10, mappings: []stubMapping{mappingTo(arnPrefix+"good", "ReportBatchItemFailures")}}
	require.ErrorContains(t, queue.CheckMapping(t.Context(), client, "f:live"), "NonExistentQueue")
	require.NoError(t, queue.CheckMapping(t.Context(), client, "f:live", func(o *sqs.Options) { *o = there.Client().Options() }))
}
