package queue_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
)

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
