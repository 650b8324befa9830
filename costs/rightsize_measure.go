package costs

import (
	"errors"
	"maps"
	"math"
	"slices"
	"time"
)

// sizing is one call of RightSize.
type sizing struct {
	options RightSizeOptions
	sizes   []*measured // in rising order of memory
	floor   int

	priced           bool
	compute, request USD
	perMBms          float64 // compute price of one MB·ms
	perRequest       float64

	initMS      int64 // billed by cold starts at all sizes
	successes   int64 // at all sizes, cold ones included
	meanInit    float64
	runVariance float64
	runFreedom  float64 // degrees of freedom of runVariance
}

// measured is one size: what is reported of it and what that rests on.
type measured struct {
	Size
	known bool // there is enough evidence

	all, timeouts, outOfMemory int
	full                       int // invocations with all memory in use
	first, last                time.Time
	environments               map[string]struct{}
	payloads                   []int64

	durations series // of warm successes, in ms
	billed    series
	billedMS  int64
	cpuMS     float64
	cpuCount  int
	cpu       float64 // mean processor time in ms, zero if unknown
	runs      map[runKey]*series
}

// series accumulates a mean and a variance (Welford's method).
type series struct {
	n        int
	mean, m2 float64
}

func (s *series) add(x float64) {
	s.n++
	delta := x - s.mean
	s.mean += delta / float64(s.n)
	s.m2 += delta * (x - s.mean)
}

// relativeVariance is the squared relative standard error of the mean.
func (s *series) relativeVariance() float64 {
	if s.n < 2 || s.mean == 0 {
		return 0
	}
	variance := s.m2 / float64(s.n-1)
	return variance / (float64(s.n) * s.mean * s.mean)
}

// price finds the prices, or goes without where no region is given.
func (s *sizing) price([]Sample) *RefusalError {
	s.perMBms = 1
	if s.options.Region == "" {
		return nil
	}
	prices := s.options.Prices
	if prices == nil {
		prices = DefaultPrices()
	}
	item, _ := durationItem(s.options.Architecture, OnDemand)
	compute, errCompute := prices.Price(s.options.Region, item)
	request, errRequest := prices.Price(s.options.Region, LambdaRequests)
	if err := errors.Join(errCompute, errRequest); err != nil {
		return &RefusalError{Reason: UnpricedRegion, Collect: "set the price, or leave the region out for relative figures", Err: err}
	}
	s.priced, s.compute, s.request = true, compute.First(), request.First()
	s.perMBms = s.compute.Float64() / gbSecond
	s.perRequest = s.request.Float64()
	return nil
}

// measure sorts the samples by size and adds them up.
func (s *sizing) measure(samples []Sample) *RefusalError {
	sizes := make(map[int]*measured)
	for i := range samples {
		one := &samples[i]
		m := sizes[one.MemoryMB]
		if m == nil {
			m = &measured{Size: Size{MemoryMB: one.MemoryMB}, environments: make(map[string]struct{}), runs: make(map[runKey]*series)}
			sizes[one.MemoryMB] = m
		}
		m.add(one)
		if one.Outcome == Succeeded {
			s.successes++
			s.initMS += one.billedInit()
		}
	}
	for _, memory := range slices.Sorted(maps.Keys(sizes)) {
		m := sizes[memory]
		m.finish()
		s.sizes = append(s.sizes, m)
	}
	if s.successes > 0 {
		s.meanInit = float64(s.initMS) / float64(s.successes)
	}
	s.runVariance, s.runFreedom = s.varianceBetweenRuns()
	return nil
}

func (m *measured) add(one *Sample) {
	m.all++
	m.MaxMemoryMB = max(m.MaxMemoryMB, one.MaxMemoryMB)
	if one.MaxMemoryMB == one.MemoryMB {
		m.full++
	}
	switch one.Outcome {
	case TimedOut:
		m.timeouts++
	case OutOfMemory:
		m.outOfMemory++
	}
	if one.Outcome != Succeeded || one.Cold {
		return
	}
	if m.Samples == 0 || one.Time.Before(m.first) {
		m.first = one.Time
	}
	if m.Samples == 0 || one.Time.After(m.last) {
		m.last = one.Time
	}
	m.Samples++
	m.environments[one.Environment] = struct{}{}
	m.durations.add(milliseconds(one.Duration))
	m.billed.add(float64(one.billed()))
	m.billedMS += one.billed()
	run := m.runs[one.run()]
	if run == nil {
		run = &series{}
		m.runs[one.run()] = run
	}
	run.add(float64(one.billed()))
	if one.CPU > 0 {
		m.cpuMS += milliseconds(one.CPU)
		m.cpuCount++
	}
	if one.PayloadBytes > 0 {
		m.payloads = append(m.payloads, one.PayloadBytes)
	}
}

func (m *measured) finish() {
	m.Environments = len(m.environments)
	m.Runs = len(m.runs)
	m.BilledMilliseconds = m.billed.mean
	if m.cpuCount > 0 && m.cpuCount == m.Samples {
		m.cpu = m.cpuMS / float64(m.cpuCount)
	}
}

func (m *measured) span() time.Duration { return m.last.Sub(m.first) }

// failing tells why invocations at the size fail, if they do.
func (m *measured) failing() Reason {
	switch {
	case m.outOfMemory > 0:
		return MemoryExhausted
	case m.timeouts*1000 > m.all:
		return Timeouts
	}
	return ""
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// priorRuns is how many degrees of freedom the assumed variation between runs is
// worth. Functions differ in it: where memory makes no difference its median is
// 5.4 % and its 90th percentile 9.6 %, which is what four degrees of freedom around
// 5 % say.
const priorRuns = 4

// varianceBetweenRuns estimates σ² of the logarithm of a run's mean from sizes
// with at least three runs, less what sampling explains, and shrinks it towards
// the assumed one. It also returns the degrees of freedom.
func (s *sizing) varianceBetweenRuns() (variance, freedom float64) {
	assumed := s.options.RunVariation * s.options.RunVariation
	sum := assumed * priorRuns
	freedom = priorRuns
	for _, m := range s.sizes {
		if m.Runs < 3 {
			continue
		}
		var logs series
		var sampling float64
		for _, run := range m.runs {
			logs.add(math.Log(max(run.mean, 1)))
			sampling += run.relativeVariance() / float64(m.Runs)
		}
		sum += max(logs.m2-sampling*float64(m.Runs-1), 0)
		freedom += float64(m.Runs - 1)
	}
	return sum / freedom, freedom
}

// distinct tells by the Kolmogorov-Smirnov statistic whether two mixes differ: by
// more than chance at 1 %, and by more than a tenth, since large samples show
// differences that matter to nobody.
func distinct(a, b []int64) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	var i, j int
	var most float64
	for i < len(a) && j < len(b) {
		x := min(a[i], b[j])
		for i < len(a) && a[i] == x {
			i++
		}
		for j < len(b) && b[j] == x {
			j++
		}
		most = max(most, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	n, m := float64(len(a)), float64(len(b))
	critical := 1.63 * math.Sqrt((n+m)/(n*m)) // c(0.01) = 1.63
	return most > max(critical, 0.1)
}
