package mapping_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/mapping"
)

const fixReport = "set FunctionResponseTypes to [ReportBatchItemFailures]"

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

func TestCheckTemplateOfAGoodTemplate(t *testing.T) {
	for _, name := range []string{"sam.yaml", "cloudformation.json"} {
		template, err := os.ReadFile("testdata/" + name)
		require.NoError(t, err)
		require.NoError(t, mapping.CheckTemplate(template, nil), name)
	}
}

// Each of these changes breaks the good templates in one way.
func TestCheckTemplate(t *testing.T) {
	for _, c := range []struct{ file, old, new, source, fix string }{
		{"sam.yaml", "FunctionResponseTypes: [ReportBatchItemFailures]", "Enabled: true", "Orders", fixReport},
		{"sam.yaml", "FunctionResponseTypes: [ReportBatchItemFailures]", "FunctionResponseTypes: []", "Orders", fixReport},
		{"sam.yaml", "VisibilityTimeout: 180", "VisibilityTimeout: 179", "Orders", "set VisibilityTimeout to 180 or more (seconds), 6 times the function's timeout plus the batching window"},
		{"sam.yaml", "VisibilityTimeout: 180", "DelaySeconds: 0", "Orders", "set VisibilityTimeout to 180 or more (seconds), 6 times the function's timeout plus the batching window"},
		{"sam.yaml", "Timeout: 30\n", "Timeout: 31\n", "Orders", "set VisibilityTimeout to 186 or more (seconds), 6 times the function's timeout plus the batching window"},
		{"sam.yaml", "RedrivePolicy:", "Ignored:", "Orders", "set a RedrivePolicy with a dead-letter queue"},
		{"sam.yaml", "maxReceiveCount: 5", "maxReceiveCount: 1", "Orders", "set maxReceiveCount to 5 or more"},
		{"sam.yaml", "BatchSize: 10", "BatchSize: 100", "Orders", "set BatchSize to 10 or less"},
		{"sam.yaml", "BatchSize: 10", "MaximumBatchingWindowInSeconds: 0.0", "Orders", ""},
		{"sam.yaml", "MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 60", "Orders", "set its MessageRetentionPeriod to 345600 or more (seconds)"},
		{"sam.yaml", "FifoQueue: true # dead", "FifoQueue: false", "Orders", "set another deadLetterTargetArn"},
		{"sam.yaml", "MaximumConcurrency: 5", "MaximumConcurrency: 6", "Orders", "set MaximumConcurrency to 5 or less, or raise ReservedConcurrentExecutions"},
		{"sam.yaml", "FunctionResponseTypes: [ReportBatchItemFailures] # of the stream", "Enabled: true", "Changes", fixReport},
		{"cloudformation.json", `["ReportBatchItemFailures"]`, `[]`, "Mails", fixReport},
		{"cloudformation.json", `"MaximumBatchingWindowInSeconds": 20`, `"MaximumBatchingWindowInSeconds": 0`, "Mails", "set MaximumBatchingWindowInSeconds to 1 or more"},
		{"cloudformation.json", `"MaximumBatchingWindowInSeconds": 20`, `"MaximumBatchingWindowInSeconds": 30`, "Mails", "set VisibilityTimeout to 48 or more (seconds), 6 times the function's timeout plus the batching window"},
		{"cloudformation.json", `"Default": "3"`, `"Default": "4"`, "Mails", "set VisibilityTimeout to 44 or more (seconds), 6 times the function's timeout plus the batching window"},
		{"cloudformation.json", `"maxReceiveCount": "5"`, `"maxReceiveCount": "4"`, "Mails", "set maxReceiveCount to 5 or more"},
	} {
		t.Run(c.new, func(t *testing.T) {
			template, err := os.ReadFile("testdata/" + c.file)
			require.NoError(t, err)
			broken := strings.Replace(string(template), c.old, c.new, 1)
			require.NotEqual(t, string(template), broken, "nothing was replaced")
			err = mapping.CheckTemplate([]byte(broken), nil)
			if c.fix == "" { // not a whole number: it cannot be told
				require.ErrorContains(t, err, "MaximumBatchingWindowInSeconds")
				require.NotErrorIs(t, err, queue.ErrMapping)
				return
			}
			require.ErrorIs(t, err, queue.ErrMapping)
			found := findings(err)
			require.Len(t, found, 1, err)
			require.Equal(t, []string{"Worker", c.source, c.fix}, []string{found[0].Function, found[0].Source, found[0].Fix})
		})
	}
}

// sam returns a template with one SAM function with an SQS event.
func sam(event, queueProperties string, more ...string) []byte {
	return fmt.Appendf(nil, `
Resources:
  Worker: {Type: AWS::Serverless::Function, Properties: {Timeout: 5, Events: {Job: {Type: SQS, Properties: {FunctionResponseTypes: [ReportBatchItemFailures], %s}}}}}
  Jobs: {Type: AWS::SQS::Queue, Properties: {%s}}
%s`, event, queueProperties, strings.Join(more, "\n"))
}

// However the template names its queue, it is found: here it lacks a redrive
// policy.
func TestCheckTemplateFindsTheQueue(t *testing.T) {
	for _, source := range []string{
		`!GetAtt Jobs.Arn`, `{"Fn::GetAtt": [Jobs, Arn]}`, `!Sub "${Jobs.Arn}"`, `!Sub "arn:aws:sqs:${AWS::Region}:1:${Jobs.QueueName}"`,
		`!Sub "arn:aws:sqs:${AWS::Region}:1:the-jobs"`, `arn:aws:sqs:us-east-1:1:the-jobs`,
	} {
		err := mapping.CheckTemplate(sam("Queue: "+source, "QueueName: the-jobs"), map[string]string{"AWS::Region": "us-east-1"})
		require.Equal(t, []string{"set a RedrivePolicy with a dead-letter queue"}, fixes(err), source)
	}
}

func TestCheckTemplateLeavesOthersAlone(t *testing.T) {
	// A queue from elsewhere, and an event with the name of a queue in the template.
	require.NoError(t, mapping.CheckTemplate([]byte(strings.Replace(string(sam(`Queue: !ImportValue jobs`, "")), "Job:", "Jobs:", 1)), nil))
	err := mapping.CheckTemplate([]byte(`Resources:
  Kafka: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: f, EventSourceArn: !Ref Cluster, Topics: [t]}}
  Web: {Type: AWS::Serverless::Function, Properties: {Events: {Get: {Type: HttpApi}}}}`), nil)
	require.Equal(t, []queue.MappingError{{Problem: "the template has none of a queue or a stream", Fix: "create one, or check another template"}}, findings(err))
}

func TestCheckTemplateFindsTheFunction(t *testing.T) {
	for _, name := range []string{`!Ref F`, `!GetAtt F.Arn`, `!Ref Live`, `!Ref V`, `the-f`, `!Sub "arn:aws:lambda:us-east-1:1:function:the-f"`} {
		err := mapping.CheckTemplate([]byte(`Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Timeout: 10, FunctionName: the-f}}
  Live: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref F, Name: live}}
  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !GetAtt F.Arn}}
  Jobs: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 59, RedrivePolicy: {deadLetterTargetArn: "arn:aws:sqs:us-east-1:1:dead", maxReceiveCount: 9}}}
  M: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: `+name+`, EventSourceArn: !GetAtt Jobs.Arn, FunctionResponseTypes: [ReportBatchItemFailures]}}`), nil)
		found := findings(err)
		require.Len(t, found, 1, name)
		require.Equal(t, "F", found[0].Function, name)
	}
}

func TestCheckTemplateSaysWhatItCannotTell(t *testing.T) {
	for want, template := range map[string][]byte{
		`mapping: check template: mapping of "Jobs" to "Worker": VisibilityTimeout: no value for Seconds among the parameters`: sam("Queue: !GetAtt Jobs.Arn", "VisibilityTimeout: !Ref Seconds"),
		`mapping: check template: mapping of "Jobs" to "Worker": RedrivePolicy: Fn::If cannot be resolved`:                     sam("Queue: !GetAtt Jobs.Arn", "RedrivePolicy: !If [C, {}, {}]"),
		`mapping: check template: mapping of "Jobs" to "Worker": ScalingConfig: Fn::If cannot be resolved`:                     sam("Queue: !GetAtt Jobs.Arn, ScalingConfig: !If [C, {}, {}]", ""),
		`mapping: check template: line 1: did not find expected ',' or ']'`:                                                    []byte("a: [1"),
	} {
		err := mapping.CheckTemplate(template, nil)
		require.EqualError(t, err, want)
		require.NotErrorIs(t, err, queue.ErrMapping)
	}
	require.NoError(t, mapping.CheckTemplate(sam("Queue: !GetAtt Jobs.Arn",
		`VisibilityTimeout: !Ref Seconds, RedrivePolicy: {deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: 5}`, "  D: {Type: AWS::SQS::Queue}"),
		map[string]string{"Seconds": "30"}))
}
