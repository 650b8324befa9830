package costs_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
)

// Logs are paid for by the byte: a line of a single invocation with its function and
// its route has at most 250 of them, and each further one adds no more than 15.
func TestLinesAreShort(t *testing.T) {
	tt := setup(t, func(o *costs.TrackerOptions) { o.Function = "gigs-api" })
	for i := range 10_000 {
		if i == 1 {
			require.LessOrEqual(t, tt.sink.Lines()[0].Bytes, 250)
		}
		tt.Record(t.Context(), costs.Observation{
			Labels: costs.Labels{Route: "GET /gigs/{id}"}, Duration: time.Duration(40+i%300) * ms,
		})
	}
	totals := tt.Totals()
	require.Less(t, float64(totals.Tracking.Bytes)/10_000, 15.0)
	require.Less(t, totals.Overhead(), 0.02)

	measured := setup(t, func(o *costs.TrackerOptions) { o.Function, o.CPU = "gigs-api", true })
	measured.Record(t.Context(), costs.Observation{Duration: 50 * ms, CPU: 3210 * time.Microsecond})
	require.Len(t, measured.sink.Lines()[0].Values, 3)
	require.LessOrEqual(t, measured.sink.Lines()[0].Bytes, 250)
}

func TestLinesAddUpToTheTotals(t *testing.T) {
	tt := setup(t, func(o *costs.TrackerOptions) { o.FlushCount = 7 })
	for i := range 100 {
		tt.invoke(t, time.Duration(i)*ms, func(ctx context.Context) {
			costs.SetRoute(ctx, "route "+strconv.Itoa(i%3))
			costs.AddEvents(ctx, i%2)
		})
	}
	require.NoError(t, tt.Flush(t.Context()))

	for _, line := range tt.Totals().Lines {
		dimensions := map[string]string{"function": "gigs", "route": line.Route}
		// What a line rounds off is in the next one, so that only that of the last is missing.
		require.InEpsilon(t, line.Cost.Total().Float64(), tt.sink.Sum(costs.MetricCost, dimensions), 1e-7)
		require.Len(t, tt.sink.Values(costs.MetricBilledDuration, dimensions), int(line.Invocations))
		require.InDelta(t, float64(line.Billed.Milliseconds()), tt.sink.Sum(costs.MetricBilledDuration, dimensions), 0)
	}
	require.Empty(t, tt.sink.Lines()[0].Units, "the name says it in fewer bytes")
	require.Equal(t, "thaw/costs", tt.sink.Lines()[0].Namespace)
}

func TestFlushByColdStartCountAndTime(t *testing.T) {
	tt := setup(t, func(o *costs.TrackerOptions) { o.FlushCount = 3 })
	one := func() { tt.invoke(t, ms, func(context.Context) {}) }

	one()
	require.Len(t, tt.sink.Lines(), 1, "the first invocation is written at once")
	one()
	one()
	require.Len(t, tt.sink.Lines(), 1)
	one()
	require.Len(t, tt.sink.Lines(), 2, "three make a line")
	one()
	tt.clock.step(time.Minute)
	one()
	require.Len(t, tt.sink.Lines(), 3, "a minute makes a line")
	require.NoError(t, tt.Flush(t.Context()))
	require.Len(t, tt.sink.Lines(), 3, "nothing is written twice")
	one()
	require.NoError(t, tt.Flush(t.Context()))
	require.Len(t, tt.sink.Lines(), 4)
	require.Len(t, tt.sink.Values(costs.MetricBilledDuration, nil), 7)
}

func TestFlushHonoursItsContext(t *testing.T) {
	tt := setup(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, tt.Flush(ctx), context.Canceled)
}

func TestAFailedWriteIsCountedAndReturned(t *testing.T) {
	tt := setup(t, nil)
	full := errors.New("disk full")
	tt.sink.FailNext(full)
	tt.invoke(t, 50*ms, func(context.Context) {}) // and does not fail the invocation
	tt.invoke(t, 50*ms, func(context.Context) {})

	err := tt.Flush(t.Context())
	require.ErrorIs(t, err, full)
	var lost *costs.WriteError
	require.ErrorAs(t, err, &lost)
	require.Equal(t, int64(1), lost.Lost)
	require.Equal(t, int64(1), tt.Totals().Tracking.Lost)
	require.Equal(t, int64(2), tt.Totals().Total.Invocations)
	require.NoError(t, tt.Flush(t.Context()), "an error is returned once")
	require.Len(t, tt.sink.Lines(), 1)
}

// A busy route logs at most 15 bytes per invocation, and that costs at most 2 %
// of the smallest usual invocation.
func TestTrackingIsCheap(t *testing.T) {
	tt := setup(t, nil)
	for range 10_000 {
		tt.Record(t.Context(), costs.Observation{Labels: costs.Labels{Route: "GET /gigs/{id}"}, Duration: 50 * ms})
	}
	require.NoError(t, tt.Flush(t.Context()))
	totals := tt.Totals()
	require.Less(t, totals.Tracking.Bytes, int64(15*10_000))
	require.Positive(t, totals.Overhead())
	require.Less(t, totals.Overhead(), 0.02)
	require.Equal(t, int64(2), totals.Tracking.Series)
	require.Equal(t, "$0.6", totals.Tracking.SeriesPerMonth.String())
}

func TestTrackingDoesNotAllocate(t *testing.T) {
	tracker, err := costs.NewTracker(&costs.TrackerOptions{
		Region: "us-east-1", MemoryMB: 128, Architecture: costs.X86, Output: discard{}, Init: -1,
		Budgets: []costs.Budget{{Limit: costs.Dollars(1000), Exceeded: func(context.Context, costs.USD) {}}},
	})
	require.NoError(t, err)
	ctx := t.Context()
	o := costs.Observation{
		Labels: costs.Labels{Route: "GET /gigs"}, Duration: 50 * ms,
		Uses: []costs.Use{{Item: costs.DynamoDBReads, Quantity: 0.5}},
	}
	require.Zero(t, testing.AllocsPerRun(10, func() {
		for range 100 { // one line
			tracker.Record(ctx, o)
		}
	}), "fed")

	h := tracker.Wrap(handlerFunc(func(ctx context.Context, _ []byte) ([]byte, error) {
		costs.SetRoute(ctx, "GET /gigs")
		costs.AddDynamoDB(ctx, 0.5, 1)
		return nil, nil
	}))
	require.Zero(t, testing.AllocsPerRun(1000, func() { _, _ = h.Invoke(ctx, nil) }), "wrapped")
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
