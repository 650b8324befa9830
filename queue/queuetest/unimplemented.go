package queuetest

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/go-thaw/thaw/queue"
)

var (
	_ queue.API           = Unimplemented{}
	_ queue.VisibilityAPI = Unimplemented{}
	_ queue.AttributesAPI = Unimplemented{}
)

// Unimplemented has the operations of the interfaces that package queue takes in
// place of an SQS client, and all of them fail. Embed it in a stub of your own,
// which then survives new methods of the interfaces.
type Unimplemented struct{}

var errUnimplemented = errors.New("queuetest: unimplemented")

// SendMessageBatch fails.
func (Unimplemented) SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	return nil, errUnimplemented
}

// ChangeMessageVisibilityBatch fails.
func (Unimplemented) ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	return nil, errUnimplemented
}

// GetQueueAttributes fails.
func (Unimplemented) GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	return nil, errUnimplemented
}
