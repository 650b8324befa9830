package coststest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/go-thaw/thaw/costs"
)

// A Workload is a function whose behaviour at every memory size is known, to
// check a recommendation against. Samples are drawn from it.
type Workload struct {
	// Seed makes other samples; the same workload makes the same ones.
	Seed uint64
	// Mean returns the mean duration at a size. Required.
	Mean func(memoryMB int) time.Duration
	// Variation is the coefficient of variation of the log-normal durations.
	// Zero means that every invocation takes the mean.
	Variation float64
	// Drift is the standard deviation of the logarithm of a run's mean: how
	// much the same code differs from one run to the next.
	Drift float64
	// MaxMemoryMB is the most memory that an environment uses. Sizes below it
	// run out of memory. Default: 64.
	MaxMemoryMB int
	// ColdShare is the share of cold starts, Init how long their INIT takes.
	ColdShare float64
	Init      time.Duration
}

// Waiting returns the Mean of a function that waits for wait whatever its size
// and computes for cpu, given a whole processor. Below 1,769 MB it gets a part
// of one.
func Waiting(wait, cpu time.Duration) func(memoryMB int) time.Duration {
	return func(memoryMB int) time.Duration {
		return wait + time.Duration(float64(cpu)*max(1, 1769/float64(memoryMB)))
	}
}

// Samples draws n invocations at one size in each of the given runs. They spread
// over ten environments and a day.
func (w *Workload) Samples(memoryMB, n int, runs ...string) []costs.Sample {
	random := rand.New(rand.NewPCG(w.Seed, uint64(memoryMB)))
	if len(runs) == 0 {
		runs = []string{"run"}
	}
	used := or(w.MaxMemoryMB, 64)
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	var samples []costs.Sample
	for _, run := range runs {
		mean := time.Duration(float64(w.Mean(memoryMB)) * math.Exp(random.NormFloat64()*w.Drift))
		for i := range n {
			s := costs.Sample{
				MemoryMB:    memoryMB,
				Duration:    LogNormal(random, mean, w.Variation),
				MaxMemoryMB: min(used, memoryMB),
				Environment: fmt.Sprintf("%s-%d-%d", run, memoryMB, i%10),
				Time:        start.Add(time.Duration(i) * 24 * time.Hour / time.Duration(n)),
				Run:         run,
				Cold:        random.Float64() < w.ColdShare,
			}
			if used > memoryMB {
				s.Outcome = costs.OutOfMemory
			}
			s.Billed = s.Duration
			if s.Cold {
				s.Billed += w.Init
			}
			samples = append(samples, s)
		}
	}
	return samples
}
