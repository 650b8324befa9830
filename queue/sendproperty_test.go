package queue_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// Random messages of random sizes meet entries that are refused, for good or for
// a while, answers that leave entries out or have wrong checksums, and requests
// that are throttled or lose their connection. Whatever happens, each message is
// either in the queue or among the failures, none is both unless the error says
// that it is unknown, none is there twice on a FIFO queue, and each group is in
// order without a gap.
func TestSendTellsWhatBecameOfEveryEntry(t *testing.T) {
	for seed := range min(schedules(t)/10, 1000) { // megabytes each
		synctest.Test(t, func(t *testing.T) {
			newSending(t, uint64(seed)).run()
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

type sending struct {
	t       *testing.T
	random  *rand.Rand
	fifo    bool
	fake    *queuetest.Fake
	sender  *queue.Sender[string]
	entries []queue.Entry[string]
	replays bool // a request may reach SQS twice
}

func newSending(t *testing.T, seed uint64) *sending {
	s := &sending{t: t, random: rand.New(rand.NewPCG(seed, 1)), fake: queuetest.New(nil)}
	s.fifo = s.random.IntN(3) > 0
	name := "jobs"
	if s.fifo {
		name += ".fifo"
	}
	url := s.fake.CreateQueue(name, nil)
	var err error
	s.sender, err = queue.NewSender[string](s.fake.Client(), url, &queue.SenderOptions{
		Encode: text, Attempts: 1 + s.random.IntN(4), OffloadOver: 600_000,
		Offload: func(_ context.Context, body []byte) ([]byte, error) {
			if body[0] == 'x' {
				return nil, errTest
			}
			return fmt.Appendf(nil, "%s claim", body[:5]), nil
		},
	})
	require.NoError(t, err)
	for i := range 1 + s.random.IntN(40) {
		s.add(i)
	}
	s.injectFaults()
	return s
}

// add makes a message that begins with its number in five characters. Some are
// invalid, some are large, and some cannot be offloaded.
func (s *sending) add(i int) {
	e := queue.Entry[string]{Body: fmt.Sprintf("%05d", i)}
	if s.fifo {
		e.Group, e.DeduplicationID = fmt.Sprint("g", s.random.IntN(5)), fmt.Sprint(i)
	}
	switch s.random.IntN(12) {
	case 0:
		e.Body = ""
	case 1, 2:
		e.Body += strings.Repeat("y", 100_000+s.random.IntN(400_000))
	case 3:
		e.Body += strings.Repeat("z", 700_000)
	case 4:
		e.Body = "x" + strings.Repeat("z", 700_000)
	}
	s.entries = append(s.entries, e)
}

func (s *sending) injectFaults() {
	for range s.random.IntN(6) {
		number := fmt.Sprintf("%05d", s.random.IntN(len(s.entries)))
		s.fake.FailEntries(queuetest.EntryFault{
			Match: func(body string) bool { return strings.HasPrefix(body, number) }, Times: 1 + s.random.IntN(5),
			SenderFault: s.random.IntN(4) == 0, Unanswered: s.random.IntN(5) == 0, WrongChecksum: s.random.IntN(5) == 0,
		})
	}
	switch s.random.IntN(6) {
	case 0:
		s.fake.Inject("SendMessageBatch", queuetest.Fault{Times: 1 + s.random.IntN(5), Error: &queuetest.Error{Code: "RequestThrottled", Status: 403}})
	case 1:
		s.fake.Inject("SendMessageBatch", queuetest.Fault{Times: 1 + s.random.IntN(5), Cut: queuetest.CutBefore})
	case 2:
		s.fake.Inject("SendMessageBatch", queuetest.Fault{Times: 1 + s.random.IntN(5), Cut: queuetest.CutAfter})
		s.replays = true
	case 3:
		s.fake.Inject("SendMessageBatch", queuetest.Fault{Delay: time.Duration(s.random.IntN(20)) * time.Second})
	}
}

func (s *sending) run() {
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	failures := make(map[int]queue.SendFailure)
	var report *queue.SendError
	if err := s.sender.SendEntries(ctx, s.entries...); errors.As(err, &report) {
		require.Equal(s.t, len(s.entries), report.Total)
		require.True(s.t, slices.IsSortedFunc(report.Failures, func(a, b queue.SendFailure) int { return a.Index - b.Index }))
		for _, f := range report.Failures {
			require.NotContains(s.t, failures, f.Index, "twice among the failures")
			require.Error(s.t, f.Err)
			failures[f.Index] = f
		}
	} else {
		require.NoError(s.t, err)
	}
	s.check(failures, report)
}

func (s *sending) check(failures map[int]queue.SendFailure, report *queue.SendError) {
	stored := make(map[int]int)
	last := make(map[string]int)
	for _, m := range s.fake.Messages(s.name()) {
		var i int
		_, err := fmt.Sscanf(m.Body[:5], "%05d", &i)
		require.NoError(s.t, err)
		stored[i]++
		if s.fifo {
			require.Equal(s.t, s.entries[i].Group, m.Group)
			before, seen := last[m.Group]
			require.True(s.t, !seen || before < i, "group %s: %d after %d", m.Group, i, before)
			last[m.Group] = i
		}
	}
	ended := make(map[string]bool)
	for i, e := range s.entries {
		f, failed := failures[i]
		switch {
		case failed && f.Unknown:
		case failed:
			require.Zero(s.t, stored[i], "%d is in the queue, and yet reported: %v", i, f.Err)
		default:
			require.False(s.t, s.fifo && ended[e.Group], "%d was sent although its group had ended", i)
			require.NotZero(s.t, stored[i], "%d is lost", i)
		}
		require.True(s.t, stored[i] <= 1 || s.replays && !s.fifo, "%d is there %d times", i, stored[i])
		ended[e.Group] = ended[e.Group] || failed
	}
	if report != nil {
		for _, i := range report.Mismatched {
			require.NotContains(s.t, failures, i)
			require.NotZero(s.t, stored[i], "%d has a wrong checksum and was not sent", i)
		}
	}
}

func (s *sending) name() string {
	if s.fifo {
		return "jobs.fifo"
	}
	return "jobs"
}
