package costs_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

func setupPutter(t *testing.T, labels int) (*trackerTest, *coststest.Putter) {
	putter := &coststest.Putter{}
	tt := setup(t, func(o *costs.TrackerOptions) { o.Metrics, o.MaxLabels = putter, labels })
	return tt, putter
}

func TestMetricsArePutInBatches(t *testing.T) {
	tt, putter := setupPutter(t, 50)
	for i := range 500 {
		tt.invoke(t, time.Duration(i%200+1)*ms, func(ctx context.Context) { costs.SetRoute(ctx, "route "+strconv.Itoa(i%2)) })
		require.Empty(t, putter.Puts(), "neither a cold start nor a hundred invocations make a request")
		tt.clock.step(-time.Duration(i%200+1) * ms)
	}
	tt.clock.step(time.Minute)
	tt.invoke(t, ms, func(context.Context) {})
	require.Len(t, putter.Puts(), 1, "a minute does")
	require.Empty(t, tt.sink.Lines(), "nothing is written twice")
	require.NoError(t, tt.Flush(t.Context()))
	require.Len(t, putter.Puts(), 1, "there is nothing new")

	totals := tt.Totals()
	require.InEpsilon(t, totals.Total.Cost.Total().Float64(), putter.Sum(costs.MetricCost), 1e-7)
	require.InDelta(t, totals.Total.Billed.Milliseconds(), putter.Sum(costs.MetricBilledDuration), 1e-6)
	require.Equal(t, int64(1), totals.Tracking.Requests)
	require.Equal(t, "$0.00001", totals.Tracking.Cost.String())
	require.Equal(t, "thaw/costs", putter.Puts()[0].Namespace)
	require.Equal(t, []costs.MetricDimension{{Name: "function", Value: "gigs"}, {Name: "route", Value: "route 0"}}, putter.Puts()[0].Metrics[0].Dimensions)
}

// Values that are all distinct are the most there can be: requests stay within
// the limits, which the putter checks, and lose nothing.
func TestPutsStayWithinTheLimits(t *testing.T) {
	tt, putter := setupPutter(t, 3000)
	const n = 40_000
	for i := range n {
		tt.Record(t.Context(), costs.Observation{
			Labels:   costs.Labels{Route: "route " + strconv.Itoa(i%700)},
			Duration: time.Duration(i+1) * ms,
		})
	}
	require.NoError(t, tt.Flush(t.Context()))
	require.Greater(t, len(putter.Puts()), 1)
	require.InDelta(t, float64(n)*(n+1)/2, putter.Sum(costs.MetricBilledDuration), 1)
	for _, put := range putter.Puts() {
		size := 0
		for _, m := range put.Metrics {
			size += 200 + 40*len(m.Values)
		}
		require.Less(t, size, 1<<20)
	}
}

func TestAFailedPutIsCountedAndReturned(t *testing.T) {
	tt, putter := setupPutter(t, 50)
	throttled := errors.New("throttled")
	putter.FailNext(throttled)
	tt.invoke(t, ms, func(context.Context) {})
	err := tt.Flush(t.Context())
	require.ErrorIs(t, err, throttled)
	var lost *costs.WriteError
	require.ErrorAs(t, err, &lost)
	require.Equal(t, int64(1), lost.Lost)
	require.NoError(t, tt.Flush(t.Context()))
}

func TestAPutPerInvocationIsRefused(t *testing.T) {
	for interval, ok := range map[time.Duration]bool{0: true, time.Minute: true, time.Minute - 1: false, time.Nanosecond: false} {
		_, err := costs.NewTracker(&costs.TrackerOptions{
			Region: "us-east-1", MemoryMB: 128, Architecture: costs.X86, Metrics: &coststest.Putter{}, FlushInterval: interval,
		})
		if ok {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, "costs: TrackerOptions.FlushInterval: must be at least a minute with Metrics")
	}
}
