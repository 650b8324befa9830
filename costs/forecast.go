package costs

import (
	"math"
	"time"
)

// Basis is what a [Forecast] rests on.
type Basis string

// The bases, the best first.
const (
	// Interpolated: between two measured sizes, in a straight line on logarithmic
	// axes. Its median error on published functions is 8 %.
	Interpolated Basis = "interpolated"
	// ByProcessorTime: from one measured size and its processor time.
	ByProcessorTime Basis = "processor time"
	// Extrapolated: outside of the measured sizes, by a waiting part and one in
	// inverse proportion to memory up to 1,769 MB. Below the smallest measured
	// size it is mostly too low, by more than a fifth for half of published
	// functions, so no claim about cost is made from it.
	Extrapolated Basis = "extrapolated"
	// Proportional: from one measured size and nothing else. The time changes not
	// at all or in inverse proportion to memory; small sizes may be worse still.
	Proportional Basis = "proportional"
)

// A Forecast is what a model expects of a size that was not measured. It is a
// reason to measure and not one to change, but for what MayShrink says.
type Forecast struct {
	// MemoryMB is the size.
	MemoryMB int `json:"memoryMB"`
	// Basis is what the forecast rests on.
	Basis Basis `json:"basis"`
	// Estimate of the mean duration, zero where there are only bounds.
	Estimate time.Duration `json:"estimate,omitempty"`
	// Least and Most bound the mean duration. Interpolated: the times of the
	// measured neighbours. By processor time: that time not slowed at all, and
	// slowed in proportion to memory below 1,769 MB. Else: the nearest measured
	// time as it is, and in inverse proportion to memory.
	Least time.Duration `json:"least"`
	Most  time.Duration `json:"most"`
	// MayShrink tells that the function mostly waits: even fully slowed, its
	// processor time would be less than a fifth of the duration. It is the one case
	// in which a change to a smaller size that was not measured is defensible; watch
	// it, since it stays a forecast.
	MayShrink bool `json:"mayShrink,omitempty"`
	// Saving is the share of the cost that a change to the size is then expected to
	// save, with its bounds from Least and Most. Zero unless MayShrink.
	Saving Interval `json:"saving,omitzero"`
}

// Forecast tells which mean duration to expect at a size from those that were
// measured well enough, two or more: see [Interpolated] and [Extrapolated]. At a
// measured size it is what was measured. With one size the answer is zero, but
// [Recommendation.Next] may have one.
func (r *Recommendation) Forecast(memoryMB int) Forecast {
	var points []timePoint
	for _, s := range r.Sizes {
		switch s.Excluded {
		case TooFewSamples, TooFewEnvironments, TooShort, MemoryExhausted, Timeouts:
			continue
		}
		points = append(points, timePoint{float64(s.MemoryMB), s.Milliseconds.Estimate})
	}
	if len(points) < 2 || memoryMB < minMemoryMB || memoryMB > maxMemoryMB {
		return Forecast{}
	}
	memory := float64(memoryMB)
	for i := 1; i < len(points); i++ {
		if a, b := points[i-1], points[i]; a.memory <= memory && memory <= b.memory {
			return newForecast(memoryMB, Interpolated, a.interpolate(b, memory), a.ms, b.ms)
		}
	}
	nearest := points[0]
	if last := points[len(points)-1]; memory > last.memory {
		nearest = last
	}
	return newForecast(memoryMB, Extrapolated, extrapolate(points, memory), nearest.ms, nearest.ms*nearest.memory/memory)
}

// newForecast takes the bounds in any order.
func newForecast(memoryMB int, basis Basis, estimate, one, other float64) Forecast {
	f := Forecast{MemoryMB: memoryMB, Basis: basis, Estimate: fromMilliseconds(estimate)}
	least, most := min(one, other), max(one, other)
	if estimate > 0 {
		least, most = min(least, estimate), max(most, estimate)
	}
	f.Least, f.Most = fromMilliseconds(least), fromMilliseconds(most)
	return f
}

func fromMilliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// timePoint is the mean duration at a size.
type timePoint struct{ memory, ms float64 }

// interpolate draws a straight line through two points on logarithmic axes.
func (a timePoint) interpolate(b timePoint, memory float64) float64 {
	share := math.Log(memory/a.memory) / math.Log(b.memory/a.memory)
	return a.ms * math.Pow(b.ms/a.ms, share)
}

// perMB is what the computing part is proportional to.
func perMB(memory float64) float64 { return 1 / min(memory, coreMB) }

// extrapolate fits waiting + computing/min(memory, 1769) to the points, neither part
// negative, by least squares of the relative errors. With two variables the
// constrained optimum is the free one or, if that is negative, on a boundary.
func extrapolate(points []timePoint, memory float64) float64 {
	var w, wx, wxx, wd, wxd float64 // sums of the weight 1/d² times x and d
	for _, p := range points {
		x, weight := perMB(p.memory), 1/(p.ms*p.ms)
		w += weight
		wx += weight * x
		wxx += weight * x * x
		wd += weight * p.ms
		wxd += weight * p.ms * x
	}
	const singular = 1e-9 // all above one processor
	if determinant := w*wxx - wx*wx; determinant > singular*w*wxx {
		waiting, computing := (wd*wxx-wxd*wx)/determinant, (w*wxd-wx*wd)/determinant
		if waiting >= 0 && computing >= 0 {
			return waiting + computing*perMB(memory)
		}
	}
	if wd*wd/w >= wxd*wxd/wxx { // what each explains of the squares
		return wd / w
	}
	return wxd / wxx * perMB(memory)
}

// waitingShare is how much of the duration the processor time, fully slowed, may
// take in a function that mostly waits.
const waitingShare = 0.2

// forecastFromOne forecasts another size from one. At memory m a single thread gets
// m/1,769 of a processor. The waiting part is what is left of the duration once its
// processor time c is taken out; whether c was slowed too is unknown, hence two
// bounds.
func (s *sizing) forecastFromOne(m *measured, memoryMB int) *Forecast {
	duration := m.durations.mean
	if m.cpu == 0 {
		f := newForecast(memoryMB, Proportional, 0, duration, duration*float64(m.MemoryMB)/float64(memoryMB))
		return &f
	}
	slowed := func(memory int) float64 { return m.cpu * max(1, float64(coreMB)/float64(memory)) }
	waiting := max(0, duration-slowed(m.MemoryMB))
	most := max(0, duration-m.cpu) + slowed(memoryMB)
	f := newForecast(memoryMB, ByProcessorTime, 0, waiting+m.cpu, most)
	f.MayShrink = memoryMB < m.MemoryMB && memoryMB >= s.floor && s.options.Strategy != Fastest &&
		m.Excluded == "" && m.cpu*coreMB/float64(memoryMB) < waitingShare*duration
	if f.MayShrink {
		saving := func(ms float64) float64 { return 1 - s.costAt(memoryMB, ms)/s.cost(m) }
		f.Saving = Interval{
			Estimate: saving(m.billed.mean),
			Low:      saving(math.Ceil(milliseconds(f.Most))),
			High:     max(saving(m.billed.mean), saving(math.Ceil(milliseconds(f.Least)))),
		}
	}
	return &f
}
