package queue_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

func TestWrongChecksumIsNotUnsent(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	fake.FailEntries(queuetest.EntryFault{Match: func(b string) bool { return b == "w1" }, WrongChecksum: true})
	err := s.Send(t.Context(), words(3)...)
	var e *queue.SendError
	require.ErrorAs(t, err, &e)
	require.Empty(t, e.Failures)
	require.Equal(t, []int{1}, e.Mismatched)
	require.Equal(t, words(3), bodies(fake, "jobs"))
	require.Len(t, fake.Calls(), 1, "nothing is sent twice")
}

// wrongDigest takes everything in and answers a digest of attributes that is
// not theirs.
type wrongDigest struct {
	queuetest.Unimplemented
	client *sqs.Client
}

func (w wrongDigest) SendMessageBatch(ctx context.Context, in *sqs.SendMessageBatchInput, o ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	out, err := w.client.SendMessageBatch(ctx, in, o...)
	for i := range out.Successful {
		out.Successful[i].MD5OfMessageAttributes = out.Successful[i].MD5OfMessageBody
	}
	return out, err
}

func TestWrongChecksumOfAttributesIsNotUnsent(t *testing.T) {
	fake := queuetest.New(nil)
	url := fake.CreateQueue("jobs", nil)
	e := queue.Entry[string]{Body: "x", Attributes: map[string]queue.Attribute{"a": {String: "b"}, "n": {Type: "Number", String: "1"}, "b": {Binary: []byte{1}}}}
	for _, c := range []struct {
		client queue.API
		want   []int
	}{{fake.Client(), nil}, {wrongDigest{client: fake.Client()}, []int{0}}} {
		s, err := queue.NewSender[string](c.client, url, nil)
		require.NoError(t, err)
		var report *queue.SendError
		if err := s.SendEntries(t.Context(), e); c.want == nil {
			require.NoError(t, err)
		} else {
			require.ErrorAs(t, err, &report)
			require.Equal(t, c.want, report.Mismatched)
			require.Empty(t, report.Failures)
		}
	}
	require.Len(t, fake.Messages("jobs"), 2)
}
