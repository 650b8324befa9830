package queuetest_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest"
)

// running starts the mapping and returns how to end it.
func running(t *testing.T, m *queuetest.Mapping) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	return func() {
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
	}
}

// In both modes a mapping begins with some invocations, adds more in a minute while
// batches wait, up to a limit, and begins anew when nothing is left to do.
func TestRunAddsInvocationsByTheMinute(t *testing.T) {
	for name, c := range map[string]struct {
		options  queuetest.MappingOptions
		messages int
		want     []int32 // invocations at the start, after one minute and after two
	}{
		"standard, 300 a minute":      {queuetest.MappingOptions{MaxConcurrency: 400}, 450, []int32{5, 305, 400}},
		"provisioned, 1,000 a minute": {queuetest.MappingOptions{MinPollers: 3}, 2500, []int32{30, 1030, 2000}},
	} {
		synctest.Test(t, func(t *testing.T) {
			fake := queuetest.New(nil)
			fake.CreateQueue("jobs", &queuetest.QueueOptions{VisibilityTimeout: time.Hour})
			deliver(t, fake, "jobs", repeat("x", c.messages)...)
			var now atomic.Int32
			c.options.BatchSize, c.options.Timeout = 1, 15*time.Minute
			m := newMapping(t, fake, "jobs", handlerFunc(func(context.Context, []byte) ([]byte, error) {
				now.Add(1)
				<-time.After(10 * time.Minute)
				now.Add(-1)
				return nil, nil
			}), &c.options)
			require.EqualValues(t, c.want[0], m.Concurrency(), name)
			stop := running(t, m)
			synctest.Wait()
			var got []int32
			for range c.want {
				got = append(got, now.Load())
				<-time.After(time.Minute)
				synctest.Wait()
			}
			require.Equal(t, c.want, got, name)
			require.EqualValues(t, c.want[2], m.Concurrency(), name)
			<-time.After(time.Hour)
			require.Zero(t, fake.Counts("jobs").Total())
			require.EqualValues(t, c.want[0], m.Concurrency(), "%s: nothing is left to do", name)
			stop()
		})
	}
}

func TestScalingKeepsToItsBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			options     queuetest.MappingOptions
			first, last int32
		}{
			{queuetest.MappingOptions{MaxConcurrency: 2}, 2, 2},
			{queuetest.MappingOptions{MaxConcurrency: 7}, 5, 7},
			{queuetest.MappingOptions{Concurrency: 3}, 3, 3},
		} {
			fake := queuetest.New(nil)
			fake.CreateQueue("jobs", nil)
			deliver(t, fake, "jobs", repeat("x", 100)...)
			var now, most atomic.Int32
			c.options.BatchSize, c.options.Timeout = 1, 30*time.Second
			stop := running(t, newMapping(t, fake, "jobs", handlerFunc(func(context.Context, []byte) ([]byte, error) {
				most.Store(max(most.Load(), now.Add(1)))
				<-time.After(time.Second)
				now.Add(-1)
				return nil, nil
			}), &c.options))
			synctest.Wait()
			require.Equal(t, c.first, most.Load())
			<-time.After(time.Hour)
			require.Equal(t, c.last, most.Load())
			require.Zero(t, fake.Counts("jobs").Total())
			stop()
		}
	})
}

// With ReportBatchItemFailures failures are not looked at; without, they take
// invocations away until one succeeds.
func TestFailuresLowerTheConcurrencyOfAMappingWithoutPartialResponses(t *testing.T) {
	for _, ignore := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			fake := queuetest.New(nil)
			fake.CreateQueue("jobs", nil)
			deliver(t, fake, "jobs", repeat("x", 400)...)
			var healthy atomic.Bool
			var now, most atomic.Int32
			m := newMapping(t, fake, "jobs", handlerFunc(func(context.Context, []byte) ([]byte, error) {
				most.Store(max(most.Load(), now.Add(1)))
				defer now.Add(-1)
				<-time.After(time.Second)
				if healthy.Load() {
					return nil, nil
				}
				return nil, errors.New("down")
			}), &queuetest.MappingOptions{BatchSize: 1, IgnoreFailures: ignore})
			stop := running(t, m)
			<-time.After(20 * time.Second)
			if !ignore {
				require.Greater(t, most.Load(), int32(50))
				stop()
				return
			}
			require.Equal(t, 1, m.Concurrency())
			require.LessOrEqual(t, most.Load(), int32(10), "what the first second adds before anything has failed")
			most.Store(0)
			<-time.After(time.Minute)
			require.EqualValues(t, 1, most.Load(), "nothing is added while it fails")
			healthy.Store(true)
			<-time.After(5 * time.Second)
			require.Greater(t, m.Concurrency(), 10)
			<-time.After(time.Minute)
			require.Zero(t, fake.Counts("jobs").Total())
			stop()
		})
	}
}
