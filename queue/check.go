package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// A FunctionConfig is what [CheckMapping] needs to know of a function.
type FunctionConfig struct {
	// Timeout is the function's timeout.
	Timeout time.Duration
	// Mappings are its event source mappings; those of other sources than SQS
	// are only checked for their response types.
	Mappings []MappingConfig
}

// A MappingConfig is an event source mapping, as ListEventSourceMappings answers
// it.
type MappingConfig struct {
	// ID is the mapping's UUID, Source the ARN of its queue or stream.
	ID, Source string
	// Window is its maximum batching window.
	Window time.Duration
	// ResponseTypes are its function response types.
	ResponseTypes []string
}

// FunctionAPI answers what [CheckMapping] asks about a function. It is a seam
// instead of Lambda's client, so that this package does not depend on Lambda's
// SDK module; an adapter calls GetFunctionConfiguration and
// ListEventSourceMappings.
type FunctionAPI interface {
	FunctionConfig(ctx context.Context, function string) (FunctionConfig, error)
}

// AttributesAPI is the part of SQS that [CheckMapping] calls. *sqs.Client
// implements it.
type AttributesAPI interface {
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
}

// ErrMapping is wrapped by every [*MappingError].
var ErrMapping = errors.New("event source mapping loses or repeats messages")

// A MappingError is one finding of [CheckMapping].
type MappingError struct {
	// Function and Source tell which mapping; Source is empty when the function
	// has none.
	Function, Source string
	// Problem says what was found, Fix what to set.
	Problem, Fix string
}

func (e *MappingError) Error() string {
	return fmt.Sprintf("queue: mapping of %s to %s: %s; %s", e.Source, e.Function, e.Problem, e.Fix)
}

func (e *MappingError) Unwrap() error { return ErrMapping }

// CheckMapping finds the settings outside of the code that make a function lose
// or repeat messages: a mapping without ReportBatchItemFailures, with which
// Lambda deletes failed messages; a visibility timeout under six times the
// function's timeout plus the batching window, with which messages come back
// while they are handled; no redrive policy, or one after fewer than five
// receives. See
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html.
//
// The findings are one error that joins a [*MappingError] each; errors.Is finds
// [ErrMapping] in it. Nil means that all is well. It makes one request for each
// queue, and needs the permission sqs:GetQueueAttributes.
func CheckMapping(ctx context.Context, functions FunctionAPI, queues AttributesAPI, function string) error {
	config, err := functions.FunctionConfig(ctx, function)
	if err != nil {
		return fmt.Errorf("queue: check mapping of %s: %w", function, err)
	}
	if len(config.Mappings) == 0 {
		return &MappingError{Function: function, Problem: "there is none", Fix: "create one"}
	}
	var errs []error
	for _, m := range config.Mappings {
		found, err := m.check(ctx, queues, config.Timeout)
		if err != nil {
			errs = append(errs, fmt.Errorf("queue: check mapping of %s to %s: %w", m.Source, function, err))
		}
		for _, f := range found {
			f.Function, f.Source = function, m.Source
			errs = append(errs, f)
		}
	}
	return errors.Join(errs...)
}

func (m *MappingConfig) check(ctx context.Context, queues AttributesAPI, timeout time.Duration) (found []*MappingError, err error) {
	const response = "ReportBatchItemFailures"
	reports := false
	for _, t := range m.ResponseTypes {
		reports = reports || t == response
	}
	if !reports {
		found = append(found, &MappingError{Problem: "Lambda ignores the partial batch response and deletes failed messages", Fix: "set FunctionResponseTypes to " + response})
	}
	if !isQueue(m.Source) {
		return found, nil // of a stream that is all there is to check
	}
	url, err := queueURL(ctx, m.Source)
	if err != nil {
		return found, err
	}
	out, err := queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl:       aws.String(url),
		AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameVisibilityTimeout, types.QueueAttributeNameRedrivePolicy},
	})
	if err != nil {
		return found, err
	}
	return append(found, m.checkQueue(out.Attributes, timeout)...), nil
}

func (m *MappingConfig) checkQueue(attributes map[string]string, timeout time.Duration) (found []*MappingError) {
	visible, _ := strconv.Atoi(attributes["VisibilityTimeout"]) // SQS always answers it; 0 is a finding
	want := 6*timeout + m.Window
	if got := time.Duration(visible) * time.Second; got < want {
		found = append(found, &MappingError{
			Problem: fmt.Sprintf("messages come back while they are handled: the visibility timeout is %v", got),
			Fix:     fmt.Sprintf("set VisibilityTimeout to %v, six times the function's timeout plus the batching window", want),
		})
	}
	var redrive struct {
		MaxReceiveCount json.Number `json:"maxReceiveCount"`
	}
	_ = json.Unmarshal([]byte(attributes["RedrivePolicy"]), &redrive) // without a policy it stays empty
	switch receives, err := redrive.MaxReceiveCount.Int64(); {
	case err != nil:
		found = append(found, &MappingError{Problem: "messages that always fail come back until they expire", Fix: "set a RedrivePolicy with a dead-letter queue"})
	case receives < 5:
		found = append(found, &MappingError{
			Problem: fmt.Sprintf("messages reach the dead-letter queue after %d receives, which throttling alone can cause", receives),
			Fix:     "set maxReceiveCount to 5 or more",
		})
	}
	return found
}
