package queue_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

func TestMaxMessageBytesOfAQueue(t *testing.T) {
	fake := queuetest.New(nil)
	url := fake.CreateQueue("old", &queuetest.QueueOptions{MaxMessageBytes: 262_144})
	n, err := queue.MaxMessageBytes(t.Context(), fake.Client(), url)
	require.NoError(t, err)
	require.Equal(t, 262_144, n)

	s, err := queue.NewSender[string](fake.Client(), url, &queue.SenderOptions{MaxBytes: n, Encode: text})
	require.NoError(t, err)
	err = s.Send(t.Context(), strings.Repeat("x", n), strings.Repeat("x", n+1))
	require.Equal(t, []int{1}, left(t, err))
	require.ErrorIs(t, err, queue.ErrTooLarge)

	_, err = queue.MaxMessageBytes(t.Context(), fake.Client(), url+"none")
	var missing interface{ ErrorCode() string }
	require.ErrorAs(t, err, &missing)
	_, err = queue.MaxMessageBytes(t.Context(), noAttributes{}, "url")
	require.EqualError(t, err, `queue: read the maximum message size of url: got ""`)
}

// noAttributes answers without what was asked for.
type noAttributes struct{}

func (noAttributes) GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	return &sqs.GetQueueAttributesOutput{}, nil
}
