package queue_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

type functions map[string]queue.FunctionConfig

func (f functions) FunctionConfig(_ context.Context, name string) (queue.FunctionConfig, error) {
	c, ok := f[name]
	if !ok {
		return c, errTest
	}
	return c, nil
}

// fixes returns the fixes that an error of CheckMapping names.
func fixes(err error) []string {
	var out []string
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			out = append(out, fixes(e)...)
		}
	}
	if m, ok := err.(*queue.MappingError); ok { //nolint:errorlint // a joined error was taken apart above
		out = append(out, m.Fix)
	}
	return out
}

func TestCheckMapping(t *testing.T) {
	const (
		stream = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
		report = "set FunctionResponseTypes to ReportBatchItemFailures"
	)
	fake := queuetest.New(nil)
	fake.CreateQueue("dead", nil)
	fake.CreateQueue("good", &queuetest.QueueOptions{VisibilityTimeout: 65 * time.Second, DeadLetterQueue: "dead"})
	fake.CreateQueue("bare", nil)
	fake.CreateQueue("hasty", &queuetest.QueueOptions{VisibilityTimeout: 65 * time.Second, DeadLetterQueue: "dead", MaxReceiveCount: 4})
	mapping := func(source string, types ...string) functions {
		return functions{"f": {Timeout: 10 * time.Second, Mappings: []queue.MappingConfig{{Source: source, Window: 5 * time.Second, ResponseTypes: types}}}}
	}
	const prefix = "arn:aws:sqs:us-east-1:000000000000:"
	for name, c := range map[string]struct {
		functions functions
		want      []string
	}{
		"good":                 {mapping(prefix+"good", "ReportBatchItemFailures"), nil},
		"no partial responses": {mapping(prefix + "good"), []string{report}},
		"bare queue":           {mapping(prefix+"bare", "ReportBatchItemFailures"), []string{"set VisibilityTimeout to 1m5s, six times the function's timeout plus the batching window", "set a RedrivePolicy with a dead-letter queue"}},
		"hasty redrive":        {mapping(prefix+"hasty", "ReportBatchItemFailures"), []string{"set maxReceiveCount to 5 or more"}},
		"good stream":          {mapping(stream, "ReportBatchItemFailures"), nil},
		"bad stream":           {mapping(stream), []string{report}},
		"no mapping":           {functions{"f": {}}, []string{"create one"}},
	} {
		err := queue.CheckMapping(t.Context(), c.functions, fake.Client(), "f")
		require.Equal(t, c.want, fixes(err), name)
		if c.want == nil {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorIs(t, err, queue.ErrMapping, name)
	}
}

func TestCheckMappingErrors(t *testing.T) {
	fake := queuetest.New(nil)
	require.ErrorIs(t, queue.CheckMapping(t.Context(), functions{}, fake.Client(), "f"), errTest)
	config := functions{"f": {Mappings: []queue.MappingConfig{{Source: standardARN, ResponseTypes: []string{"ReportBatchItemFailures"}}}}}
	err := queue.CheckMapping(t.Context(), config, fake.Client(), "f")
	require.ErrorContains(t, err, "NonExistentQueue")
	require.NotErrorIs(t, err, queue.ErrMapping)
}
