package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// text encodes a string as itself.
func text(v any) ([]byte, error) { return []byte(v.(string)), nil }

func newSender(t *testing.T, name string, o queue.SenderOptions) (*queuetest.Fake, *queue.Sender[string]) {
	t.Helper()
	fake := queuetest.New(nil)
	url := fake.CreateQueue(name, &queuetest.QueueOptions{ContentBasedDeduplication: strings.HasSuffix(name, ".fifo")})
	if o.Encode == nil {
		o.Encode = text
	}
	s, err := queue.NewSender[string](fake.Client(), url, &o)
	require.NoError(t, err)
	return fake, s
}

func bodies(fake *queuetest.Fake, name string) []string {
	out := []string{}
	for _, m := range fake.Messages(name) {
		out = append(out, m.Body)
	}
	return out
}

// words returns n different bodies.
func words(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint("w", i)
	}
	return out
}

// left returns the indexes of the failures.
func left(t *testing.T, err error) []int {
	t.Helper()
	var e *queue.SendError
	require.ErrorAs(t, err, &e)
	indexes := []int{}
	for _, f := range e.Failures {
		indexes = append(indexes, f.Index)
	}
	return indexes
}

func TestSendSplitsByCount(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	require.NoError(t, s.Send(t.Context(), words(25)...))
	require.Equal(t, words(25), bodies(fake, "jobs"))
	require.Len(t, fake.Calls("SendMessageBatch"), 3)
}

func TestSendSplitsByBytes(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	half := strings.Repeat("x", queue.DefaultMaxBytes/2)
	require.NoError(t, s.Send(t.Context(), half, half, "one more", half, half))
	require.Len(t, fake.Calls("SendMessageBatch"), 3, "two halves, one more and a half, a half")
	require.Len(t, fake.Messages("jobs"), 5)
}

func TestSendNothing(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	require.NoError(t, s.Send(t.Context()))
	require.Empty(t, fake.Calls())
}

func TestSendDefaultsToJSON(t *testing.T) {
	fake := queuetest.New(nil)
	s, err := queue.NewSender[Email](fake.Client(), fake.CreateQueue("jobs", nil), nil)
	require.NoError(t, err)
	require.NoError(t, s.Send(t.Context(), Email{To: "ada"}))
	require.Equal(t, []string{`{"to":"ada","subject":""}`}, bodies(fake, "jobs"))
}

func TestInvalidEntriesAreNotSentAndTheOthersAre(t *testing.T) {
	large := strings.Repeat("x", queue.DefaultMaxBytes-len("name")-len("String")-len("value")+1)
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	attributes := map[string]queue.Attribute{"name": {String: "value"}}
	entries := []queue.Entry[string]{
		{Body: "good"},
		{Body: ""},
		{Body: "\x00"},
		{Body: "\xff"},
		{Body: "\uffff"},
		{Body: large, Attributes: attributes},
		{Body: "x", Delay: 16 * time.Minute},
		{Body: "x", Delay: -1},
		{Body: "x", Group: strings.Repeat("g", 129)},
		{Body: "x", DeduplicationID: "d"},
		{Body: "x", Attributes: map[string]queue.Attribute{"empty": {}}},
		{Body: "x", Attributes: map[string]queue.Attribute{"bad": {String: "\x01"}}},
		{Body: "x", Group: "a group"},
		{Body: "x", Group: "grüppe"},
		{Body: "x", Trace: "\x01"},
		{Body: "x", Attributes: map[string]queue.Attribute{"AWS.x": {String: "x"}}},
		{Body: "x", Attributes: map[string]queue.Attribute{"amazon.x": {String: "x"}}},
		{Body: "x", Attributes: map[string]queue.Attribute{"a..b": {String: "x"}}},
		{Body: "x", Attributes: map[string]queue.Attribute{strings.Repeat("a", 257): {String: "x"}}},
		{Body: "x", Attributes: map[string]queue.Attribute{"a": {Type: "Text", String: "x"}}},
		{Body: "x", Attributes: map[string]queue.Attribute{"a": {Type: "Binary.x", String: "x"}}},
		{Body: "x", Attributes: map[string]queue.Attribute{"a": {Type: "Number", String: "0x1p4"}}},
		{Body: "x", Attributes: map[string]queue.Attribute{"a": {Type: "Number.int", String: ""}}},
		{Body: large[1:], Attributes: attributes},
	}
	err := s.SendEntries(t.Context(), entries...)
	require.Equal(t, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22}, left(t, err))
	require.ErrorIs(t, err, queue.ErrEntry)
	require.ErrorIs(t, err, queue.ErrTooLarge)
	require.Equal(t, []string{"good", large[1:]}, bodies(fake, "jobs"))
}

func TestEncodeError(t *testing.T) {
	_, s := newSender(t, "jobs", queue.SenderOptions{Encode: func(any) ([]byte, error) { return nil, errTest }})
	err := s.Send(t.Context(), "x")
	require.ErrorIs(t, err, errTest)
	require.ErrorIs(t, err, queue.ErrEntry)
}

// What is measured is what AWS counts: the trace header is free, and so are the
// group and the deduplication id.
func TestSizeOfAnEntry(t *testing.T) {
	fake, s := newSender(t, "jobs.fifo", queue.SenderOptions{})
	attributes := map[string]queue.Attribute{"s": {String: "é"}, "b": {Type: "Binary.x", Binary: []byte("12")}, "n": {Type: "Number", String: "-1.5e3"}}
	most := strings.Repeat("x", queue.DefaultMaxBytes-len("s"+"String"+"é"+"b"+"Binary.x"+"12"+"n"+"Number"+"-1.5e3"))
	e := queue.Entry[string]{Body: most, Group: strings.Repeat("g", 128), DeduplicationID: strings.Repeat("d", 128), Trace: "Root=1-2", Attributes: attributes}
	require.NoError(t, s.SendEntries(t.Context(), e), "the fake counts by itself")
	require.Equal(t, []string{most}, bodies(fake, "jobs.fifo"))
	e.Body += "x"
	require.ErrorIs(t, s.SendEntries(t.Context(), e), queue.ErrTooLarge)
}

func TestTraceComesFromTheInvocation(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	for _, c := range []struct {
		context any
		entry   string
		want    string
	}{
		{nil, "", ""},
		{"Root=1-2", "", "Root=1-2"},
		{"Root=1-2", "Root=3-4", "Root=3-4"},
		{5, "", ""},
		{"\x01", "", ""},
	} {
		ctx := context.WithValue(t.Context(), "x-amzn-trace-id", c.context) //nolint:staticcheck // the Lambda runtime's key
		require.NoError(t, s.SendEntries(ctx, queue.Entry[string]{Body: "x", Trace: c.entry}))
		all := fake.Messages("jobs")
		require.Equal(t, c.want, all[len(all)-1].Trace)
	}
}

func TestEntryArrivesWhole(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	require.NoError(t, s.SendEntries(t.Context(), queue.Entry[string]{
		Body: "x", Group: "tenant", Delay: 1500 * time.Millisecond, Trace: "Root=1-2",
		Attributes: map[string]queue.Attribute{"s": {String: "text"}, "n": {Type: "Number.int", String: "7"}, "b": {Binary: []byte{1, 2}}},
	}))
	m := fake.Messages("jobs")[0]
	require.Equal(t, "tenant", m.Group)
	require.Equal(t, "Root=1-2", m.Trace)
	require.Equal(t, map[string]string{"s": "text", "n": "7", "b": "\x01\x02"}, m.Attributes)
	require.Equal(t, 2*time.Second, m.Visible.Sub(m.Sent))
}

func TestRefusedEntriesAreSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, s := newSender(t, "jobs", queue.SenderOptions{})
		fake.FailEntries(queuetest.EntryFault{Match: func(b string) bool { return b == "w1" }, Times: 4})
		start := time.Now()
		require.NoError(t, s.Send(t.Context(), words(3)...))
		require.Equal(t, []string{"w0", "w2", "w1"}, bodies(fake, "jobs"))
		require.Len(t, fake.Calls("SendMessageBatch"), 5)
		require.Positive(t, time.Since(start))
		require.LessOrEqual(t, time.Since(start), 1500*time.Millisecond, "0.1 + 0.2 + 0.4 + 0.8 s at most")
	})
}

func TestAttemptsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, s := newSender(t, "jobs", queue.SenderOptions{Attempts: 2})
		fake.FailEntries(queuetest.EntryFault{Match: func(b string) bool { return b == "w1" }, Times: 9, Code: "Throttled"})
		err := s.Send(t.Context(), words(3)...)
		require.Equal(t, []int{1}, left(t, err))
		var entry *queue.EntryError
		require.ErrorAs(t, err, &entry)
		require.Equal(t, queue.EntryError{Code: "Throttled"}, *entry)
		require.Len(t, fake.Calls("SendMessageBatch"), 2)
	})
}

func TestSenderFaultIsNotRepeated(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	fake.FailEntries(queuetest.EntryFault{SenderFault: true})
	require.Equal(t, []int{0}, left(t, s.Send(t.Context(), words(2)...)))
	require.Len(t, fake.Calls("SendMessageBatch"), 1)
}

func TestDeadlineEndsTheAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		fake, s := newSender(t, "jobs", queue.SenderOptions{Attempts: 1000})
		fake.FailEntries(queuetest.EntryFault{Times: 1000})
		err := s.Send(ctx, words(12)...)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, left(t, err), 12)
		require.NoError(t, ctx.Err(), "there is time left to report")
	})
}

func TestCancelledSend(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	err := s.Send(ctx, words(2)...)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []int{0, 1}, left(t, err))
	require.Empty(t, fake.Calls())
}

func TestFIFOOrderSurvivesRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, s := newSender(t, "jobs.fifo", queue.SenderOptions{})
		var entries []queue.Entry[string]
		for i := range 12 {
			entries = append(entries, queue.Entry[string]{Body: fmt.Sprint(i), Group: fmt.Sprint("g", i%3)})
		}
		for _, body := range []string{"0", "4", "11"} {
			fake.FailEntries(queuetest.EntryFault{Match: func(b string) bool { return b == body }, Times: 2})
		}
		require.NoError(t, s.SendEntries(t.Context(), entries...))
		groups := map[string][]string{}
		for _, m := range fake.Messages("jobs.fifo") {
			groups[m.Group] = append(groups[m.Group], m.Body)
		}
		require.Equal(t, map[string][]string{"g0": {"0", "3", "6", "9"}, "g1": {"1", "4", "7", "10"}, "g2": {"2", "5", "8", "11"}}, groups)
	})
}

func TestFIFOGroupEndsWithAnEntryThatCannotBeSent(t *testing.T) {
	fake, s := newSender(t, "jobs.fifo", queue.SenderOptions{})
	fake.FailEntries(queuetest.EntryFault{Match: func(b string) bool { return b == "a2" }, SenderFault: true})
	err := s.SendEntries(t.Context(),
		queue.Entry[string]{Body: "a1", Group: "a"}, queue.Entry[string]{Body: "b1", Group: "b"},
		queue.Entry[string]{Body: "a2", Group: "a"}, queue.Entry[string]{Body: "", Group: "b"},
		queue.Entry[string]{Body: "a3", Group: "a"}, queue.Entry[string]{Body: "b3", Group: "b"},
		queue.Entry[string]{Body: "c1"}, queue.Entry[string]{Body: "d1", Group: "d", Delay: time.Second},
	)
	require.Equal(t, []int{2, 3, 4, 5, 6, 7}, left(t, err))
	require.ErrorIs(t, err, queue.ErrGroupStopped)
	require.Equal(t, []string{"a1", "b1"}, bodies(fake, "jobs.fifo"))
}

func TestFIFOLargeEntryIsNotOvertaken(t *testing.T) {
	for _, together := range []bool{false, true} {
		fake, s := newSender(t, "jobs.fifo", queue.SenderOptions{BatchGroups: together})
		most := strings.Repeat("x", queue.DefaultMaxBytes-10)
		require.NoError(t, s.SendEntries(t.Context(),
			queue.Entry[string]{Body: "b1", Group: "b"}, queue.Entry[string]{Body: most, Group: "a"}, queue.Entry[string]{Body: most + "x", Group: "b"},
			queue.Entry[string]{Body: "b3", Group: "b"}, queue.Entry[string]{Body: "a2", Group: "a"}))
		groups := map[string][]int{}
		for _, m := range fake.Messages("jobs.fifo") {
			groups[m.Group] = append(groups[m.Group], len(m.Body))
		}
		require.Equal(t, map[string][]int{"a": {len(most), 2}, "b": {2, len(most) + 1, 2}}, groups, together)
	}
}

func TestBatchGroupsSavesRequests(t *testing.T) {
	for together, want := range map[bool]int{false: 20, true: 2} {
		fake, s := newSender(t, "jobs.fifo", queue.SenderOptions{BatchGroups: together})
		var entries []queue.Entry[string]
		for _, w := range words(20) {
			entries = append(entries, queue.Entry[string]{Body: w, Group: "g"})
		}
		require.NoError(t, s.SendEntries(t.Context(), entries...))
		require.Len(t, fake.Calls("SendMessageBatch"), want)
		require.Equal(t, words(20), bodies(fake, "jobs.fifo"))
	}
}

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

func TestGroupsShareRequests(t *testing.T) {
	fake, s := newSender(t, "jobs.fifo", queue.SenderOptions{})
	var entries []queue.Entry[string]
	for _, group := range []string{"a", "a", "a", "b", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"} {
		entries = append(entries, queue.Entry[string]{Body: fmt.Sprint(group, len(entries)), Group: group})
	}
	require.NoError(t, s.SendEntries(t.Context(), entries...))
	require.Len(t, fake.Calls("SendMessageBatch"), 3, "ten groups, then four messages of which two are of a, then the last of a")
}

func TestUnansweredEntryIsUnknown(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	fake.FailEntries(queuetest.EntryFault{Unanswered: true})
	err := s.Send(t.Context(), words(2)...)
	var e *queue.SendError
	require.ErrorAs(t, err, &e)
	require.Equal(t, []queue.SendFailure{{Index: 0, Err: queue.ErrNoAnswer, Unknown: true}}, e.Failures)
}

func TestRequestError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			fault   queuetest.Fault
			unknown bool
		}{
			"refused":         {queuetest.Fault{Error: &queuetest.Error{Code: "AccessDenied"}}, false},
			"server error":    {queuetest.Fault{Times: 9, Error: &queuetest.Error{Code: "InternalFailure", Status: 500}}, true},
			"connection lost": {queuetest.Fault{Times: 9, Cut: queuetest.CutBefore}, true},
		} {
			fake, s := newSender(t, "jobs", queue.SenderOptions{})
			fake.Inject("SendMessageBatch", c.fault)
			err := s.Send(t.Context(), words(12)...)
			var e *queue.SendError
			require.ErrorAs(t, err, &e, name)
			require.Len(t, e.Failures, 12, name)
			require.Equal(t, c.unknown, e.Failures[0].Unknown, name)
			require.False(t, e.Failures[11].Unknown, "%s: the second request was never made", name)
			require.Empty(t, bodies(fake, "jobs"), name)
		}
	})
}

func TestMissingQueueIsASDKError(t *testing.T) {
	fake := queuetest.New(nil)
	s, err := queue.NewSender[string](fake.Client(), "https://sqs.us-east-1.amazonaws.com/000000000000/none", nil)
	require.NoError(t, err)
	var missing interface{ ErrorCode() string }
	require.ErrorAs(t, s.Send(t.Context(), "x"), &missing)
}

func TestNewSenderErrors(t *testing.T) {
	client := sqs.New(sqs.Options{})
	for want, create := range map[string]func() (*queue.Sender[string], error){
		"queue: NewSender: the client is nil":        func() (*queue.Sender[string], error) { return queue.NewSender[string](nil, "url", nil) },
		"queue: NewSender: the queue's url is empty": func() (*queue.Sender[string], error) { return queue.NewSender[string](client, "", nil) },
		"queue: SenderOptions.MaxBytes: must be between 1 and 1048576, got 1048577": func() (*queue.Sender[string], error) {
			return queue.NewSender[string](client, "url", &queue.SenderOptions{MaxBytes: queue.DefaultMaxBytes + 1})
		},
		"queue: SenderOptions.Attempts: must be at least 1, got -1": func() (*queue.Sender[string], error) {
			return queue.NewSender[string](client, "url", &queue.SenderOptions{Attempts: -1})
		},
	} {
		_, err := create()
		require.EqualError(t, err, want)
	}
	keep := func(context.Context, []byte) ([]byte, error) { return nil, nil }
	for want, o := range map[string]queue.SenderOptions{
		"queue: SenderOptions.OffloadOver: needs SenderOptions.Offload":                     {OffloadOver: 1},
		"queue: SenderOptions.OffloadOver: must be between 1 and MaxBytes, 10, got 11":      {OffloadOver: 11, MaxBytes: 10, Offload: keep},
		"queue: SenderOptions.OffloadOver: must be between 1 and MaxBytes, 1048576, got -1": {OffloadOver: -1, Offload: keep},
	} {
		_, err := queue.NewSender[string](client, "url", &o)
		require.EqualError(t, err, want)
	}
}

func TestConcurrentSends(t *testing.T) {
	fake, s := newSender(t, "jobs", queue.SenderOptions{})
	errs := make(chan error, 8)
	for range 8 {
		go func() { errs <- s.Send(context.Background(), words(30)...) }()
	}
	for range 8 {
		require.NoError(t, errors.Join(<-errs))
	}
	require.Len(t, fake.Messages("jobs"), 240)
}
