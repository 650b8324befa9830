package queuetest

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/go-thaw/thaw/internal/awsfake"
)

// QueueOptions are a queue's attributes. The zero value, or nil, means SQS's
// own defaults.
type QueueOptions struct {
	// VisibilityTimeout is how long a received message stays invisible, up to
	// 12 hours. Default 30 s; negative means 0.
	VisibilityTimeout time.Duration
	// Delay postpones every message, up to 15 minutes. Default 0.
	Delay time.Duration
	// MaxMessageBytes is the largest message, 1,024 to 1,048,576. Default
	// 1,048,576.
	MaxMessageBytes int
	// ContentBasedDeduplication derives deduplication ids from bodies. FIFO
	// queues only. Default false.
	ContentBasedDeduplication bool
	// DeadLetterQueue is the name of the queue that takes a message after
	// MaxReceiveCount receives. Default none.
	DeadLetterQueue string
	// MaxReceiveCount is 1 to 1,000. Default 5 when DeadLetterQueue is set.
	MaxReceiveCount int
}

// CreateQueue creates a queue and returns its URL.
func (f *Fake) CreateQueue(name string, options *QueueOptions) (url string) { return "" }

// Deliver returns a function that sends a body to the named queue.
func (f *Fake) Deliver(queue string) func(ctx context.Context, body []byte) error { return nil }

type (
	queue      struct{}
	entryFault struct{}
)

func credentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "fake", SecretAccessKey: "fake"}, nil
}

func (f *Fake) operations() map[string]awsfake.Operation { return nil }
