package queue

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// API is the part of SQS that a [Sender] calls. *sqs.Client implements it.
type API interface {
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
}

// An Entry is a message to send.
type Entry[T any] struct {
	// Body is encoded with [SenderOptions.Encode].
	Body T
	// Group is the message group: required on a FIFO queue, where messages of a
	// group are delivered in order; optional on a standard queue, where it names
	// the tenant of a fair queue.
	Group string
	// DeduplicationID makes SQS accept a message once within five minutes. FIFO
	// queues only; a queue with content-based deduplication needs none.
	DeduplicationID string
	// Delay postpones the delivery, up to 15 minutes, in whole seconds rounded
	// up. Standard queues only; 0 means the queue's own delay.
	Delay time.Duration
	// Attributes are the message attributes, at most ten.
	Attributes map[string]Attribute
	// Trace is an X-Ray trace header; empty leaves it to the SDK.
	Trace string
}
