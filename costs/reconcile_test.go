package costs_test

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

func TestReconcile(t *testing.T) {
	log := coststest.NewLog(&coststest.LogOptions{Invocations: 200, Init: 250 * ms, Spoof: 3})
	tt := setup(t, nil)
	for _, r := range log.Reports { // the handler is a millisecond shorter than what is billed
		tt.Record(t.Context(), costs.Observation{Duration: r.Duration - ms, Uses: []costs.Use{{Item: costs.SQSRequests, Quantity: 1}}})
	}
	totals := tt.Totals()
	r, err := costs.Reconcile(&totals, costs.Reports(strings.NewReader(log.Text+strings.ReplaceAll(report("x", 1), "128 MB", "256 MB"))), nil)
	require.NoError(t, err)

	var billed time.Duration
	for _, report := range log.Reports {
		billed += report.BilledDuration
	}
	require.Equal(t, int64(200), r.EstimatedInvocations)
	require.Equal(t, int64(200), r.ReportedInvocations)
	require.Equal(t, billed, r.ReportedBilled)
	require.Equal(t, billed-200*ms-250*ms, r.EstimatedBilled)
	require.Equal(t, (450*ms)/200, r.PerInvocation())
	require.Equal(t, int64(1), r.ColdStarts)
	require.Equal(t, int64(4), r.Unreadable, "three spoofed, and one that was not started")
	want := usd(t, "0.0000002").Mul(200).Add(usd(t, "0.0000166667").MulDiv(billed.Milliseconds(), 8000))
	require.Equal(t, want.Round(18), r.Reported.Round(18))
	require.InDelta(t, r.Estimated.Float64()/r.Reported.Float64()-1, r.Deviation(), 1e-9)
	require.Negative(t, r.Deviation())
}

func TestReconcileLeavesOtherMemoryOut(t *testing.T) {
	tt := setup(t, nil)
	totals := tt.Totals()
	r, err := costs.Reconcile(&totals, costs.Reports(strings.NewReader(strings.ReplaceAll(report("x", 1), "128 MB", "256 MB"))), nil)
	require.NoError(t, err)
	require.Equal(t, int64(1), r.OtherMemory)
	require.Zero(t, r.ReportedInvocations)
	require.Zero(t, r.Deviation())
	require.Zero(t, r.PerInvocation())
}

func TestReconcileReturnsErrors(t *testing.T) {
	tt := setup(t, nil)
	totals := tt.Totals()
	boom := errors.New("boom")
	_, err := costs.Reconcile(&totals, costs.Reports(iotest.ErrReader(boom)), nil)
	require.ErrorIs(t, err, boom)
	_, err = costs.Reconcile(&totals, costs.Reports(strings.NewReader(report("x", 1))), new(costs.Prices))
	require.ErrorIs(t, err, costs.ErrUnknownRegion)
	totals.Environment = costs.ManagedInstances
	_, err = costs.Reconcile(&totals, nil, nil)
	require.ErrorIs(t, err, costs.ErrUnknownCost)
}
