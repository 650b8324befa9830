package costs

import (
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
	// Next is what is to be expected at NextMB, nil if that is zero. Its MayShrink
	// is the only advice about a size that was not measured.
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
	// CostInterval is Cost in dollars with its interval, or RelativeCost with
	// its interval unless priced.
	CostInterval Interval `json:"costInterval"`
	// MaxMemoryMB is the most memory used at this size.
	MaxMemoryMB int `json:"maxMemoryMB"`
	// Excluded says why the size cannot be chosen; empty if it can.
	Excluded Reason `json:"excluded,omitempty"`
}

// RightSize answers which memory size a function should have, from samples of
// production traffic or of a load test at one or more sizes. It chooses among
// the sizes that were measured, because a model that extrapolates is wrong by
// more than the choice is worth: below a size the time often grows faster than
// memory shrinks, and above 1,769 MB, one processor, it mostly does not fall.
//
// The way to use it is a sequence: measure where the function is now or at 512
// MB, ask, measure at NextMB, ask again with all samples, until NextMB is zero. The
// first answer is a refusal ([OneSize]), whose NextMB counts as well. Three to five
// sizes are enough for most functions, wherever it begins. Run the sizes in turns
// rather than one after the other: the same function differs by some per cent from
// day to day.
//
// NextMB is about half of the best size, then about its double, until both are known
// to be no better; and then any size where the time may take another turn than it
// did so far: below and above all others, or between two. A sudden rise or fall of
// time outside of what was measured cannot be foreseen; so that one which more than
// halves the cost is not missed, one processor, or twice the floor if that is more, is
// measured last where nothing near it was. No size is proposed below the floor, and no
// other one above one processor unless the time falls faster than with the processor.
//
// The cost of a size is that of the mean warm invocation plus its share of cold
// starts, whose INIT takes the same time at every size:
//
//	price · memory · (mean billed + cold share · INIT) + request
//
// A saving is the ratio of two such costs. The interval around its logarithm
// has the sampling error of both sizes and the variation between runs,
// s²/(n·x²) + σ²/R for each, with Student's quantile for as much of it as is known
// from few runs. With a single run of each and the default σ of 5 % it is 20 % wide
// to either side: one run is not evidence for a saving of 10 %.
//
// With one size and the processor time of each invocation there is an answer too: to
// stay, with a forecast for NextMB and, for a function that mostly waits, the saving
// to be expected there ([Forecast]). What to expect of any other size in terms of
// time, [Recommendation.Forecast] tells.
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
