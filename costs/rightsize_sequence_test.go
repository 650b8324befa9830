package costs_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

// curve is the mean duration of a function by memory size.
type curve struct {
	name   string
	sizes  []int
	points map[int]time.Duration
}

// cost is the true cost of an invocation in us-east-1 on x86, request included.
func (c *curve) cost(memoryMB int) float64 {
	billed := math.Ceil(float64(c.points[memoryMB]) / 1e6)
	return float64(memoryMB)*billed*0.0000166667/1_024_000 + 0.0000002
}

// cheapest returns the least cost of any size.
func (c *curve) cheapest() float64 {
	least := math.Inf(1)
	for _, size := range c.sizes {
		least = min(least, c.cost(size))
	}
	return least
}

func publishedCurves(t *testing.T) (curves []curve) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "memory_curves.json"))
	require.NoError(t, err)
	var file struct {
		Curves []struct {
			ID     string
			Points []struct {
				MemoryMB int     `json:"memory_mb"`
				Billed   float64 `json:"billed_ms"`
			}
		}
	}
	require.NoError(t, json.Unmarshal(data, &file))
	for _, from := range file.Curves {
		c := curve{name: from.ID, points: make(map[int]time.Duration)}
		for _, p := range from.Points {
			c.sizes = append(c.sizes, p.MemoryMB)
			c.points[p.MemoryMB] = time.Duration(p.Billed * float64(time.Millisecond))
		}
		curves = append(curves, c)
	}
	require.NotEmpty(t, curves)
	return curves
}

// descend follows NextMB from the given size until there is none, with n samples
// in each run, and returns the last answer and the number of sizes measured.
func descend(t *testing.T, w *coststest.Workload, sizes []int, start, n int, runs ...string) (*costs.Recommendation, int) {
	t.Helper()
	var samples []costs.Sample
	at := start
	for measured := 1; ; measured++ {
		require.LessOrEqual(t, measured, len(sizes))
		samples = append(samples, w.Samples(at, n, runs...)...)
		r, err := costs.RightSize(samples, &costs.RightSizeOptions{Region: "us-east-1", Sizes: sizes})
		var refusal *costs.RefusalError
		switch {
		case errors.As(err, &refusal) && refusal.NextMB > 0:
			at = refusal.NextMB
		case err == nil && r.NextMB > 0:
			at = r.NextMB
		default:
			require.NoError(t, err)
			return r, measured
		}
	}
}

// nearest is the size nearest to another on a logarithmic scale.
func nearest(sizes []int, to int) int {
	distance := func(size int) float64 { return math.Abs(math.Log(float64(size) / float64(to))) }
	return slices.MinFunc(sizes, func(a, b int) int { return cmp.Compare(distance(a), distance(b)) })
}

func quantile(sorted []float64, q float64) float64 {
	return sorted[int(math.Ceil(q*float64(len(sorted))))-1]
}

// Wherever the search begins on a published curve, it ends near the cheapest size.
func TestSequenceOnPublishedCurves(t *testing.T) {
	curves := publishedCurves(t)
	for start, most := range map[int]float64{128: 4.3, 512: 3.8, 1024: 4.1, 3008: 5.2} {
		var regrets []float64
		total := 0
		for _, c := range curves {
			w := &coststest.Workload{Mean: func(m int) time.Duration { return c.points[m] }}
			r, measured := descend(t, w, c.sizes, nearest(c.sizes, start), 60)
			regret := c.cost(r.MemoryMB)/c.cheapest() - 1
			require.Less(t, regret, 0.25, c.name)
			regrets = append(regrets, regret)
			total += measured
		}
		slices.Sort(regrets)
		mean := float64(total) / float64(len(curves))
		t.Logf("from %4d MB: p50 %.3f p90 %.3f max %.3f, %.2f sizes measured on average", start,
			quantile(regrets, 0.5), quantile(regrets, 0.9), quantile(regrets, 1), mean)
		require.LessOrEqual(t, quantile(regrets, 0.9), 0.05)
		require.LessOrEqual(t, mean, most)
	}
}

// synthetic makes up functions: a waiting part, a computing part that slows more
// than in proportion at small sizes, and a plateau above one processor.
func synthetic(random *rand.Rand) curve {
	c := curve{points: make(map[int]time.Duration)}
	wait := time.Duration(math.Exp(random.Float64()*6) * float64(time.Millisecond))
	cpu := time.Duration(math.Exp(random.Float64()*6) * float64(time.Millisecond))
	exponent := 1 + random.Float64()
	for _, size := range []int{128, 256, 512, 1024, 1769, 3008} {
		c.sizes = append(c.sizes, size)
		slowed := math.Pow(max(1, 1769/float64(size)), exponent)
		c.points[size] = wait + time.Duration(float64(cpu)*slowed)
	}
	return c
}

func TestSequenceWithNoiseAndDrift(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var regrets []float64
	for i := range 200 {
		c := synthetic(random)
		w := &coststest.Workload{
			Seed: uint64(i), Mean: func(m int) time.Duration { return c.points[m] },
			Variation: 0.5, Drift: 0.05, ColdShare: 0.01,
		}
		r, _ := descend(t, w, c.sizes, 512, 60, "monday", "tuesday", "wednesday")
		regret := c.cost(r.MemoryMB)/c.cheapest() - 1
		require.Less(t, regret, 1.0, "never twice the cheapest")
		regrets = append(regrets, regret)
	}
	slices.Sort(regrets)
	t.Logf("p50 %.3f p90 %.3f max %.3f", quantile(regrets, 0.5), quantile(regrets, 0.9), quantile(regrets, 1))
	require.LessOrEqual(t, quantile(regrets, 0.9), 0.05)
}

// A function that lacks memory well above what it uses is slow at its floor and at
// one processor alike, so that only a look at plenty of memory tells.
func TestSequenceFindsTheEndOfMemoryPressure(t *testing.T) {
	sizes := []int{128, 256, 512, 1024, 1536, 1769, 2048, 3008, 4096, 6144, 8192, 10240}
	for _, used := range []int{600, 700, 800, 1000, 1400} {
		for _, relaxed := range []float64{1.5, 2, 2.3} {
			c := curve{points: make(map[int]time.Duration)}
			for _, size := range sizes {
				c.points[size] = 200 * ms
				if float64(size) < relaxed*float64(used) {
					c.points[size] *= 10
				}
				if float64(size) >= 1.25*float64(used) {
					c.sizes = append(c.sizes, size)
				}
			}
			w := &coststest.Workload{Mean: func(m int) time.Duration { return c.points[m] }, MaxMemoryMB: used}
			for _, start := range []int{1024, 1769, 3008} {
				r, _ := descend(t, w, sizes, start, 60)
				require.Less(t, c.cost(r.MemoryMB), 2*c.cheapest(), "%d MB used, enough at %g times that, from %d MB", used, relaxed, start)
				require.GreaterOrEqual(t, r.MemoryMB, r.FloorMB)
			}
		}
	}
}
