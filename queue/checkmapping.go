package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/go-thaw/thaw/queue/internal/rules"
)

// LambdaAPI is the part of Lambda that [CheckMapping] calls. The SDK's
// *lambda.Client implements it. Its type parameters, which nobody has to write,
// stand for the SDK's inputs, outputs and options: naming them here would bring
// the SDK's Lambda module, half a megabyte, into every function that reads a
// queue.
type LambdaAPI[FunctionIn, FunctionOut, MappingsIn, MappingsOut, Options any] interface {
	GetFunctionConfiguration(context.Context, *FunctionIn, ...func(*Options)) (*FunctionOut, error)
	ListEventSourceMappings(context.Context, *MappingsIn, ...func(*Options)) (*MappingsOut, error)
	Options() Options
}

// CheckMapping finds the settings outside of the code with which a function
// loses or repeats messages:
//
//   - a mapping without ReportBatchItemFailures: Lambda deletes failed messages;
//   - a visibility timeout under six times the function's timeout plus the
//     batching window: messages come back while they are handled;
//   - no redrive policy, or one after fewer than five receives;
//   - a dead-letter queue that is gone, or keeps messages for a shorter time than
//     the queue.
//
// Of mappings of DynamoDB and Kinesis streams it checks the first, and other
// sources it leaves alone. See
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html.
//
// The function is named as Lambda's API takes it, together with the alias or the
// version that its mapping is on: "worker:live". The queues are read with an SQS
// client that has the configuration of client, its BaseEndpoint included; optFns
// may change that.
//
// The findings are one error that joins a [*MappingError] each; errors.Is finds
// [ErrMapping] in it. Nil means that all is well. It makes two requests to Lambda
// and two for each queue, and needs the permissions
// lambda:GetFunctionConfiguration, lambda:ListEventSourceMappings and
// sqs:GetQueueAttributes. Package mapping checks the same in a template before
// anything is deployed.
func CheckMapping[FunctionIn, FunctionOut, MappingsIn, MappingsOut, Options any](
	ctx context.Context, client LambdaAPI[FunctionIn, FunctionOut, MappingsIn, MappingsOut, Options],
	function string, optFns ...func(*sqs.Options),
) error {
	failed := func(err error) error { return fmt.Errorf("queue: check mapping of %s: %w", function, err) }
	var config functionConfig
	if err := call(ctx, client.GetFunctionConfiguration, lambdaInput{FunctionName: function}, &config); err != nil {
		return failed(err)
	}
	var mappings []mappingConfig
	for in := (lambdaInput{FunctionName: function}); ; {
		var page mappingsPage
		if err := call(ctx, client.ListEventSourceMappings, in, &page); err != nil {
			return failed(err)
		}
		mappings = append(mappings, page.EventSourceMappings...)
		if in.Marker = page.NextMarker; in.Marker == "" {
			break
		}
	}
	queues := sqs.New(likewise(client.Options()), optFns...)
	return checkMappings(ctx, queues, function, time.Duration(config.Timeout)*time.Second, mappings)
}

// The inputs and outputs of Lambda, with the SDK's names, as far as they matter.
type (
	lambdaInput struct {
		FunctionName string
		Marker       string `json:",omitempty"`
	}
	functionConfig struct{ Timeout int64 }
	mappingsPage   struct {
		EventSourceMappings []mappingConfig
		NextMarker          string
	}
	mappingConfig struct {
		EventSourceArn                 string
		FunctionResponseTypes          []string
		MaximumBatchingWindowInSeconds int64
	}
)

// call calls an operation of the SDK, whose inputs and outputs it knows by the
// names of their fields only.
func call[In, Out, Options any](
	ctx context.Context, operation func(context.Context, *In, ...func(*Options)) (*Out, error), input, output any,
) error {
	var in In
	if err := translate(input, &in); err != nil {
		return err
	}
	out, err := operation(ctx, &in)
	if err != nil {
		return err
	}
	return translate(out, output)
}

// translate copies what from and to have in common, by the names of their
// fields.
func translate(from, to any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}

// likewise returns SQS options that configure a client like the options of
// another service's client.
func likewise(options any) sqs.Options {
	var o sqs.Options
	from, to := reflect.Indirect(reflect.ValueOf(options)), reflect.ValueOf(&o).Elem()
	if from.Kind() != reflect.Struct {
		return o
	}
	for _, name := range []string{
		"Region", "Credentials", "BaseEndpoint", "HTTPClient", "Retryer", "RetryMode", "RetryMaxAttempts", "Logger", "ClientLogMode", "AppID",
	} {
		f, ours := from.FieldByName(name), to.FieldByName(name)
		if f.IsValid() && f.Type().AssignableTo(ours.Type()) {
			ours.Set(f)
		}
	}
	return o
}

func checkMappings(ctx context.Context, queues *sqs.Client, function string, timeout time.Duration, mappings []mappingConfig) error {
	var errs []error
	checked := 0
	for _, c := range mappings {
		service := arnService(c.EventSourceArn)
		if service != "sqs" && service != "kinesis" && service != "dynamodb" {
			continue
		}
		checked++
		m := rules.Mapping{ResponseTypes: c.FunctionResponseTypes, Window: time.Duration(c.MaximumBatchingWindowInSeconds) * time.Second, Timeout: timeout}
		var err error
		if service == "sqs" {
			if m.Queue, err = queueOf(ctx, queues, c.EventSourceArn); err != nil {
				errs = append(errs, fmt.Errorf("queue: check mapping of %s to %s: %w", c.EventSourceArn, function, err))
			}
		}
		errs = append(errs, mappingErrors(function, c.EventSourceArn, m.Check())...)
	}
	if checked == 0 {
		errs = append(errs, &MappingError{Function: function, Problem: "there is none of a queue or a stream", Fix: "create one, or name the alias or version that it is on"})
	}
	return errors.Join(errs...)
}

func arnService(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[2]
}

// queueOf asks for the attributes of a queue and of its dead-letter queue.
func queueOf(ctx context.Context, client *sqs.Client, arn string) (*rules.Queue, error) {
	attributes, err := attributesOf(ctx, client, arn)
	if err != nil {
		return nil, err
	}
	q := &rules.Queue{
		FIFO: strings.HasSuffix(arn, fifoSuffix), Visibility: attributes.seconds("VisibilityTimeout"), Retention: attributes.seconds("MessageRetentionPeriod"),
	}
	policy := attributes["RedrivePolicy"]
	if policy == "" {
		return q, nil
	}
	var redrive struct {
		DeadLetterTargetArn string
		MaxReceiveCount     json.Number
	}
	if err := json.Unmarshal([]byte(policy), &redrive); err != nil {
		return q, fmt.Errorf("redrive policy: %w", err)
	}
	receives, err := redrive.MaxReceiveCount.Int64()
	if err != nil {
		return q, fmt.Errorf("maxReceiveCount: %w", err)
	}
	q.Receives = int(receives)
	dead, err := attributesOf(ctx, client, redrive.DeadLetterTargetArn)
	var gone *types.QueueDoesNotExist
	if errors.As(err, &gone) {
		q.Dead = &rules.DeadLetter{Missing: true}
		return q, nil
	}
	if err != nil {
		return q, err
	}
	q.Dead = &rules.DeadLetter{FIFO: strings.HasSuffix(redrive.DeadLetterTargetArn, fifoSuffix), Retention: dead.seconds("MessageRetentionPeriod")}
	return q, nil
}

type queueAttributes map[string]string

// seconds returns an attribute that SQS always answers.
func (a queueAttributes) seconds(name string) time.Duration {
	n, _ := strconv.ParseInt(a[name], 10, 64) // 0 is a finding
	return time.Duration(n) * time.Second
}

func attributesOf(ctx context.Context, client *sqs.Client, arn string) (queueAttributes, error) {
	url, err := queueURL(ctx, arn)
	if err != nil {
		return nil, err
	}
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(url),
		AttributeNames: []types.QueueAttributeName{
			types.QueueAttributeNameVisibilityTimeout, types.QueueAttributeNameMessageRetentionPeriod, types.QueueAttributeNameRedrivePolicy,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("attributes of %s: %w", arn, err)
	}
	return out.Attributes, nil
}
