package queue_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

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

func TestGroupsShareRequests(t *testing.T) {
	fake, s := newSender(t, "jobs.fifo", queue.SenderOptions{})
	var entries []queue.Entry[string]
	for _, group := range []string{"a", "a", "a", "b", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"} {
		entries = append(entries, queue.Entry[string]{Body: fmt.Sprint(group, len(entries)), Group: group})
	}
	require.NoError(t, s.SendEntries(t.Context(), entries...))
	require.Len(t, fake.Calls("SendMessageBatch"), 3, "ten groups, then four messages of which two are of a, then the last of a")
}
