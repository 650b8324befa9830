package queuetest_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest"
)

func TestConcurrencyOfAMapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for option, want := range map[int]int32{0: 5, 1: 1, 3: 3} {
			fake := queuetest.New(nil)
			fake.CreateQueue("jobs", nil)
			deliver(t, fake, "jobs", repeat("x", 12)...)
			var now, most atomic.Int32
			m := newMapping(t, fake, "jobs", handlerFunc(func(context.Context, []byte) ([]byte, error) {
				most.Store(max(most.Load(), now.Add(1)))
				<-time.After(time.Second)
				now.Add(-1)
				return nil, nil
			}), &queuetest.MappingOptions{BatchSize: 1, Concurrency: option})
			_, err := m.Poll(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, most.Load())
		}
	})
}

func TestRunIsWokenByMessagesAndByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(nil)
		fake.CreateQueue("jobs", nil)
		start := time.Now()
		var seen []string
		m := newMapping(t, fake, "jobs", handlerFunc(func(_ context.Context, p []byte) ([]byte, error) {
			r := sqsRecords(t, p)[0]
			seen = append(seen, fmt.Sprint(r.Body, " at ", time.Since(start)))
			if r.Attributes["ApproximateReceiveCount"] == "1" {
				return nil, errors.New("once")
			}
			return nil, nil
		}), nil)
		stop := running(t, m)
		<-time.After(time.Hour)
		deliver(t, fake, "jobs", "a")
		<-time.After(time.Hour)
		stop()
		require.Equal(t, []string{"a at 1h0m0s", "a at 1h0m30s"}, seen)
		require.Zero(t, fake.Counts("jobs").Total())
	})
}

func TestRunGathersForAWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := queuetest.New(nil)
		fake.CreateQueue("jobs", nil)
		start := time.Now()
		var seen []string
		m := newMapping(t, fake, "jobs", handlerFunc(func(_ context.Context, p []byte) ([]byte, error) {
			seen = append(seen, fmt.Sprint(len(sqsRecords(t, p)), " at ", time.Since(start)))
			return nil, nil
		}), &queuetest.MappingOptions{BatchSize: 20, Window: 5 * time.Second})
		stop := running(t, m)
		for range 7 { // at 0.9, 1.8 … 6.3 s: the window ends at 5.9 s
			<-time.After(900 * time.Millisecond)
			deliver(t, fake, "jobs", "x")
			synctest.Wait()
		}
		deliver(t, fake, "jobs", repeat("x", 19)...) // with the one of 6.3 s a full batch
		<-time.After(time.Minute)
		deliver(t, fake, "jobs", "last")
		synctest.Wait()
		stop()
		require.Equal(t, []string{"6 at 5.9s", "20 at 6.3s"}, seen)
		require.Equal(t, queuetest.Counts{Visible: 1}, fake.Counts("jobs"), "what was gathered in vain is visible again")
	})
}
