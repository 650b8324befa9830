package costs

import (
	"errors"
	"fmt"
	"math"
)

// ErrRefused says that [RightSize] has no answer. It arrives inside a
// [*RefusalError].
var ErrRefused = errors.New("refused")

// A Reason is why [RightSize] refuses, or excludes a size.
type Reason string

// The reasons.
const (
	// NoSamples: there is nothing to judge.
	NoSamples Reason = "no samples"
	// InvalidSample: a sample has no duration or no memory size of Lambda's.
	InvalidSample Reason = "invalid sample"
	// TooFewSamples: too few warm successes.
	TooFewSamples Reason = "too few samples"
	// TooFewEnvironments: the memory in use is a high-water mark of an
	// environment, so one environment is one observation of it.
	TooFewEnvironments Reason = "too few environments"
	// TooShort: the samples span too little time to hold any variation.
	TooShort Reason = "too short a time"
	// OneSize: only one size was measured, and no processor time.
	OneSize Reason = "one size only"
	// CurrentNotMeasured: there is nothing to compare with.
	CurrentNotMeasured Reason = "current size not measured"
	// Timeouts: more than 0.1 % of the invocations timed out.
	Timeouts Reason = "timeouts"
	// MemoryExhausted: an invocation ran out of memory.
	MemoryExhausted Reason = "out of memory"
	// BelowFloor: the size leaves too little headroom.
	BelowFloor Reason = "below the memory floor"
	// AboveQuota: the size, or the floor, is above MaxMemoryMB.
	AboveQuota Reason = "above the quota"
	// NoMemoryUse: no sample says how much memory was used.
	NoMemoryUse Reason = "memory use unknown"
	// EmulatedSamples: the lines are those of an emulator.
	EmulatedSamples Reason = "emulator"
	// UnpricedEnvironment: managed instances are not paid for by invocation.
	UnpricedEnvironment Reason = "managed instances"
	// UnpricedRegion: the region or its price is not in the table.
	UnpricedRegion Reason = "unknown price"
	// MixedVersions, MixedArchitectures and MixedPayloads: the sizes did not do
	// the same work.
	MixedVersions      Reason = "mixed versions"
	MixedArchitectures Reason = "mixed architectures"
	MixedPayloads      Reason = "mixed payloads"
)

// A RefusalError says why there is no recommendation and what would allow one.
type RefusalError struct {
	// Reason is the first rule that failed.
	Reason Reason
	// MemoryMB is the size concerned, zero if it is all of them.
	MemoryMB int
	// Collect says what to do about it, in a sentence for people.
	Collect string
	// NextMB is the size to measure next, zero if more of the same is needed.
	NextMB int
	// Next bounds the duration at NextMB, for [OneSize] only.
	Next *Forecast
	// FloorMB is the memory floor, zero if unknown. See [Recommendation].
	FloorMB int
	// Err is the underlying error, such as a [*PriceError]; usually nil.
	Err error
}

// Error names the reason, the size and what to collect.
func (e *RefusalError) Error() string {
	at := ""
	if e.MemoryMB > 0 {
		at = fmt.Sprintf(" at %d MB", e.MemoryMB)
	}
	return fmt.Sprintf("costs: right-size: %v: %s%s: %s", ErrRefused, e.Reason, at, e.Collect)
}

// Unwrap returns [ErrRefused] and the underlying error.
func (e *RefusalError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrRefused}
	}
	return []error{ErrRefused, e.Err}
}

// checkComparable refuses samples that no price or comparison applies to.
func (s *sizing) checkComparable(samples []Sample) *RefusalError {
	if len(samples) == 0 {
		return &RefusalError{Reason: NoSamples, Collect: "give at least one size"}
	}
	var version string
	var architecture Architecture
	for i := range samples {
		one := &samples[i]
		switch {
		case one.Managed:
			return &RefusalError{Reason: UnpricedEnvironment, Collect: "size managed instances by what they use in an hour"}
		case one.Emulated:
			return &RefusalError{Reason: EmulatedSamples, Collect: "measure on Lambda; an emulator limits neither memory nor processor"}
		case one.MemoryMB < minMemoryMB || one.MemoryMB > maxMemoryMB || one.Duration <= 0 || one.Billed < 0:
			return &RefusalError{Reason: InvalidSample, MemoryMB: one.MemoryMB, Collect: "give each sample its duration and a size from 128 to 10240 MB"}
		case differ(&version, one.Version):
			return &RefusalError{Reason: MixedVersions, Collect: "compare sizes of one version of the code"}
		case differ(&architecture, one.Architecture):
			return &RefusalError{Reason: MixedArchitectures, Collect: "compare sizes of one architecture"}
		}
	}
	return nil
}

// differ tells whether a value contradicts the known one, and learns it. Zero
// values say nothing.
func differ[T comparable](known *T, value T) bool {
	var zero T
	if *known == zero {
		*known = value
	}
	return value != zero && value != *known
}

// checkSafety finds the floor and excludes the sizes that are not safe.
func (s *sizing) checkSafety([]Sample) *RefusalError {
	used, equal := 0, true
	for _, m := range s.sizes {
		used = max(used, m.MaxMemoryMB)
		equal = equal && m.full == m.all && m.outOfMemory == 0
	}
	switch {
	case used == 0:
		return &RefusalError{Reason: NoMemoryUse, Collect: "give the Max Memory Used of REPORT lines"}
	case equal:
		refusal := &RefusalError{Reason: EmulatedSamples, Collect: "measure on Lambda; all memory in use by every invocation is the mark of an emulator"}
		if len(s.sizes) == 1 {
			refusal.NextMB = s.safer(s.sizes[0].MemoryMB) // if it was on Lambda, a larger size will tell
		}
		return refusal
	}
	s.floor = memoryFloor(used, s.options.Headroom)
	if s.floor > s.options.MaxMemoryMB {
		return &RefusalError{Reason: AboveQuota, Collect: fmt.Sprintf("use less than the %d MB in use now, or have the quota raised", used)}
	}
	unsafe := 0 // the largest size that failed for want of memory or time
	for _, m := range s.sizes {
		if m.failing() != "" {
			unsafe = m.MemoryMB
		}
	}
	for _, m := range s.sizes {
		switch {
		case m.failing() != "":
			m.Excluded = m.failing()
		case m.MemoryMB < max(s.floor, unsafe):
			m.Excluded = BelowFloor
		case m.MemoryMB > s.options.MaxMemoryMB:
			m.Excluded = AboveQuota
		}
	}
	return nil
}

// memoryFloor adds headroom to the most memory ever used, in steps of 64 MB.
// The maximum and not a percentile: each environment is one observation, however
// many invocations it served.
func memoryFloor(used int, headroom float64) int {
	floor := int(math.Ceil(float64(used)*headroom)) + memoryStep - 1
	return max(minMemoryMB, floor/memoryStep*memoryStep)
}

// memoryStep is the step in which memory is commonly chosen.
const memoryStep = 64

// checkEvidence excludes the sizes that too little is known of.
func (s *sizing) checkEvidence([]Sample) *RefusalError {
	var last *RefusalError
	for _, m := range s.sizes {
		refusal := s.evidence(m)
		if refusal == nil {
			m.known = true
			continue
		}
		if m.Excluded == "" {
			m.Excluded = refusal.Reason
		}
		if last == nil || m.MemoryMB == s.options.CurrentMB {
			last = refusal
		}
	}
	return s.checkCurrent(last)
}

// checkCurrent refuses when there is nothing to compare with or to choose from.
// A current size that fails needs no evidence: the way is up.
func (s *sizing) checkCurrent(lacking *RefusalError) *RefusalError {
	current := s.at(s.options.CurrentMB)
	switch {
	case current == nil:
		return &RefusalError{Reason: CurrentNotMeasured, MemoryMB: s.options.CurrentMB, Collect: "measure the current size too", NextMB: s.options.CurrentMB}
	case !current.known && current.failing() == "":
		return lacking
	case s.candidates() == nil && s.unsafe() == len(s.sizes):
		return s.nothingSafe()
	case s.candidates() == nil:
		return lacking
	case s.judgedSizes() == 1 && current.known && current.cpu == 0:
		return s.oneSize(current)
	}
	return nil
}

// oneSize refuses to judge from one size, unless no other is worth measuring.
func (s *sizing) oneSize(m *measured) *RefusalError {
	next := s.next(m)
	if next == 0 {
		return nil
	}
	return &RefusalError{
		Reason: OneSize, MemoryMB: m.MemoryMB, NextMB: next,
		Collect: "measure another size, or give the processor time of each invocation",
		Next:    s.forecastFromOne(m, next),
	}
}

// unsafe counts the sizes that no amount of evidence would make eligible.
func (s *sizing) unsafe() (n int) {
	for _, m := range s.sizes {
		if m.failing() != "" || m.Excluded == BelowFloor || m.Excluded == AboveQuota {
			n++
		}
	}
	return n
}

// evidence judges one size.
func (s *sizing) evidence(m *measured) *RefusalError {
	o := &s.options
	switch {
	case m.Samples < o.MinSamples:
		return &RefusalError{Reason: TooFewSamples, MemoryMB: m.MemoryMB, Collect: fmt.Sprintf("collect %d warm successes, there are %d", o.MinSamples, m.Samples)}
	case m.Environments < o.MinEnvironments:
		return &RefusalError{Reason: TooFewEnvironments, MemoryMB: m.MemoryMB, Collect: fmt.Sprintf("collect from %d environments, there are %d", o.MinEnvironments, m.Environments)}
	case m.span() < o.MinSpan:
		return &RefusalError{Reason: TooShort, MemoryMB: m.MemoryMB, Collect: fmt.Sprintf("collect over %v, there are %v", o.MinSpan, m.span())}
	}
	return nil
}

// nothingSafe says where to go when no measured size may be chosen.
func (s *sizing) nothingSafe() *RefusalError {
	largest := s.sizes[len(s.sizes)-1]
	next := s.safer(largest.MemoryMB)
	if next == 0 {
		return &RefusalError{Reason: AboveQuota, MemoryMB: largest.MemoryMB, Collect: "no size within the quota is safe: make the function use less memory or time"}
	}
	return &RefusalError{Reason: largest.Excluded, MemoryMB: largest.MemoryMB, Collect: fmt.Sprintf("no measured size is safe: go up and measure %d MB", next), NextMB: next}
}

// safer proposes the double of a size that is not safe, or the floor if that is
// more; zero if there is no larger one.
func (s *sizing) safer(than int) int {
	want := max(s.floor, min(2*than, s.options.MaxMemoryMB))
	next := want
	for _, size := range s.options.Sizes {
		if size > s.options.MaxMemoryMB {
			break
		}
		if next = size; size >= want {
			break // else the largest one that may be used
		}
	}
	if next <= than || next < s.floor {
		return 0
	}
	return next
}

// checkPayloads refuses when the events were larger at one size than at another.
func (s *sizing) checkPayloads([]Sample) *RefusalError {
	current := s.at(s.options.CurrentMB)
	for _, m := range s.sizes {
		if m.known && m != current && distinct(current.payloads, m.payloads) {
			return &RefusalError{Reason: MixedPayloads, MemoryMB: m.MemoryMB, Collect: "give all sizes the same mix of events, best in turns"}
		}
	}
	return nil
}

// complete adds what is known of the floor.
func (s *sizing) complete(r *RefusalError) *RefusalError {
	r.FloorMB = s.floor
	return r
}
