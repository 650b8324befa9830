package queue_test

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
)

func TestOutcomes(t *testing.T) {
	require.NoError(t, queue.Permanent(nil))
	require.Error(t, queue.RetryAfter(time.Minute, nil))
	require.True(t, queue.IsPermanent(fmt.Errorf("x: %w", queue.Permanent(errTest))))
	require.ErrorIs(t, queue.Permanent(errTest), errTest)
	require.False(t, queue.IsPermanent(errTest))
	d, ok := queue.RetryDelay(fmt.Errorf("x: %w", queue.RetryAfter(time.Minute, errTest)))
	require.True(t, ok)
	require.Equal(t, time.Minute, d)
	require.ErrorIs(t, queue.RetryAfter(time.Minute, errTest), errTest)
	_, ok = queue.RetryDelay(errTest)
	require.False(t, ok)
}

func TestDefaultBackoff(t *testing.T) {
	for count, want := range map[int][2]time.Duration{
		0: {5 * time.Second, 10 * time.Second}, 1: {5 * time.Second, 10 * time.Second}, 2: {10 * time.Second, 20 * time.Second},
		4: {40 * time.Second, 80 * time.Second}, 8: {450 * time.Second, 900 * time.Second}, 1 << 40: {450 * time.Second, 900 * time.Second},
	} {
		for range 100 {
			d := queue.DefaultBackoff(count)
			require.GreaterOrEqual(t, d, want[0], count)
			require.LessOrEqual(t, d, want[1], count)
		}
	}
}

// However deep the mark is, and whatever stands beside it.
func TestPermanentWinsInEveryChain(t *testing.T) {
	for _, err := range []error{
		queue.Permanent(errTest),
		queue.Permanent(queue.Permanent(errTest)),
		fmt.Errorf("a: %w", fmt.Errorf("b: %w", queue.Permanent(errTest))),
		errors.Join(errors.New("another"), queue.Permanent(errTest)),
		queue.Permanent(queue.RetryAfter(time.Second, errTest)),
		queue.RetryAfter(time.Second, queue.Permanent(errTest)),
		errors.Join(queue.RetryAfter(time.Second, errTest), fmt.Errorf("c: %w", errors.Join(queue.Permanent(errTest)))),
	} {
		var reasons []error
		p := queue.NewProcessor(func(ctx, queue.Message[string]) error { return err }, quiet(queue.Options{
			DeadLetter: func(_ ctx, _ queue.Record, reason error) error { reasons = append(reasons, reason); return nil },
		}))
		response, invokeErr := p.Invoke(t.Context(), payload(standardARN, row{"1", `"x"`, ""}))
		require.NoError(t, invokeErr)
		require.Empty(t, failed(t, response), "%#v", err)
		require.Equal(t, []error{err}, reasons)
	}
}

func TestWaitsThatMakeNoSense(t *testing.T) {
	for wait, want := range map[time.Duration]time.Duration{math.MaxInt64: math.MaxInt64, math.MinInt64: 0, -1: 0, 0: 0} {
		got, ok := queue.RetryDelay(queue.RetryAfter(wait, nil))
		require.True(t, ok)
		require.Equal(t, want, got)
	}
}
