//go:build unix

package costs_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
)

func cpuOn(o *costs.TrackerOptions) { o.CPU = true }

var spun int

func spin() {
	for i := range 2_000_000 {
		spun += i
	}
}

func TestCPUIsMeasured(t *testing.T) {
	tt := setup(t, cpuOn)
	tt.invoke(t, ms, func(context.Context) { spin() })
	tt.invoke(t, ms, func(context.Context) {})
	require.NoError(t, tt.Flush(t.Context()))
	total := tt.Totals().Total
	require.Equal(t, int64(2), total.CPUInvocations)
	require.Positive(t, total.CPU)
	values := tt.sink.Values(costs.MetricCPUTime, nil)
	require.Len(t, values, 2)
	require.Greater(t, values[0], values[1])
	require.InDelta(t, total.CPU.Seconds()*1000, values[0]+values[1], 0.02)
	require.Equal(t, int64(3), tt.Totals().Tracking.Series)
}

// The process has one processor time: what overlaps is left out rather than
// counted twice.
func TestCPUOfOverlappingInvocationsIsUnknown(t *testing.T) {
	tt := setup(t, cpuOn)
	tt.invoke(t, ms, func(context.Context) {
		tt.invoke(t, ms, func(context.Context) { spin() })
	})
	require.Zero(t, tt.Totals().Total.CPUInvocations)
	tt.invoke(t, ms, func(context.Context) {})
	require.Equal(t, int64(1), tt.Totals().Total.CPUInvocations)
}

func TestCPUIsOffByDefault(t *testing.T) {
	tt := setup(t, nil)
	tt.invoke(t, ms, func(context.Context) { spin() })
	require.Zero(t, tt.Totals().Total.CPUInvocations)
	require.Empty(t, tt.sink.Values(costs.MetricCPUTime, nil))
}

func TestMeasuringCPUDoesNotAllocate(t *testing.T) {
	tracker, err := costs.NewTracker(&costs.TrackerOptions{
		Region: "us-east-1", MemoryMB: 128, Architecture: costs.X86, Output: discard{}, Init: -1, CPU: true,
	})
	require.NoError(t, err)
	h := tracker.Wrap(handlerFunc(func(context.Context, []byte) ([]byte, error) { return nil, nil }))
	ctx := t.Context()
	require.Zero(t, testing.AllocsPerRun(1000, func() { _, _ = h.Invoke(ctx, nil) }))
	totals := tracker.Totals()
	require.Less(t, totals.Tracking.Bytes, 15*totals.Total.Invocations)
}
