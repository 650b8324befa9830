package costs

import (
	"fmt"
	"os"
	"slices"
	"time"
)

// Outcome is how an invocation ended.
type Outcome uint8

// The outcomes. Only invocations that succeeded say how long the work takes.
const (
	Succeeded Outcome = iota
	Failed
	TimedOut
	OutOfMemory
)

// A Sample is one measured invocation. [Report.Sample] makes one from a REPORT;
// what the line does not say must be added.
type Sample struct {
	// MemoryMB is the configured memory. Required.
	MemoryMB int
	// Duration is the time in the handler. Required.
	Duration time.Duration
	// Billed is the billed duration, with INIT where it was billed. Default:
	// Duration rounded up.
	Billed time.Duration
	// Cold tells that the environment was started for this invocation.
	Cold bool
	// MaxMemoryMB is the high-water mark of the environment, zero if unknown.
	MaxMemoryMB int
	// Outcome of the invocation. Default: Succeeded.
	Outcome Outcome
	// Environment is the execution environment, usually its log stream.
	Environment string
	// Time of the invocation.
	Time time.Time
	// Run names the independent run the sample belongs to, such as a deployment
	// or an interleaved block. Default: the day of Time, in UTC, which counts as
	// a run only where both of two compared sizes were measured on it.
	Run string
	// Version is the version of the code, Architecture that of the function,
	// and both must be the same in all samples. Empty if unknown.
	Version      string
	Architecture Architecture
	// CPU is the processor time that the invocation used, as getrusage tells
	// it, zero if unknown. It allows a forecast from one size.
	CPU time.Duration
	// PayloadBytes is the size of the event, zero if unknown. Where given, the
	// mix must be alike at all sizes.
	PayloadBytes int64
	// Emulated and Managed mark what says nothing about Lambda's prices: lines
	// of the runtime interface emulator and of managed instances.
	Emulated, Managed bool
}

// Sample returns what the report says as a sample for [RightSize].
func (r *Report) Sample() Sample {
	s := Sample{
		MemoryMB:    r.MemorySizeMB,
		Duration:    r.Duration,
		Billed:      r.BilledDuration,
		Cold:        r.Cold(),
		MaxMemoryMB: r.MaxMemoryUsedMB,
		Environment: r.Stream,
		Time:        r.Time,
		Emulated:    r.Emulated(),
		Managed:     r.Managed(),
	}
	switch {
	case r.OutOfMemory():
		s.Outcome = OutOfMemory
	case r.TimedOut():
		s.Outcome = TimedOut
	case r.Status == "error" || r.Status == "failure":
		s.Outcome = Failed
	}
	return s
}

// billed returns the billed milliseconds.
func (s *Sample) billed() int64 {
	if s.Billed > 0 {
		return ceilMillisecond(s.Billed).Milliseconds()
	}
	return ceilMillisecond(s.Duration).Milliseconds()
}

// billedInit returns the billed milliseconds that a cold start added.
func (s *Sample) billedInit() int64 {
	if !s.Cold {
		return 0
	}
	return max(s.billed()-ceilMillisecond(s.Duration).Milliseconds(), 0)
}

// runKey is a named run or a day since 1970.
type runKey struct {
	name string
	day  int64
}

func (s *Sample) run() runKey {
	if s.Run != "" {
		return runKey{name: s.Run}
	}
	const day = 24 * 60 * 60
	return runKey{day: s.Time.Unix() / day}
}

// Strategy is what a memory size is chosen by.
type Strategy uint8

// The strategies.
const (
	// Cheapest takes the size with the least cost per invocation, and of those
	// within 2 % of it the fastest.
	Cheapest Strategy = iota
	// Fastest takes the smallest size within 5 % of the least duration: the
	// least as such is mostly noise and costs more.
	Fastest
	// Balanced takes the size with the least ln(duration) + weight·ln(memory).
	// Adding or leaving out another size never changes which of two is better,
	// which is not so for a score relative to the largest.
	Balanced
)

// RightSizeOptions configure [RightSize]. The zero value asks for the cheapest
// size, in relative figures unless AWS_REGION is set.
type RightSizeOptions struct {
	// Region prices the result. Default: AWS_REGION. Without either there are
	// no amounts, and savings are those of the compute charge alone.
	Region string
	// Prices to use. Default: [DefaultPrices].
	Prices *Prices
	// Architecture of the function. Default: that of the samples, else X86.
	Architecture Architecture
	// CurrentMB is the size the function has now; it must be among the samples.
	// Default: the size of the latest sample.
	CurrentMB int
	// Strategy to choose by. Default: [Cheapest].
	Strategy Strategy
	// CostWeight is the weight of memory for [Balanced], above 0 and at most 1:
	// 0.5 reads "double the memory only while that cuts the time by 29 %".
	// Default: 0.5.
	CostWeight float64
	// Headroom is the factor on the most memory ever used below which no size
	// is considered, at least 1. Default: 1.25.
	Headroom float64
	// MaxMemoryMB is the largest size that may be used; some accounts are held
	// to 3,008. Default: 10,240.
	MaxMemoryMB int
	// Sizes are the sizes that may be measured next. Default: any.
	Sizes []int
	// InvocationsPerMonth turns the saving into an amount. Default: none.
	InvocationsPerMonth int64
	// MinSamples is how many warm successes a size needs. Default: 50.
	MinSamples int
	// MinEnvironments is how many environments they must come from. Default: 2.
	MinEnvironments int
	// MinSpan is the time that they must span. Default: 1 hour.
	MinSpan time.Duration
	// RunVariation is the relative standard deviation between runs of the same
	// code at the same size, where fewer than three runs tell it. Default:
	// 0.05, the size of what is seen where memory makes no difference.
	RunVariation float64
}

// withDefaults returns a checked copy.
func (o *RightSizeOptions) withDefaults(samples []Sample) (RightSizeOptions, error) {
	var c RightSizeOptions
	if o != nil {
		c = *o
	}
	setDefault(&c.Region, os.Getenv("AWS_REGION"))
	setDefault(&c.Architecture, firstArchitecture(samples))
	setDefault(&c.CurrentMB, latestSize(samples))
	setDefault(&c.CostWeight, 0.5)
	setDefault(&c.Headroom, 1.25)
	setDefault(&c.MaxMemoryMB, maxMemoryMB)
	setDefault(&c.MinSamples, 50)
	setDefault(&c.MinEnvironments, 2)
	setDefault(&c.MinSpan, time.Hour)
	setDefault(&c.RunVariation, 0.05)
	c.Sizes = slices.Sorted(slices.Values(c.Sizes))
	for _, check := range []struct {
		field, rule string
		value       any
		ok          bool
	}{
		{"Architecture", "must be x86_64 or arm64", c.Architecture, c.Architecture == X86 || c.Architecture == ARM64},
		{"Strategy", "must be Cheapest, Fastest or Balanced", c.Strategy, c.Strategy <= Balanced},
		{"CostWeight", "must be above 0 and at most 1", c.CostWeight, c.CostWeight > 0 && c.CostWeight <= 1},
		{"Headroom", "must be at least 1", c.Headroom, c.Headroom >= 1},
		{"MaxMemoryMB", "must be from 128 to 10240", c.MaxMemoryMB, c.MaxMemoryMB >= minMemoryMB && c.MaxMemoryMB <= maxMemoryMB},
		{"InvocationsPerMonth", "must not be negative", c.InvocationsPerMonth, c.InvocationsPerMonth >= 0},
		{"MinSamples", "must be at least 2", c.MinSamples, c.MinSamples >= 2},
		{"MinEnvironments", "must be at least 1", c.MinEnvironments, c.MinEnvironments >= 1},
		{"MinSpan", "must not be negative", c.MinSpan, c.MinSpan >= 0},
		{"RunVariation", "must be above 0", c.RunVariation, c.RunVariation > 0},
	} {
		if !check.ok {
			return c, fmt.Errorf("costs: RightSizeOptions.%s: %s, got %v", check.field, check.rule, check.value)
		}
	}
	return c, nil
}

func firstArchitecture(samples []Sample) Architecture {
	for i := range samples {
		if a := samples[i].Architecture; a != "" {
			return a
		}
	}
	return X86
}

func latestSize(samples []Sample) int {
	var latest Sample
	for i := range samples {
		if i == 0 || !samples[i].Time.Before(latest.Time) {
			latest = samples[i]
		}
	}
	return latest.MemoryMB
}

// An Interval is an estimate with its 95 % confidence interval.
type Interval struct {
	Estimate float64 `json:"estimate"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// A Recommendation is the answer of [RightSize].
type Recommendation struct {
	// MemoryMB is the size that fits the strategy best among the measured ones
	// that are safe. It is CurrentMB when no other is better.
	MemoryMB int `json:"memoryMB"`
	// CurrentMB is the size that it is compared with.
	CurrentMB int `json:"currentMB"`
	// NextMB is the size most worth measuring next, zero when the neighbours of
	// MemoryMB are known and another size is unlikely to be better.
	NextMB int `json:"nextMB,omitempty"`
	// FloorMB is the least size that leaves headroom above the most memory
	// used. MemoryMB and NextMB are never below it.
	FloorMB int `json:"floorMB"`

	// Saving is the share of the cost per invocation that a change from
	// CurrentMB saves: 0.2 is a fifth. Negative is dearer.
	Saving Interval `json:"saving"`
	// TimeSaving is the same for the duration.
	TimeSaving Interval `json:"timeSaving"`
	// Proven tells whether the whole interval of Saving is above 3 %. If not,
	// the samples do not show that the change saves money, whatever the
	// estimate says.
	Proven bool `json:"proven"`
	// Faster tells the same of TimeSaving.
	Faster bool `json:"faster"`
	// Monthly is what the change saves at InvocationsPerMonth, by the estimate.
	Monthly USD `json:"monthly"`
	// Priced tells whether a region gave the amounts.
	Priced bool `json:"priced"`

	// Sizes has the measured sizes in rising order.
	Sizes []Size `json:"sizes"`
	// Next is what is to be expected at NextMB, where there is a forecast.
	Next *Forecast `json:"next,omitempty"`
	// Notes say what to mind, in sentences for people.
	Notes []string `json:"notes,omitempty"`
}

// A Size is what the samples say about one memory size.
type Size struct {
	// MemoryMB is the size.
	MemoryMB int `json:"memoryMB"`
	// Samples counts the warm successes that the figures rest on.
	Samples int `json:"samples"`
	// Environments and Runs that they come from.
	Environments int `json:"environments"`
	Runs         int `json:"runs"`
	// Milliseconds is the mean duration with its interval.
	Milliseconds Interval `json:"milliseconds"`
	// BilledMilliseconds is the mean billed duration of a warm start.
	BilledMilliseconds float64 `json:"billedMilliseconds"`
	// Cost is the mean cost of an invocation with its share of cold starts and
	// the request, zero unless priced.
	Cost USD `json:"cost"`
	// RelativeCost is the cost in terms of that of the current size.
	RelativeCost float64 `json:"relativeCost"`
	// MaxMemoryMB is the most memory used at this size.
	MaxMemoryMB int `json:"maxMemoryMB"`
	// Excluded says why the size cannot be chosen; empty if it can.
	Excluded Reason `json:"excluded,omitempty"`
}

// A Forecast is what a model expects of a size that was not measured. It is a
// reason to measure and not one to change.
type Forecast struct {
	// MemoryMB is the size.
	MemoryMB int `json:"memoryMB"`
	// Least and Most bound the mean duration: the processor time not slowed at
	// all, and slowed in proportion to memory below 1,769 MB.
	Least time.Duration `json:"least"`
	Most  time.Duration `json:"most"`
}

// RightSize answers which memory size a function should have, from samples of
// production traffic or of a load test at one or more sizes. It chooses among
// the sizes that were measured, because a model that extrapolates is wrong by
// more than the choice is worth: below a size the time often grows faster than
// memory shrinks, and above 1,769 MB, one processor, it mostly does not fall.
//
// The way to use it is a sequence: measure where the function is now or at 512
// MB, ask, measure at NextMB, ask again, until NextMB is zero. That takes three
// sizes for most functions. Run the sizes in turns rather than one after the
// other: the same function differs by some per cent from day to day.
//
// The cost of a size is that of the mean warm invocation plus its share of cold
// starts, whose INIT takes the same time at every size:
//
//	price · memory · (mean billed + cold share · INIT) + request
//
// A saving is the ratio of two such costs. The interval around its logarithm
// has the sampling error of both sizes and the variation between runs,
// s²/(n·x²) + σ²/R for each. With a single run of each and the default σ of 5 %
// it is 14 % wide to either side: one run is not evidence for a saving of 10 %.
//
// RightSize refuses with a [*RefusalError] rather than answer from too little or
// from what cannot be compared; the error says what to collect. Samples are not
// changed or kept.
func RightSize(samples []Sample, o *RightSizeOptions) (*Recommendation, error) {
	options, err := o.withDefaults(samples)
	if err != nil {
		return nil, err
	}
	s := &sizing{options: options}
	for _, step := range []func([]Sample) *RefusalError{
		s.checkComparable,
		s.price,
		s.measure,
		s.checkSafety,
		s.checkEvidence,
		s.checkPayloads,
	} {
		if refusal := step(samples); refusal != nil {
			return nil, s.complete(refusal)
		}
	}
	return s.recommend(), nil
}
