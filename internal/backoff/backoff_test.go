package backoff_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/internal/backoff"
)

func TestCeilingDoublesUpToMax(t *testing.T) {
	p := backoff.Policy{Base: 25 * time.Millisecond, Max: 150 * time.Millisecond}
	var got []time.Duration
	for attempt := 1; attempt <= 5; attempt++ {
		got = append(got, p.Ceiling(attempt))
	}
	const ms = time.Millisecond
	require.Equal(t, []time.Duration{25 * ms, 50 * ms, 100 * ms, 150 * ms, 150 * ms}, got)
}

func TestCeilingNeverOverflows(t *testing.T) {
	p := backoff.Policy{Base: time.Second}
	for attempt := range 200 {
		require.Positive(t, p.Ceiling(attempt))
	}
}

func TestDelayIsSpreadOverTheWholeInterval(t *testing.T) {
	p := backoff.Policy{Base: 100 * time.Millisecond}
	var low, high int
	for range 1000 {
		d := p.Delay(1)
		require.GreaterOrEqual(t, d, time.Duration(0))
		require.LessOrEqual(t, d, 100*time.Millisecond)
		if d < 50*time.Millisecond {
			low++
		} else {
			high++
		}
	}
	// Each half expects 500 with a standard deviation of 16.
	require.Greater(t, low, 400)
	require.Greater(t, high, 400)
}

func TestZeroPolicyDoesNotWait(t *testing.T) {
	require.NoError(t, backoff.Policy{}.Wait(t.Context(), 3))
}

func TestWaitTakesAtMostTheCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := backoff.Policy{Base: time.Minute}
		start := time.Now()
		require.NoError(t, p.Wait(t.Context(), 2))
		require.LessOrEqual(t, time.Since(start), 2*time.Minute)
	})
}

func TestWaitGivesUpAtOnceWhenTheDeadlineIsNearer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		defer cancel()
		start := time.Now()
		require.ErrorIs(t, backoff.Policy{Base: time.Hour}.Wait(ctx, 8), context.DeadlineExceeded)
		require.Zero(t, time.Since(start))
	})
}

func TestWaitEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Nanosecond, cancel)
		require.ErrorIs(t, backoff.Policy{Base: 1000 * time.Hour}.Wait(ctx, 1), context.Canceled)
		require.ErrorIs(t, backoff.Policy{}.Wait(ctx, 1), context.Canceled, "a context that has ended already")
	})
}
