package costs_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

func TestNewTrackerNamesTheOption(t *testing.T) {
	for want, change := range map[string]func(*costs.TrackerOptions){
		"costs: TrackerOptions.Region: must be set":                func(o *costs.TrackerOptions) { o.Region = "" },
		"costs: TrackerOptions.Architecture: must be x86_64":       func(o *costs.TrackerOptions) { o.Architecture = "mips" },
		"costs: TrackerOptions.MemoryMB: must be from 128":         func(o *costs.TrackerOptions) { o.MemoryMB = 64 },
		"costs: TrackerOptions.StorageMB: must be from 512":        func(o *costs.TrackerOptions) { o.StorageMB = 100 },
		"costs: TrackerOptions.FlushCount: must be from 1 to 100":  func(o *costs.TrackerOptions) { o.FlushCount = 101 },
		"costs: TrackerOptions.FlushInterval: must be above 0":     func(o *costs.TrackerOptions) { o.FlushInterval = -1 },
		"costs: TrackerOptions.MaxLabels: must be at least 1":      func(o *costs.TrackerOptions) { o.MaxLabels = -1 },
		"costs: TrackerOptions.Function: must be printable":        func(o *costs.TrackerOptions) { o.Function = "é" },
		"costs: TrackerOptions.Budgets: must each":                 func(o *costs.TrackerOptions) { o.Budgets = make([]costs.Budget, 1) },
		"costs: TrackerOptions.Namespace: emf: namespace":          func(o *costs.TrackerOptions) { o.Namespace = "AWS/x" },
		"costs: TrackerOptions.Region: costs: price of":            func(o *costs.TrackerOptions) { o.Region = "us-west-9" },
		`costs: TrackerOptions.Region: costs: price of lambda.sto`: func(o *costs.TrackerOptions) { o.Region, o.StorageMB = "il-central-1", 1024 },
	} {
		options := &costs.TrackerOptions{Region: "us-east-1", MemoryMB: 128, Architecture: costs.X86}
		change(options)
		_, err := costs.NewTracker(options)
		require.ErrorContains(t, err, want)
	}
}

func TestTrackerReadsTheEnvironmentOfLambda(t *testing.T) {
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "gigs-api")
	t.Setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")
	t.Setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
	t.Setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
	sink := new(coststest.Sink)
	tracker, err := costs.NewTracker(&costs.TrackerOptions{Output: sink})
	require.NoError(t, err)
	tracker.Record(t.Context(), costs.Observation{Duration: ms})
	_, err = tracker.Wrap(handlerFunc(func(context.Context, []byte) ([]byte, error) { return nil, nil })).Invoke(t.Context(), nil)
	require.NoError(t, err)

	totals := tracker.Totals()
	require.Equal(t, "eu-west-1", totals.Region)
	require.Equal(t, 1769, totals.MemoryMB)
	require.Equal(t, costs.OnDemand, totals.Environment)
	require.Equal(t, int64(1), totals.Total.ColdStarts, "the time since the process started is INIT")
	require.Equal(t, "gigs-api", sink.Lines()[0].Dimensions["function"])
}
