package costs_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

func TestRightSizeRefuses(t *testing.T) {
	w := &coststest.Workload{Mean: coststest.Waiting(100*ms, 20*ms)}
	with := func(change func(i int, s *costs.Sample)) []costs.Sample {
		samples := append(w.Samples(512, 60), w.Samples(1024, 60)...)
		for i := range samples {
			change(i, &samples[i])
		}
		return samples
	}
	good := with(func(int, *costs.Sample) {})
	for want, c := range map[costs.Reason]struct {
		samples []costs.Sample
		options *costs.RightSizeOptions
	}{
		costs.NoSamples:           {nil, nil},
		costs.InvalidSample:       {with(func(i int, s *costs.Sample) { s.Duration *= time.Duration(min(i, 1)) }), nil},
		costs.TooFewSamples:       {with(func(_ int, s *costs.Sample) { s.Cold = s.Environment != "run-512-1" }), nil},
		costs.TooFewEnvironments:  {with(func(_ int, s *costs.Sample) { s.Environment = "" }), nil},
		costs.TooShort:            {with(func(_ int, s *costs.Sample) { s.Time = time.Time{} }), nil},
		costs.OneSize:             {w.Samples(512, 60), nil},
		costs.CurrentNotMeasured:  {good, &costs.RightSizeOptions{CurrentMB: 256}},
		costs.MemoryExhausted:     {with(func(_ int, s *costs.Sample) { s.Outcome = costs.OutOfMemory }), nil},
		costs.Timeouts:            {with(func(i int, s *costs.Sample) { s.Outcome = costs.Outcome(2 * (i % 2)) }), nil},
		costs.BelowFloor:          {with(func(_ int, s *costs.Sample) { s.MaxMemoryMB = 1000 }), nil},
		costs.AboveQuota:          {with(func(_ int, s *costs.Sample) { s.MaxMemoryMB = 9000 }), nil},
		costs.NoMemoryUse:         {with(func(_ int, s *costs.Sample) { s.MaxMemoryMB = 0 }), nil},
		costs.EmulatedSamples:     {with(func(_ int, s *costs.Sample) { s.MaxMemoryMB = s.MemoryMB }), nil},
		costs.UnpricedEnvironment: {with(func(_ int, s *costs.Sample) { s.Managed = true }), nil},
		costs.UnpricedRegion:      {good, &costs.RightSizeOptions{Region: "us-west-9"}},
		costs.MixedVersions:       {with(func(i int, s *costs.Sample) { s.Version = []string{"1", "2"}[i/60] }), nil},
		costs.MixedArchitectures:  {with(func(i int, s *costs.Sample) { s.Architecture = []costs.Architecture{costs.X86, costs.ARM64}[i/60] }), nil},
		costs.MixedPayloads:       {with(func(i int, s *costs.Sample) { s.PayloadBytes = int64(100 + i) }), nil},
	} {
		r, err := costs.RightSize(c.samples, c.options)
		require.Nil(t, r, want)
		require.ErrorIs(t, err, costs.ErrRefused, want)
		var refusal *costs.RefusalError
		require.ErrorAs(t, err, &refusal, want)
		require.Equal(t, want, refusal.Reason)
		require.NotEmpty(t, refusal.Collect)
	}
	full := w.Samples(512, 60)
	for i := range full {
		full[i].MaxMemoryMB = 512
	}
	_, err := costs.RightSize(full, nil)
	var refusal *costs.RefusalError
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, costs.EmulatedSamples, refusal.Reason, "one size is enough to tell")
	require.Equal(t, 1024, refusal.NextMB, "and another, if it is none")
	full[0].MaxMemoryMB = 500
	_, err = costs.RightSize(full, nil)
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, costs.BelowFloor, refusal.Reason)
	require.Equal(t, 1024, refusal.NextMB)

	_, err = costs.RightSize(good, &costs.RightSizeOptions{Region: "us-west-9"})
	require.ErrorIs(t, err, costs.ErrUnknownRegion)
	_, err = costs.RightSize(with(func(_ int, s *costs.Sample) { s.Emulated = true }), nil)
	require.ErrorIs(t, err, costs.ErrRefused)
	_, err = costs.RightSize(with(func(i int, s *costs.Sample) { s.PayloadBytes = int64(100 + i%60) }), nil)
	require.NoError(t, err)
}

func TestRightSizeNamesTheOption(t *testing.T) {
	for field, options := range map[string]costs.RightSizeOptions{
		"Architecture":        {Architecture: "mips"},
		"Strategy":            {Strategy: 9},
		"CostWeight":          {CostWeight: 1.5},
		"Headroom":            {Headroom: 0.5},
		"MaxMemoryMB":         {MaxMemoryMB: 64},
		"InvocationsPerMonth": {InvocationsPerMonth: -1},
		"MinSamples":          {MinSamples: 1},
		"MinEnvironments":     {MinEnvironments: -1},
		"MinSpan":             {MinSpan: -1},
		"RunVariation":        {RunVariation: -1},
	} {
		_, err := costs.RightSize(nil, &options)
		require.ErrorContains(t, err, "costs: RightSizeOptions."+field+": must")
	}
}

func TestSizesThatFailLeadUp(t *testing.T) {
	w := &coststest.Workload{Mean: coststest.Waiting(100*ms, 0), MaxMemoryMB: 200}
	options := &costs.RightSizeOptions{CurrentMB: 128}

	_, err := costs.RightSize(w.Samples(128, 60), options)
	var refusal *costs.RefusalError
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, costs.MemoryExhausted, refusal.Reason)
	require.Equal(t, 256, refusal.NextMB)

	r, err := costs.RightSize(append(w.Samples(128, 60), w.Samples(256, 60)...), options)
	require.NoError(t, err)
	require.Equal(t, 256, r.MemoryMB)
	require.Equal(t, costs.Interval{}, r.Saving, "there is no cost to compare with")
	require.Zero(t, r.Sizes[0].RelativeCost)

	for want, options := range map[int]*costs.RightSizeOptions{
		300: {Sizes: []int{128, 200, 300, 1024}},
		200: {Sizes: []int{128, 200, 1024}, MaxMemoryMB: 512},
		0:   {Sizes: []int{128, 1024}, MaxMemoryMB: 512},
	} {
		_, err = costs.RightSize(w.Samples(128, 60), options)
		require.ErrorAs(t, err, &refusal)
		require.Equal(t, want, refusal.NextMB)
	}

	slow := (&coststest.Workload{Mean: coststest.Waiting(100*ms, 0)}).Samples(256, 1000)
	slow[0].Outcome, slow[1].Outcome = costs.TimedOut, costs.TimedOut
	_, err = costs.RightSize(slow, nil)
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, costs.Timeouts, refusal.Reason)
	require.Equal(t, 512, refusal.NextMB)
}

// Where the quota and the floor leave one size, there is nothing else to measure.
func TestTheOnlySizeThereIsIsAnAnswer(t *testing.T) {
	w := &coststest.Workload{Mean: coststest.Waiting(100*ms, 20*ms), MaxMemoryMB: 2300}
	for _, options := range []*costs.RightSizeOptions{
		{MaxMemoryMB: 3008},
		{Sizes: []int{128, 1024, 2048, 3008}},
	} {
		r, err := costs.RightSize(w.Samples(3008, 60), options)
		require.NoError(t, err)
		require.Equal(t, 3008, r.MemoryMB)
		require.Zero(t, r.NextMB)
		require.False(t, r.Proven)
	}
}
