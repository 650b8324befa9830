package costs_test

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

// families are kinds of functions, each with its own way to answer to memory. The
// last three were added when the rules of the search had been chosen, and the steps
// when one of them was missed.
var families = map[string]func(*rand.Rand) func(memoryMB float64) (ms float64){
	"waits": func(r *rand.Rand) func(float64) float64 {
		wait, cpu := between(r, 20, 2000), between(r, 0.5, 10)
		return func(m float64) float64 { return wait + cpu*max(1, 1769/m) }
	},
	"waits only": func(r *rand.Rand) func(float64) float64 {
		wait := between(r, 1, 2000)
		return func(float64) float64 { return wait }
	},
	"computes": func(r *rand.Rand) func(float64) float64 {
		cpu, exponent := between(r, 5, 5000), 1+0.4*r.Float64()
		return func(m float64) float64 { return cpu * math.Pow(max(1, 1769/m), exponent) }
	},
	"both": func(r *rand.Rand) func(float64) float64 {
		wait, cpu, exponent := between(r, 1, 400), between(r, 1, 400), 0.8+1.2*r.Float64()
		return func(m float64) float64 { return wait + cpu*math.Pow(max(1, 1769/m), exponent) }
	},
	"collects garbage": func(r *rand.Rand) func(float64) float64 { // ever more below some size
		wait, cpu, need, price := between(r, 5, 300), between(r, 1, 100), between(r, 150, 1500), between(r, 1, 8)
		return func(m float64) float64 {
			return (wait + cpu*max(1, 1769/m)) * (1 + price*max(0, need/m-1))
		}
	},
	"many threads": func(r *rand.Rand) func(float64) float64 {
		wait, cpu, parallel := between(r, 1, 50), between(r, 20, 3000), r.Float64()
		return func(m float64) float64 {
			cores := m / 1769
			return wait + cpu*((1-parallel)/min(1, cores)+parallel/min(6, cores))
		}
	},
	"any elasticity": func(r *rand.Rand) func(float64) float64 { // another one in each octave
		fastest := between(r, 2, 500)
		knots := []float64{128, 256, 512, 1024, 1769, 10240}
		elasticity := []float64{1.5 * r.Float64(), 1.5 * r.Float64(), 1.5 * r.Float64(), 1.5 * r.Float64(), 0.3 * r.Float64()}
		return func(m float64) float64 {
			log := math.Log(fastest)
			for i, e := range elasticity {
				log += e * max(0, math.Log(knots[i+1]/max(m, knots[i])))
			}
			return math.Exp(log)
		}
	},
	"has enough at once": func(r *rand.Rand) func(float64) float64 {
		least, most := between(r, 5, 200), between(r, 1.2, 20)
		middle, width := math.Log(between(r, 128, 1200)), 0.1+0.8*r.Float64()
		return func(m float64) float64 {
			return least * (1 + (most-1)/(1+math.Exp((math.Log(m)-middle)/width)))
		}
	},
	"two kinds of events": func(r *rand.Rand) func(float64) float64 {
		rare, usual, wait, cpu := 0.3*r.Float64(), between(r, 2, 50), between(r, 50, 2000), between(r, 1, 300)
		return func(m float64) float64 {
			slowed := max(1, 1769/m)
			return (1-rare)*(usual+2*slowed) + rare*(wait+cpu*math.Pow(slowed, 1.3))
		}
	},
	"throttled in periods": func(r *rand.Rand) func(float64) float64 { // of 20 ms
		wait, cpu := between(r, 1, 100), between(r, 0.5, 400)
		return func(m float64) float64 {
			quota := 20 * min(1, m/1769)
			stalls := 0.0
			if m < 1769 {
				stalls = math.Floor(cpu / quota)
			}
			return wait + cpu + stalls*(20-quota)
		}
	},
	"has enough from a step on": func(r *rand.Rand) func(float64) float64 {
		wait, cpu, step, times := between(r, 2, 1000), between(r, 0.5, 10), between(r, 129, 1769), between(r, 1.5, 32)
		return func(m float64) float64 {
			ms := wait + cpu*max(1, 1769/m)
			if m < step {
				ms *= times
			}
			return ms
		}
	},
}

// between draws evenly on a logarithmic scale.
func between(r *rand.Rand, low, high float64) float64 { return low * math.Pow(high/low, r.Float64()) }

// curvesPerFamily is more in the long proof.
func curvesPerFamily(t *testing.T) int {
	text := os.Getenv("THAW_COSTS_CURVES")
	if text == "" {
		return 2
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// The search finds nearly the cheapest size of functions of every kind, wherever
// it begins, with the noise of production and drift between the runs.
func TestSequenceOnFamiliesOfCurves(t *testing.T) {
	n := curvesPerFamily(t)
	for _, noise := range []bool{false, true} {
		var regrets []float64
		total := 0
		for name, family := range families {
			for i := range n {
				for _, start := range []int{128, 512, 1024, 3008} {
					regret, measured := searchCurve(t, family, uint64(i), start, noise)
					require.Less(t, regret, 1.0, "%s %d from %d MB: never twice the cheapest", name, i, start)
					regrets = append(regrets, regret)
					total += measured
				}
			}
		}
		slices.Sort(regrets)
		mean := float64(total) / float64(len(regrets))
		t.Logf("noise %v: %d searches, p50 %.3f p90 %.3f p99 %.3f max %.3f, %.2f sizes measured on average", noise, len(regrets),
			quantile(regrets, 0.5), quantile(regrets, 0.9), quantile(regrets, 0.99), quantile(regrets, 1), mean)
		require.LessOrEqual(t, quantile(regrets, 0.9), 0.05)
		require.Less(t, mean, 4.5)
	}
}

// searchCurve searches one function of a family and returns how much dearer than
// the cheapest the answer is, and how many sizes were measured.
func searchCurve(t *testing.T, family func(*rand.Rand) func(float64) float64, seed uint64, start int, noise bool) (float64, int) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 7))
	mean := family(random)
	c := curve{sizes: []int{128, 256, 512, 1024, 1536, 2048, 3008}, points: make(map[int]time.Duration)}
	for _, size := range c.sizes {
		c.points[size] = time.Duration(mean(float64(size)) * float64(time.Millisecond))
	}
	w := &coststest.Workload{Seed: seed, Mean: func(m int) time.Duration { return c.points[m] }, MaxMemoryMB: 30 + random.IntN(110)}
	n := 60
	if noise {
		w.Variation, w.Drift = between(random, 0.1, 1.3), 0.05+0.05*random.Float64()
		w.ColdShare, w.Init = 0.01, 200*ms
		n = 200
	}
	r, measured := descend(t, w, c.sizes, start, n, "monday", "tuesday", "wednesday")
	cheapest := math.Inf(1)
	for _, size := range c.sizes {
		if size >= r.FloorMB {
			cheapest = min(cheapest, c.cost(size))
		}
	}
	require.GreaterOrEqual(t, r.MemoryMB, r.FloorMB)
	require.Zero(t, r.NextMB)
	return c.cost(r.MemoryMB)/cheapest - 1, measured
}

// Between two sizes far apart a step may hide, also where neither is the best.
func TestAStepBetweenMeasuredSizesIsLookedFor(t *testing.T) {
	points := map[int]time.Duration{128: 100 * ms, 256: 90 * ms, 3008: 5 * ms}
	w := &coststest.Workload{Mean: func(m int) time.Duration { return points[m] }}
	var samples []costs.Sample
	for size := range points {
		samples = append(samples, w.Samples(size, 60)...)
	}
	r, err := costs.RightSize(samples, &costs.RightSizeOptions{Sizes: []int{128, 256, 512, 1024, 3008}})
	require.NoError(t, err)
	require.Equal(t, 128, r.MemoryMB)
	require.Equal(t, 512, r.NextMB)
}

// The processor time rules a step out: the function computes all the time.
func TestProcessorTimeRulesAStepOut(t *testing.T) {
	w := &coststest.Workload{Mean: func(int) time.Duration { return 100 * ms }}
	samples := append(w.Samples(128, 60), append(w.Samples(256, 60), w.Samples(512, 60)...)...)
	o := &costs.RightSizeOptions{CurrentMB: 128}
	r, err := costs.RightSize(samples, o)
	require.NoError(t, err)
	require.Equal(t, 1769, r.NextMB)
	for i := range samples {
		samples[i].CPU = 90 * ms
	}
	r, err = costs.RightSize(samples, o)
	require.NoError(t, err)
	require.Zero(t, r.NextMB)

	// Unless it may be that of collecting garbage.
	w.MaxMemoryMB = 500
	samples = append(w.Samples(640, 60), w.Samples(1024, 60)...)
	for i := range samples {
		samples[i].CPU = 90 * ms
	}
	r, err = costs.RightSize(samples, nil)
	require.NoError(t, err)
	require.Equal(t, 640, r.MemoryMB)
	require.Equal(t, 1769, r.NextMB)
}
