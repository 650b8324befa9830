package costs_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

// measured is a recommendation from the given sizes of a function.
func measured(t *testing.T, mean func(int) time.Duration, sizes ...int) *costs.Recommendation {
	t.Helper()
	w := &coststest.Workload{Mean: mean}
	var samples []costs.Sample
	for _, size := range sizes {
		samples = append(samples, w.Samples(size, 60)...)
	}
	r, err := costs.RightSize(samples, nil)
	require.NoError(t, err)
	return r
}

// Each interior point of the published curves is forecast from all the others.
func TestInterpolationOnPublishedCurves(t *testing.T) {
	var errs []float64
	for _, c := range publishedCurves(t) {
		for i := 1; i+1 < len(c.sizes); i++ {
			others := slices.Delete(slices.Clone(c.sizes), i, i+1)
			r := measured(t, func(m int) time.Duration { return c.points[m] }, others...)
			f := r.Forecast(c.sizes[i])
			require.Equal(t, costs.Interpolated, f.Basis)
			require.LessOrEqual(t, f.Least, f.Estimate)
			require.GreaterOrEqual(t, f.Most, f.Estimate)
			errs = append(errs, math.Abs(float64(f.Estimate)/float64(c.points[c.sizes[i]])-1))
		}
	}
	slices.Sort(errs)
	t.Logf("%d points: median %.3f, p90 %.3f", len(errs), quantile(errs, 0.5), quantile(errs, 0.9))
	require.Greater(t, len(errs), 50)
	require.LessOrEqual(t, quantile(errs, 0.5), 0.1)
}

func TestInterpolationIsAPowerOfMemory(t *testing.T) {
	r := measured(t, func(m int) time.Duration { return 1024 * 100 * ms / time.Duration(m) }, 256, 1024)
	require.InDelta(t, float64(200*ms), float64(r.Forecast(512).Estimate), float64(ms)/100)
	require.Equal(t, []time.Duration{100 * ms, 400 * ms}, []time.Duration{r.Forecast(512).Least, r.Forecast(512).Most})
	require.InDelta(t, float64(400*ms), float64(r.Forecast(256).Estimate), float64(ms)/100, "what was measured")
}

// Outside of the sizes the model of a waiting and a computing part is exact where
// the function is like that, and neither part is ever negative.
func TestExtrapolation(t *testing.T) {
	for name, c := range map[string]struct {
		mean  func(int) time.Duration
		at    int
		want  time.Duration
		sizes []int
	}{
		"below":         {coststest.Waiting(100*ms, 20*ms), 128, 0, []int{256, 512, 1024}},
		"above":         {coststest.Waiting(100*ms, 20*ms), 3008, 0, []int{256, 512, 1024}},
		"flat":          {coststest.Waiting(100*ms, 0), 128, 0, []int{1024, 2048}},
		"one processor": {coststest.Waiting(100*ms, 20*ms), 4096, 0, []int{2048, 3008}},
		"rises":         {func(m int) time.Duration { return time.Duration(m) * ms / 10 }, 256, 61440 * time.Microsecond, []int{512, 1024}},
		"falls faster":  {func(m int) time.Duration { return time.Duration(1e9/m/m) * ms }, 1024, 2289 * ms, []int{256, 512}},
	} {
		t.Run(name, func(t *testing.T) {
			f := measured(t, c.mean, c.sizes...).Forecast(c.at)
			if c.want == 0 {
				c.want = c.mean(c.at)
			}
			require.Equal(t, costs.Extrapolated, f.Basis)
			require.InEpsilon(t, float64(c.want), float64(f.Estimate), 0.01)
			require.LessOrEqual(t, f.Least, f.Estimate)
			require.GreaterOrEqual(t, f.Most, f.Estimate)
			require.False(t, f.MayShrink)
			require.Zero(t, f.Saving, "no claim about cost")
		})
	}
}

func TestNoForecastFromNothing(t *testing.T) {
	r := measured(t, coststest.Waiting(100*ms, 20*ms), 512, 1024)
	require.Zero(t, r.Forecast(127))
	require.Zero(t, r.Forecast(10241))
	require.Zero(t, new(costs.Recommendation).Forecast(512))
}

func withCPU(samples []costs.Sample, cpu time.Duration) []costs.Sample {
	for i := range samples {
		samples[i].CPU = cpu
	}
	return samples
}

// A function that mostly waits may shrink, and no other.
func TestOneSizeOfAFunctionThatWaits(t *testing.T) {
	for _, c := range []struct {
		cpu    time.Duration
		used   int
		shrink bool
	}{
		{2 * ms, 64, true},    // 7 ms of 200 at 512 MB
		{11 * ms, 64, true},   // 38
		{12 * ms, 64, false},  // 41: more than a fifth
		{2 * ms, 1000, false}, // the floor is above
		{150 * ms, 64, false}, // computes
	} {
		w := &coststest.Workload{Mean: coststest.Waiting(200*ms, 0), MaxMemoryMB: c.used}
		r, err := costs.RightSize(withCPU(w.Samples(1024, 60), c.cpu), &costs.RightSizeOptions{MaxMemoryMB: 2048})
		if c.used == 1000 {
			require.ErrorIs(t, err, costs.ErrRefused)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, 1024, r.MemoryMB, "only a measured size is recommended")
		require.False(t, r.Proven)
		require.Equal(t, 512, r.NextMB)
		require.Equal(t, costs.ByProcessorTime, r.Next.Basis)
		require.Equal(t, c.shrink, r.Next.MayShrink, c.cpu)
		notes := strings.Join(r.Notes, "\n")
		require.Equal(t, c.shrink, strings.Contains(notes, "Not measured"))
		require.Contains(t, notes, "1024 to 512 MB 17 %")
		if c.shrink {
			require.InDelta(t, 0.5, r.Next.Saving.Estimate, 1e-9, "1 - 512/1024")
			require.LessOrEqual(t, r.Next.Saving.Low, 0.5)
			require.GreaterOrEqual(t, r.Next.Saving.High, 0.5)
			require.Positive(t, r.Next.Saving.Low)
		} else {
			require.Zero(t, r.Next.Saving)
		}
	}
}

func TestOneSizeWithoutProcessorTimeHasBounds(t *testing.T) {
	w := &coststest.Workload{Mean: coststest.Waiting(100*ms, 0)}
	_, err := costs.RightSize(w.Samples(1024, 60), nil)
	var refusal *costs.RefusalError
	require.True(t, errors.As(err, &refusal))
	require.Equal(t, &costs.Forecast{MemoryMB: 512, Basis: costs.Proportional, Least: 100 * ms, Most: 200 * ms}, refusal.Next)
}
