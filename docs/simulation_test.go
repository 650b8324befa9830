package docs_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

// harmonic is the sum of 1/i over all gigs.
var harmonic = func() (sum float64) {
	for i := 1; i <= gigs; i++ {
		sum += 1 / float64(i)
	}
	return sum
}()

// zipf returns the share of the reads that the gig of a rank gets.
func zipf(rank int) float64 { return 1 / (float64(rank) * harmonic) }

func hitRate(perSecond, seconds float64) float64 {
	return cache.ExpectedHitRate(perSecond, time.Duration(seconds*float64(time.Second)))
}

// zipfHits returns the share of hits of one environment that reads gigs so often.
func zipfHits(perSecond, seconds float64) float64 {
	var hits float64
	for rank := 1; rank <= gigs; rank++ {
		p := zipf(rank)
		hits += p * hitRate(perSecond*p, seconds)
	}
	return hits
}

// TestSimulationOfTheCache runs the real cache in a number of environments among
// which reads are spread at random, and finds the hits and the loads of the most
// popular gig that the formulas of the page say.
func TestSimulationOfTheCache(t *testing.T) {
	const environments, seconds = 8, 900
	perSecond := perEnvironment * read.share
	random := rand.New(rand.NewPCG(1, 2))
	popularity := cumulative()
	clock := cachetest.NewClock()
	hottest := 0
	caches := make([]*cache.Cache[int, struct{}], environments)
	for i := range caches {
		caches[i] = cache.New(&cache.Options[int, struct{}]{
			Capacity: 10_000, TTL: cacheSeconds * time.Second, Jitter: -1, Clock: clock,
			Load: func(_ context.Context, gig int) (struct{}, error) {
				if gig == 0 {
					hottest++
				}
				return struct{}{}, nil
			},
		})
	}
	var hits, reads float64
	for range int(seconds * perSecond * environments) {
		clock.Advance(time.Duration(random.ExpFloat64() / (perSecond * environments) * float64(time.Second)))
		gig, _ := slices.BinarySearch(popularity, random.Float64())
		c := caches[random.IntN(environments)]
		_, hit := c.Lookup(gig)
		if !hit {
			_, err := c.Get(t.Context(), gig)
			require.NoError(t, err)
		}
		reads++
		if hit {
			hits++
		}
	}
	require.InDelta(t, zipfHits(perSecond, cacheSeconds), hits/reads, 0.01)
	top := perSecond * zipf(1)
	require.InEpsilon(t, environments*top*(1-hitRate(top, cacheSeconds)), float64(hottest)/seconds, 0.05)
}

// cumulative returns the shares of the reads up to each gig.
func cumulative() []float64 {
	out := make([]float64, gigs)
	var sum float64
	for i := range out {
		sum += zipf(i + 1)
		out[i] = sum
	}
	return out
}

// A ramp is how Lambda follows a load that arrives at once.
type ramp struct {
	seconds   int     // until nothing is throttled
	throttled float64 // requests until then
}

// follow adds environments at Lambda's rate, 1,000 per function every 10 s,
// refilled continuously and not saved up, until they carry the load.
func follow(rate float64, warm int) ramp {
	const refill = 1000 / 10
	environments := float64(warm)
	var r ramp
	for environments*perEnvironment < rate {
		start := refill
		if r.seconds == 0 {
			start = 1000 // the bucket is full at first
		}
		environments += float64(start)
		r.throttled += max(0, rate-environments*perEnvironment)
		r.seconds++
	}
	return r
}

func rampTable() string {
	var b strings.Builder
	b.WriteString("| from 0 to … a second, at once | kept warm | until all are served | throttled until then |\n| ---: | ---: | ---: | ---: |\n")
	for _, c := range []struct {
		rate float64
		warm int
	}{{1000, 0}, {10_000, 0}, {100_000, 0}, {100_000, 5000}, {100_000, 9000}} {
		r := follow(c.rate, c.warm)
		fmt.Fprintf(&b, "| %s | %s | %d s | %s |\n", number(c.rate), number(float64(c.warm)), r.seconds, number(r.throttled))
	}
	return b.String()
}

// TestSimulationOfTheRamp checks the two ends: what fits into the first second,
// and that each further environment takes a hundredth of a second.
func TestSimulationOfTheRamp(t *testing.T) {
	require.Equal(t, ramp{seconds: 1}, follow(10_000, 0))
	require.Equal(t, 91, follow(100_000, 0).seconds)
	require.Equal(t, ramp{}, follow(100_000, 10_000))
}

// throttledShare simulates writes that fall on the partitions of an index at
// random, each with a bucket of 1,000 units a second and no more than that saved
// up, and returns the share that is refused.
func throttledShare(perSecond float64, shards int) float64 {
	const limit, ticks = 1000.0, 100
	random := rand.New(rand.NewPCG(3, uint64(shards)))
	buckets := slices.Repeat([]float64{limit}, shards)
	var all, refused float64
	for range 30 * ticks {
		for i := range buckets {
			buckets[i] = min(limit, buckets[i]+limit/ticks)
		}
		for range poisson(random, perSecond/ticks) {
			i := random.IntN(shards)
			all++
			if buckets[i] < 1 {
				refused++
				continue
			}
			buckets[i]--
		}
	}
	return refused / all
}

// poisson returns a random number of arrivals, close enough for a mean above 10.
func poisson(random *rand.Rand, mean float64) int {
	return max(0, int(math.Round(mean+random.NormFloat64()*math.Sqrt(mean))))
}

func indexTable() string {
	writes := loadAt(100_000).indexWrites
	var b strings.Builder
	fmt.Fprintf(&b, "| partitions of the index | writes each | refused, of %s a second |\n| ---: | ---: | ---: |\n", number(writes))
	for _, shards := range []int{1, 4, 6, 8, 16} {
		fmt.Fprintf(&b, "| %d | %s | %.0f %% |\n", shards, number(writes/float64(shards)), 100*throttledShare(writes, shards))
	}
	return b.String()
}

// TestSimulationOfTheIndex checks it against what must come out.
func TestSimulationOfTheIndex(t *testing.T) {
	require.InDelta(t, 1-1000.0/6000, throttledShare(6000, 1), 0.01)
	require.Zero(t, throttledShare(6000, 16))
	require.Zero(t, throttledShare(loadAt(1000).indexWrites, 1), "at 1,000 requests a second one partition is enough")
}

// drain returns the seconds until a mapping has worked off a backlog: it starts
// with 5 batches of 10 at a time and adds 300 a minute up to its maximum.
func drain(backlog float64, most int) int {
	concurrency := 5.0
	for second := 0; ; second++ {
		if backlog <= 0 {
			return second
		}
		backlog -= min(concurrency, float64(most)) * 10 * 1000 / batchMS
		concurrency += 300.0 / 60
	}
}

// TestSimulationOfTheMapping holds the page to how long a backlog takes.
func TestSimulationOfTheMapping(t *testing.T) {
	for _, c := range []struct{ most, seconds int }{{10, 2001}, {100, 210}, {1000, 89}} {
		holds(t, fmt.Sprintf("%d s with `MaximumConcurrency` %s", drain(1_000_000, c.most), number(float64(c.most))))
		require.Equal(t, c.seconds, drain(1_000_000, c.most))
	}
}
