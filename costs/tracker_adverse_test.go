package costs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
)

// A hook may use the tracker: nothing is held while it runs.
func TestABudgetHookMayUseTheTracker(t *testing.T) {
	var tt *trackerTest
	var totals costs.Totals
	tt = setup(t, func(o *costs.TrackerOptions) {
		o.Budgets = []costs.Budget{{Limit: usd(t, "0.0000003"), Exceeded: func(ctx context.Context, _ costs.USD) {
			totals = tt.Totals()
			tt.Record(ctx, costs.Observation{Duration: ms})
			_ = tt.Flush(ctx)
		}}}
	})
	tt.invoke(t, 50*ms, func(context.Context) {})
	require.Equal(t, int64(1), totals.Total.Invocations)
	require.Equal(t, int64(2), tt.Totals().Total.Invocations)
}

func TestABudgetFiresOnceUnderConcurrency(t *testing.T) {
	var fired atomic.Int64
	tt := setup(t, func(o *costs.TrackerOptions) {
		o.Budgets = []costs.Budget{{Limit: usd(t, "0.00001"), Exceeded: func(context.Context, costs.USD) { fired.Add(1) }}}
	})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				tt.Record(t.Context(), costs.Observation{Duration: 50 * ms})
			}
		})
	}
	group.Wait()
	require.Equal(t, int64(1), fired.Load())
}

// A budget is met exactly at its limit, to the last digit.
func TestABudgetIsExact(t *testing.T) {
	fired := 0
	limit := usd(t, "0.0000002").Add(usd(t, "0.0000166667").MulDiv(1, 8000)) // a request, and a millisecond of 128 MB
	tt := setup(t, func(o *costs.TrackerOptions) {
		hook := func(context.Context, costs.USD) { fired++ }
		o.Budgets = []costs.Budget{{Limit: limit, Exceeded: hook}, {Limit: limit.Add(usd(t, "0.000000000000000000000001")), Exceeded: hook}}
	})
	tt.Record(t.Context(), costs.Observation{Duration: ms})
	require.Equal(t, 1, fired)
}

// What is used after the handler has returned counts against budgets with the
// next invocation.
func TestALateUseCountsAgainstABudget(t *testing.T) {
	fired := 0
	tt := setup(t, func(o *costs.TrackerOptions) {
		o.Budgets = []costs.Budget{{Limit: usd(t, "1"), Exceeded: func(context.Context, costs.USD) { fired++ }}}
	})
	var kept context.Context
	tt.invoke(t, ms, func(ctx context.Context) { kept = ctx })
	costs.Add(kept, costs.SQSRequests, 3e6)
	require.Zero(t, fired)
	tt.invoke(t, ms, func(context.Context) {})
	require.Equal(t, 1, fired)
}

// shortWriter takes a few bytes and says so without an error.
type shortWriter struct{ calls int }

func (w *shortWriter) Write(p []byte) (int, error) {
	w.calls++
	return min(len(p), 3), nil
}

func TestAShortWriteIsAnErrorAndIsNotRepeated(t *testing.T) {
	short := &shortWriter{}
	tt := setup(t, func(o *costs.TrackerOptions) { o.Output = short })
	tt.invoke(t, ms, func(context.Context) {})
	require.ErrorIs(t, tt.Flush(t.Context()), io.ErrShortWrite)
	require.NoError(t, tt.Flush(t.Context()))
	require.Equal(t, 1, short.calls)
	require.Equal(t, int64(3), tt.Totals().Tracking.Bytes)
}

// Writers, readers and flushes at the same time lose nothing and write whole lines.
func TestFlushWhileRecordingLosesNothing(t *testing.T) {
	tt := setup(t, func(o *costs.TrackerOptions) { o.FlushCount = 7 })
	var recorders, flusher sync.WaitGroup
	stop := make(chan struct{})
	flusher.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = tt.Flush(t.Context())
			}
		}
	})
	for i := range 4 {
		recorders.Go(func() {
			for range 200 {
				tt.Record(t.Context(), costs.Observation{Duration: ms, Labels: costs.Labels{Route: fmt.Sprint(i)}})
			}
		})
	}
	recorders.Wait()
	close(stop)
	flusher.Wait()
	require.NoError(t, tt.Flush(t.Context()))
	require.Len(t, tt.sink.Values(costs.MetricBilledDuration, nil), 800)
	require.Zero(t, tt.Totals().Tracking.Lost)
}

// A Flush that was cancelled keeps what it did not write.
func TestACancelledFlushKeepsEverything(t *testing.T) {
	tt := setup(t, nil)
	for range 3 {
		tt.Record(t.Context(), costs.Observation{Duration: ms})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, tt.Flush(ctx), context.Canceled)
	require.NoError(t, tt.Flush(t.Context()))
	require.Len(t, tt.sink.Values(costs.MetricBilledDuration, nil), 3)
}

// Clocks that jump, and durations that cannot be, make no line that is dropped.
func TestOddObservationsMakeValidLines(t *testing.T) {
	tt := setup(t, nil)
	for _, o := range []costs.Observation{
		{Duration: -time.Hour}, {Duration: 0}, {Duration: 1}, {Duration: 15 * time.Minute}, {Init: -1}, {CPU: -1},
		{Labels: costs.Labels{Route: strings.Repeat("ä", 2000), Tenant: ":", Operation: "\x00\n\"\\"}},
	} {
		tt.clock.step(-time.Hour)
		tt.Record(t.Context(), o)
		tt.clock.step(2 * time.Hour)
		require.NoError(t, tt.Flush(t.Context()))
	}
	require.Len(t, tt.sink.Values(costs.MetricBilledDuration, nil), 7)
}

// Lambda bills a timeout by the limit and SnapStart's restore in the billed
// duration: what was reported is what was billed, and not what follows from the
// duration.
func TestReconcileBelievesTheBilledDuration(t *testing.T) {
	tt := setup(t, nil)
	for range 2 {
		tt.Record(t.Context(), costs.Observation{Duration: time.Second})
	}
	totals := tt.Totals()
	timeout := strings.ReplaceAll("REPORT RequestId: a|Duration: 120000.64 ms|Billed Duration: 120000 ms|Memory Size: 128 MB|Max Memory Used: 20 MB|Status: timeout\n", "|", "\t")
	r, err := costs.Reconcile(&totals, costs.Reports(strings.NewReader(timeout+report("b", 1000))), nil)
	require.NoError(t, err)
	require.Equal(t, 121*time.Second, r.ReportedBilled)
	require.Equal(t, usd(t, "0.0000004").Add(usd(t, "0.0000166667").MulDiv(121_000, 8000)), r.Reported)
	require.Less(t, r.Deviation(), -0.9)
}

// An error in the middle of the reports is returned and nothing is half compared.
func TestReconcileStopsAtAnError(t *testing.T) {
	tt := setup(t, nil)
	totals := tt.Totals()
	boom := errors.New("boom")
	r, err := costs.Reconcile(&totals, func(yield func(*costs.Report, error) bool) {
		one, err := costs.ParseReport(report("a", 1))
		_ = yield(one, err) && yield(nil, boom) && yield(one, nil)
	}, nil)
	require.ErrorIs(t, err, boom)
	require.Nil(t, r)
}
