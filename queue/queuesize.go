package queue

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// AttributesAPI is the part of SQS that [MaxMessageBytes] calls. *sqs.Client
// implements it.
type AttributesAPI interface {
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
}

// MaxMessageBytes reads the MaximumMessageSize of the queue at url, for
// [SenderOptions.MaxBytes]. A queue that was created when SQS's limit was lower,
// or with a limit of its own, refuses what is larger. It takes one request, which
// a function makes once when it starts, and the permission
// sqs:GetQueueAttributes.
func MaxMessageBytes(ctx context.Context, client AttributesAPI, url string) (int, error) {
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl:       aws.String(url),
		AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameMaximumMessageSize},
	})
	if err != nil {
		return 0, fmt.Errorf("queue: read the maximum message size of %s: %w", url, err)
	}
	text := out.Attributes[string(types.QueueAttributeNameMaximumMessageSize)]
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("queue: read the maximum message size of %s: got %q", url, text)
	}
	return min(n, DefaultMaxBytes), nil
}
