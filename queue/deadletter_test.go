package queue_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

func TestDeadLetterQueueKeepsTheMessageAndSaysWhy(t *testing.T) {
	fake := queuetest.New(nil)
	sink := queue.DeadLetterQueue(fake.Client(), fake.CreateQueue("failed", nil))
	r := queue.Record{
		ID: "m-1", Queue: standardARN, Text: "{not JSON", Group: "tenant",
		Attributes: map[string]queue.Attribute{"kind": {String: "invoice"}, "blob": {Binary: []byte{0, 1}}},
	}
	require.NoError(t, sink(t.Context(), r, errors.New("no \x00 good")))

	messages := fake.Messages("failed")
	require.Len(t, messages, 1)
	require.Equal(t, "{not JSON", messages[0].Body)
	require.Equal(t, "tenant", messages[0].Group)
	require.Equal(t, map[string]string{
		"kind": "invoice", "blob": "\x00\x01",
		queue.ReasonAttribute: "no \ufffd good", queue.SourceAttribute: standardARN, queue.MessageIDAttribute: "m-1",
	}, messages[0].Attributes)
}

func TestDeadLetterQueueOfAFIFOQueueStoresARecordOnce(t *testing.T) {
	fake := queuetest.New(nil)
	sink := queue.DeadLetterQueue(fake.Client(), fake.CreateQueue("failed.fifo", nil))
	for range 2 {
		require.NoError(t, sink(t.Context(), queue.Record{ID: "m-1", Text: "a", Group: "g"}, errTest))
	}
	require.NoError(t, sink(t.Context(), queue.Record{ID: "m-2", Text: "a"}, errTest), "of a standard queue")

	messages := fake.Messages("failed.fifo")
	require.Len(t, messages, 2)
	require.Equal(t, "g", messages[0].Group)
	require.Equal(t, "m-2", messages[1].Group)
}

func TestDeadLetterQueueDropsTheReasonBeforeTheMessage(t *testing.T) {
	fake := queuetest.New(nil)
	sink := queue.DeadLetterQueue(fake.Client(), fake.CreateQueue("failed", nil))

	nine := make(map[string]queue.Attribute)
	for i := range 9 {
		nine[fmt.Sprint("a", i)] = queue.Attribute{String: "v"}
	}
	require.NoError(t, sink(t.Context(), queue.Record{ID: "m-1", Queue: standardARN, Text: "x", Attributes: nine}, errTest))
	full := queue.Record{ID: "m-2", Queue: standardARN, Text: strings.Repeat("x", queue.DefaultMaxBytes)}
	require.NoError(t, sink(t.Context(), full, errTest))

	messages := fake.Messages("failed")
	require.Len(t, messages, 2)
	require.Len(t, messages[0].Attributes, 10)
	require.Equal(t, errTest.Error(), messages[0].Attributes[queue.ReasonAttribute])
	require.Empty(t, messages[1].Attributes)
}

func TestDeadLetterQueueCutsALongReasonBetweenCharacters(t *testing.T) {
	fake := queuetest.New(nil)
	sink := queue.DeadLetterQueue(fake.Client(), fake.CreateQueue("failed", nil))
	require.NoError(t, sink(t.Context(), queue.Record{ID: "m-1", Text: "x"}, errors.New(strings.Repeat("é", 1000))))
	require.Equal(t, strings.Repeat("é", 512), fake.Messages("failed")[0].Attributes[queue.ReasonAttribute])
}

func TestDeadLetterQueueReportsWhatWasNotStored(t *testing.T) {
	fake := queuetest.New(nil)
	sink := queue.DeadLetterQueue(fake.Client(), fake.CreateQueue("failed", nil)+"-missing")
	var failed *queue.SendError
	require.ErrorAs(t, sink(t.Context(), queue.Record{ID: "m-1", Text: "x"}, errTest), &failed)

	require.PanicsWithValue(t, "queue: DeadLetterQueue: queue: NewSender: the queue's url is empty", func() {
		queue.DeadLetterQueue(fake.Client(), "")
	})
}
