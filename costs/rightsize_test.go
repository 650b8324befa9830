package costs_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

// Where memory buys nothing, batches still differ from run to run, by an amount
// that differs from function to function. A naive test on the samples alone takes
// most of these differences for real.
func TestDriftIsNotTakenForASaving(t *testing.T) {
	const pairs = 250
	faster, naive := 0, 0
	for i := range pairs {
		drift := []float64{0.03, 0.05, 0.057, 0.07, 0.096}[i%5]
		w := &coststest.Workload{
			Seed: uint64(i), Mean: func(int) time.Duration { return 50 * ms }, Variation: 0.3, Drift: drift,
		}
		samples := append(w.Samples(512, 300), w.Samples(1024, 300)...)
		r, err := costs.RightSize(samples, &costs.RightSizeOptions{Strategy: costs.Fastest, CurrentMB: 512})
		require.NoError(t, err)
		back, err := costs.RightSize(samples, &costs.RightSizeOptions{Strategy: costs.Fastest, CurrentMB: 1024})
		require.NoError(t, err)
		if r.TimeSaving.Low > 0 || back.TimeSaving.Low > 0 {
			faster++
		}
		require.Equal(t, r.TimeSaving.Low > 0.03, r.Faster)
		if significant(samples[:300], samples[300:]) {
			naive++
		}
	}
	t.Logf("claimed in %d of %d pairs, by a naive test in %d", faster, pairs, naive)
	require.LessOrEqual(t, faster, pairs/20)
	require.Greater(t, naive, pairs/2, "else the test proves nothing")
}

// significant is Welch's test at 95 %, which knows no runs.
func significant(a, b []costs.Sample) bool {
	mean := func(s []costs.Sample) (m, se2 float64) {
		for _, x := range s {
			m += float64(x.Duration) / float64(len(s))
		}
		for _, x := range s {
			d := float64(x.Duration) - m
			se2 += d * d / float64(len(s)*(len(s)-1))
		}
		return m, se2
	}
	ma, va := mean(a)
	mb, vb := mean(b)
	return math.Abs(ma-mb) > 1.96*math.Sqrt(va+vb)
}

func TestASavingIsClaimedWhereThereIsOne(t *testing.T) {
	w := &coststest.Workload{Mean: coststest.Waiting(200*ms, 5*ms), Variation: 0.5, Drift: 0.03, ColdShare: 0.02, Init: 300 * ms}
	samples := append(w.Samples(1024, 300, "a", "b", "c"), w.Samples(256, 300, "a", "b", "c")...)
	r, err := costs.RightSize(samples, &costs.RightSizeOptions{
		Region: "eu-west-1", Architecture: costs.ARM64, CurrentMB: 1024, InvocationsPerMonth: 10_000_000,
	})
	require.NoError(t, err)
	require.Equal(t, 256, r.MemoryMB)
	require.Equal(t, 1024, r.CurrentMB)
	require.True(t, r.Proven)
	require.False(t, r.Faster)
	require.True(t, r.Priced)
	// (1 - 235/834 of the compute) of $2.9 and $0.2 per million
	require.InDelta(t, 0.66, r.Saving.Estimate, 0.03)
	require.Less(t, r.Saving.Low, r.Saving.Estimate)
	require.Greater(t, r.Saving.High, r.Saving.Estimate)
	require.InDelta(t, 19, r.Monthly.Float64(), 2)
	require.Equal(t, 128, r.NextMB)
	require.Equal(t, 128, r.FloorMB)

	require.Len(t, r.Sizes, 2)
	require.InDelta(t, 1, r.Sizes[1].RelativeCost, 0)
	require.InEpsilon(t, 1-r.Saving.Estimate, r.Sizes[0].Cost.Float64()/r.Sizes[1].Cost.Float64(), 1e-9)
	require.Equal(t, 30, r.Sizes[0].Environments)
	require.Equal(t, 3, r.Sizes[0].Runs)
	require.NotEmpty(t, r.Notes)
}

// One run each at 10 % difference proves nothing, whatever the number of samples.
func TestASmallSavingFromSingleRunsIsNotProven(t *testing.T) {
	mean := map[int]time.Duration{512: 100 * ms, 1024: 44 * ms}
	w := &coststest.Workload{Mean: func(m int) time.Duration { return mean[m] }, Variation: 0.3}
	samples := append(w.Samples(512, 5000), w.Samples(1024, 5000)...)
	r, err := costs.RightSize(samples, &costs.RightSizeOptions{CurrentMB: 512})
	require.NoError(t, err)
	require.Equal(t, 1024, r.MemoryMB)
	require.InDelta(t, 0.12, r.Saving.Estimate, 0.02)
	require.False(t, r.Proven)
	require.True(t, r.Faster)
	require.False(t, r.Priced)
	require.Equal(t, costs.USD{}, r.Monthly)
}

// Above one processor more memory cannot pay for a single thread, so the search
// ends there; for speed it goes on.
func TestTheSearchEndsAtOneProcessor(t *testing.T) {
	c := map[int]time.Duration{1024: 100 * ms, 1769: 40 * ms, 2048: 40 * ms}
	w := &coststest.Workload{Mean: func(m int) time.Duration { return c[m] }, MaxMemoryMB: 800} // the floor is 1,024 MB
	var samples []costs.Sample
	for _, step := range []struct {
		measured, best int
		next           map[costs.Strategy]int
	}{
		{2048, 2048, nil},
		{1024, 2048, map[costs.Strategy]int{costs.Cheapest: 1769, costs.Balanced: 1769, costs.Fastest: 4096}},
		{1769, 1769, map[costs.Strategy]int{costs.Cheapest: 0, costs.Balanced: 0, costs.Fastest: 0}},
	} {
		samples = append(samples, w.Samples(step.measured, 60)...)
		for strategy, want := range step.next {
			r, err := costs.RightSize(samples, &costs.RightSizeOptions{Strategy: strategy})
			require.NoError(t, err)
			require.Equal(t, step.best, r.MemoryMB, strategy)
			require.Equal(t, want, r.NextMB, strategy)
		}
	}
}

// Three days of one size and then three of the other are two blocks: only days
// that both sizes share are independent runs.
func TestDaysCountAsRunsOnlyWhenShared(t *testing.T) {
	w := &coststest.Workload{Mean: coststest.Waiting(100*ms, 0), Variation: 0.3}
	week := func(first int) (samples []costs.Sample) {
		for day := range 3 {
			for _, s := range w.Samples(512*(1+first/100), 100) {
				s.Run, s.Time = "", s.Time.AddDate(0, 0, first+day)
				samples = append(samples, s)
			}
		}
		return samples
	}
	width := func(samples []costs.Sample) float64 {
		r, err := costs.RightSize(samples, &costs.RightSizeOptions{CurrentMB: 1024})
		require.NoError(t, err)
		return r.Saving.High - r.Saving.Low
	}
	apart := append(week(0), week(100)...)
	together := slices.Clone(apart)
	for i := range together[300:] {
		together[300+i].Time = together[i].Time
	}
	require.Greater(t, width(apart)/width(together), 1.4)
}

// The interval covers the true saving about as often as it says.
func TestTheIntervalCoversTheTruth(t *testing.T) {
	const trials = 200
	covered := 0
	for i := range trials {
		w := &coststest.Workload{Seed: uint64(i), Mean: coststest.Waiting(50*ms, 20*ms), Variation: 0.5, Drift: 0.05}
		runs := []string{"a", "b", "c", "d"}
		samples := append(w.Samples(512, 100, runs...), w.Samples(1024, 100, runs...)...)
		r, err := costs.RightSize(samples, &costs.RightSizeOptions{CurrentMB: 512, Strategy: costs.Fastest})
		require.NoError(t, err)
		truth := 1 - float64(w.Mean(1024))/float64(w.Mean(512))
		if r.TimeSaving.Low <= truth && truth <= r.TimeSaving.High {
			covered++
		}
	}
	t.Logf("covered in %d of %d", covered, trials)
	require.Greater(t, covered, trials*90/100)
}

func TestStrategies(t *testing.T) {
	// 20 % cheaper at each halving, and 40 % slower
	c := map[int]time.Duration{256: 240 * ms, 512: 150 * ms, 1024: 100 * ms, 1769: 98 * ms}
	w := &coststest.Workload{Mean: func(m int) time.Duration { return c[m] }}
	var samples []costs.Sample
	for _, size := range []int{256, 512, 1024, 1769} {
		samples = append(samples, w.Samples(size, 60)...)
	}
	for name, want := range map[string]struct {
		options costs.RightSizeOptions
		size    int
	}{
		"cheapest":              {costs.RightSizeOptions{}, 256},
		"fastest within 5 %":    {costs.RightSizeOptions{Strategy: costs.Fastest}, 1024},
		"balanced":              {costs.RightSizeOptions{Strategy: costs.Balanced}, 512 * 2},
		"balanced, mostly cost": {costs.RightSizeOptions{Strategy: costs.Balanced, CostWeight: 1}, 256},
		"balanced, mostly time": {costs.RightSizeOptions{Strategy: costs.Balanced, CostWeight: 0.01}, 1769},
		"under a quota":         {costs.RightSizeOptions{Strategy: costs.Fastest, MaxMemoryMB: 512}, 512},
	} {
		r, err := costs.RightSize(samples, &want.options)
		require.NoError(t, err, name)
		require.Equal(t, want.size, r.MemoryMB, name)
	}
}

func TestEqualCostTakesTheFaster(t *testing.T) {
	c := map[int]time.Duration{512: 200 * ms, 1024: 101 * ms}
	w := &coststest.Workload{Mean: func(m int) time.Duration { return c[m] }}
	r, err := costs.RightSize(append(w.Samples(512, 60), w.Samples(1024, 60)...), nil)
	require.NoError(t, err)
	require.Equal(t, 1024, r.MemoryMB)
}

// INIT takes the same time at every size, so cold starts make memory dear.
func TestInitCountsAgainstMemory(t *testing.T) {
	c := map[int]time.Duration{512: 100 * ms, 1024: 45 * ms}
	for share, want := range map[float64]int{0: 1024, 0.2: 512} {
		w := &coststest.Workload{Mean: func(m int) time.Duration { return c[m] }, ColdShare: share, Init: time.Second}
		r, err := costs.RightSize(append(w.Samples(512, 200), w.Samples(1024, 200)...), nil)
		require.NoError(t, err)
		require.Equal(t, want, r.MemoryMB)
	}
}

func TestNeverBelowTheFloor(t *testing.T) {
	for used, floor := range map[int]int{1: 128, 102: 128, 103: 192, 300: 384, 400: 512, 410: 576} {
		w := &coststest.Workload{Mean: coststest.Waiting(100*ms, 0), MaxMemoryMB: used}
		r, err := costs.RightSize(append(w.Samples(1024, 60), w.Samples(2048, 60)...), nil)
		require.NoError(t, err)
		require.Equal(t, floor, r.FloorMB)
		require.Equal(t, 1024, r.MemoryMB)
		require.GreaterOrEqual(t, r.NextMB, floor)
	}
	w := &coststest.Workload{Mean: coststest.Waiting(100*ms, 0), MaxMemoryMB: 450}
	r, err := costs.RightSize(append(w.Samples(512, 60), w.Samples(1024, 60)...), nil)
	require.NoError(t, err)
	require.Equal(t, 1024, r.MemoryMB, "512 MB is cheaper and leaves 62 MB")
	require.Equal(t, costs.BelowFloor, r.Sizes[0].Excluded)
}

func TestForecastFromOneSize(t *testing.T) {
	w := &coststest.Workload{Mean: coststest.Waiting(100*ms, 20*ms)} // 169 ms at 512 MB
	samples := w.Samples(512, 60)
	for i := range samples {
		samples[i].CPU = 20 * ms
	}
	r, err := costs.RightSize(samples, nil)
	require.NoError(t, err)
	require.Equal(t, 512, r.MemoryMB)
	require.Equal(t, 256, r.NextMB)
	truth := w.Mean(256)
	require.LessOrEqual(t, r.Next.Least, truth)
	require.GreaterOrEqual(t, r.Next.Most, truth)
	require.InDelta(t, float64(120*ms), float64(r.Next.Least), float64(ms))
}

func TestReportSample(t *testing.T) {
	for line, want := range map[string]costs.Outcome{
		goodLine:                     costs.Succeeded,
		goodLine + "Status: error":   costs.Failed,
		goodLine + "Status: timeout": costs.TimedOut,
		goodLine + "Status: error\tError Type: Runtime.OutOfMemory": costs.OutOfMemory,
	} {
		r, err := costs.ParseReport(line)
		require.NoError(t, err)
		s := r.Sample()
		require.Equal(t, want, s.Outcome)
		require.Equal(t, 2048, s.MemoryMB)
		require.Equal(t, 64, s.MaxMemoryMB)
		require.Equal(t, 170*ms, s.Billed)
		require.True(t, s.Cold)
	}
}

// The interval of a size's cost lies around the cost and is no wider than that of
// its time, of which the request does not vary.
func TestCostInterval(t *testing.T) {
	w := &coststest.Workload{Mean: coststest.Waiting(20*ms, 20*ms), Variation: 0.4}
	samples := append(w.Samples(1024, 400, "a", "b"), w.Samples(512, 400, "a", "b")...)
	for _, region := range []string{"us-east-1", ""} {
		t.Setenv("AWS_REGION", region)
		r, err := costs.RightSize(samples, &costs.RightSizeOptions{CurrentMB: 1024})
		require.NoError(t, err)
		for _, size := range r.Sizes {
			want := size.RelativeCost
			if region != "" {
				want = size.Cost.Float64()
			}
			require.InEpsilon(t, want, size.CostInterval.Estimate, 1e-9)
			require.Less(t, size.CostInterval.Low, want)
			require.Greater(t, size.CostInterval.High, want)
			width := func(i costs.Interval) float64 { return math.Log(i.High / i.Low) }
			require.LessOrEqual(t, width(size.CostInterval), width(size.Milliseconds)*1.001, "billed time is rounded")
		}
	}
}
