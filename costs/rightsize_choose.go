package costs

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Thresholds of the choice.
const (
	// tie is the difference in cost below which the faster size is taken.
	tie = 0.02
	// nearFastest is how much longer than the fastest still counts as fastest.
	nearFastest = 0.05
	// worthwhile is the least saving that the whole interval must exceed.
	worthwhile = 0.03
	// coreMB is the memory that comes with one whole processor.
	// See https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html.
	coreMB = 1769
)

func (s *sizing) at(memoryMB int) *measured {
	for _, m := range s.sizes {
		if m.MemoryMB == memoryMB {
			return m
		}
	}
	return nil
}

// candidates are the sizes that may be chosen.
func (s *sizing) candidates() (list []*measured) {
	for _, m := range s.sizes {
		if m.Excluded == "" {
			list = append(list, m)
		}
	}
	return list
}

// judgedSizes counts the sizes that something is known of, if only that they fail.
func (s *sizing) judgedSizes() (n int) {
	for _, m := range s.sizes {
		if m.known || m.failing() != "" {
			n++
		}
	}
	return n
}

// cost is the mean cost of an invocation, in dollars or, without prices, MB·ms.
func (s *sizing) cost(m *measured) float64 { return s.costAt(m.MemoryMB, m.billed.mean) }

// costAt is the mean cost at a size that bills the given milliseconds when warm.
func (s *sizing) costAt(memoryMB int, billed float64) float64 {
	return s.perMBms*float64(memoryMB)*(billed+s.meanInit) + s.perRequest
}

// time is the mean that the strategy goes by.
func (s *sizing) time(m *measured) float64 {
	if s.options.Strategy == Cheapest {
		return m.billed.mean
	}
	return m.durations.mean
}

// score is what the strategy minimises, as a logarithm.
func (s *sizing) score(m *measured) float64 { return s.scoreAt(m.MemoryMB, s.time(m)) }

// scoreAt is the score of a size with the given time.
func (s *sizing) scoreAt(memoryMB int, time float64) float64 {
	switch s.options.Strategy {
	case Fastest:
		return math.Log(time)
	case Balanced:
		return math.Log(time) + s.options.CostWeight*math.Log(float64(memoryMB))
	}
	return math.Log(s.costAt(memoryMB, time))
}

// choose returns the best candidate.
func (s *sizing) choose() *measured {
	candidates := s.candidates()
	best := slices.MinFunc(candidates, func(a, b *measured) int { return cmp.Compare(s.score(a), s.score(b)) })
	switch s.options.Strategy {
	case Cheapest:
		for _, m := range candidates {
			if s.cost(m) <= s.cost(best)*(1+tie) && m.durations.mean < best.durations.mean {
				return s.fastestWithin(candidates, s.cost(best)*(1+tie))
			}
		}
	case Fastest:
		for _, m := range candidates { // in rising order: the first is the smallest
			if m.durations.mean <= best.durations.mean*(1+nearFastest) {
				return m
			}
		}
	}
	return best
}

// fastestWithin returns the fastest of the candidates that cost at most limit.
func (s *sizing) fastestWithin(candidates []*measured, limit float64) *measured {
	var fastest *measured
	for _, m := range candidates {
		if s.cost(m) <= limit && (fastest == nil || m.durations.mean < fastest.durations.mean) {
			fastest = m
		}
	}
	return fastest
}

// recommend puts the answer together.
func (s *sizing) recommend() *Recommendation {
	current, best := s.at(s.options.CurrentMB), s.choose()
	r := &Recommendation{
		MemoryMB:  best.MemoryMB,
		CurrentMB: current.MemoryMB,
		NextMB:    s.next(best),
		FloorMB:   s.floor,
		Priced:    s.priced,
	}
	r.Saving = s.saving(current, best, s.cost, s.costVariance)
	r.TimeSaving = s.saving(current, best, duration, s.timeVariance)
	r.Proven = r.Saving.Low > worthwhile
	r.Faster = r.TimeSaving.Low > worthwhile
	for _, m := range s.sizes {
		r.Sizes = append(r.Sizes, s.describe(m, current))
	}
	if s.priced {
		r.Monthly = s.monthly(current, best)
	}
	if r.NextMB > 0 {
		r.Next = s.forecastNext(r, best)
	}
	r.Notes = s.notes(r, best)
	return r
}

// forecastNext forecasts the next size.
func (s *sizing) forecastNext(r *Recommendation, best *measured) *Forecast {
	if f := r.Forecast(r.NextMB); f.MemoryMB > 0 {
		return &f
	}
	return s.forecastFromOne(best, r.NextMB)
}

// monthly is what a change saves, by the estimate.
func (s *sizing) monthly(from, to *measured) USD {
	if !from.known {
		return USD{}
	}
	return s.exactCost(from).Sub(s.exactCost(to)).Mul(s.options.InvocationsPerMonth)
}

func duration(m *measured) float64 { return m.durations.mean }

// saving is 1 - the ratio of a measure, with the interval of its logarithm. A
// size compared with itself saves nothing, exactly.
func (s *sizing) saving(from, to *measured, measure func(*measured) float64, variance func(m *measured, runs int) spread) Interval {
	if from == to || !from.known { // the current size may fail too often to say
		return Interval{}
	}
	ratio := math.Log(measure(to) / measure(from))
	half := variance(from, from.runsBeside(to)).plus(variance(to, to.runsBeside(from))).half(s.runFreedom)
	return Interval{
		Estimate: 1 - math.Exp(ratio),
		Low:      1 - math.Exp(ratio+half),
		High:     1 - math.Exp(ratio-half),
	}
}

// runsBeside counts the runs of m that are evidence in a comparison: named ones,
// and days on which the other size ran too. Three days of one size and then
// three of another are two blocks, not six runs.
func (m *measured) runsBeside(other *measured) int {
	n := 0
	for key := range m.runs {
		if _, shared := other.runs[key]; shared || key.name != "" {
			n++
		}
	}
	return max(n, 1)
}

// timeVariance is the squared relative error of the mean duration.
func (s *sizing) timeVariance(m *measured, runs int) spread {
	return spread{sampling: m.durations.relativeVariance(), runs: s.runVariance / float64(runs)}
}

// costVariance is that of the cost: only the part that is warm time varies.
func (s *sizing) costVariance(m *measured, runs int) spread {
	share := s.perMBms * float64(m.MemoryMB) * m.billed.mean / s.cost(m)
	return spread{sampling: share * share * m.billed.relativeVariance(), runs: share * share * s.runVariance / float64(runs)}
}

func (s *sizing) describe(m, current *measured) Size {
	size := m.Size
	if m.Samples == 0 {
		return size
	}
	size.Milliseconds = s.around(m.durations.mean, s.timeVariance(m, m.Runs))
	if current.known {
		size.RelativeCost = s.cost(m) / s.cost(current)
	}
	estimate := size.RelativeCost
	if s.priced {
		size.Cost = s.exactCost(m)
		estimate = s.cost(m)
	}
	size.CostInterval = s.around(estimate, s.costVariance(m, m.Runs))
	return size
}

// around is the interval of an estimate whose logarithm has the given variance.
func (s *sizing) around(estimate float64, variance spread) Interval {
	half := variance.half(s.runFreedom)
	return Interval{Estimate: estimate, Low: estimate * math.Exp(-half), High: estimate * math.Exp(half)}
}

// exactCost is cost without floats: the sums times the prices.
func (s *sizing) exactCost(m *measured) USD {
	warm := s.compute.MulDiv(int64(m.MemoryMB)*m.billedMS, gbSecond*int64(m.Samples))
	init := s.compute.MulDiv(int64(m.MemoryMB)*s.initMS, gbSecond*s.successes)
	return warm.Add(init).Add(s.request)
}

// fewEnvironments is how many high-water marks make a maximum worth trusting.
const fewEnvironments = 10

func (s *sizing) notes(r *Recommendation, best *measured) (notes []string) {
	add := func(format string, a ...any) { notes = append(notes, fmt.Sprintf(format, a...)) }
	environments := 0
	for _, m := range s.sizes {
		environments += m.Environments
	}
	if environments < fewEnvironments {
		add("The memory floor rests on %d environments; %d or more make it trustworthy.", environments, fewEnvironments)
	}
	if r.MemoryMB < r.CurrentMB {
		add("Set GOMEMLIMIT to about %d MiB with the change: Go does not see the size of the environment.", r.MemoryMB*9/10)
	}
	if r.MemoryMB != r.CurrentMB && s.options.Strategy == Cheapest && !r.Proven {
		add("The samples do not prove a saving; more runs of both sizes in turns would.")
	}
	if next := r.Next; next != nil && next.MayShrink {
		add("Not measured: the function mostly waits, so %d MB should save about %.0f %% of the cost (%.0f to %.0f %%).",
			next.MemoryMB, 100*next.Saving.Estimate, 100*next.Saving.Low, 100*next.Saving.High)
	}
	if r.NextMB > 0 && r.NextMB < r.Sizes[0].MemoryMB && r.NextMB <= halvings[0].from {
		add("Measure %d MB before changing to it. %s", r.NextMB, halvingWarning())
	}
	if best.billed.mean < 5 {
		add("Below 5 ms the rounding to whole milliseconds is a large part of the bill.")
	}
	return notes
}

// halvings are what halving the memory did to published functions: how many of them
// it made dearer, in per cent, and by which factor it slowed the worst.
var halvings = []struct {
	from   int
	dearer int
	worst  float64
}{{2048, 2, 2.2}, {1024, 17, 13}, {512, 44, 9}, {256, 42, 4.3}}

func halvingWarning() string {
	var rows []string
	for _, h := range halvings {
		rows = append(rows, fmt.Sprintf("%d to %d MB %d %% (%g times the duration at worst)", h.from, h.from/2, h.dearer, h.worst))
	}
	return "Of 63 published functions halving made dearer: " + strings.Join(rows, ", ") + "."
}
