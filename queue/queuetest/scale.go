package queuetest

import "time"

// How the concurrency of a mapping changes:
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html.
const (
	firstConcurrency = 5
	mostConcurrency  = 1000
	// scalingStep is a minute through 300, the invocations that Lambda adds in
	// a minute at most.
	scalingStep = time.Minute / 300
)

// A scaler decides how many invocations of a mapping may run at once. The fake's
// lock guards it.
//
// Lambda does not say how fast it backs off from a function that fails. Here
// every invocation that failed takes one away, down to one, and nothing is added
// until another succeeds.
type scaler struct {
	level, limit int
	fixed        bool
	failing      bool      // since the latest success
	since        time.Time // when all were busy and a batch had to wait, zero when none has to
}

func newScaler(o *MappingOptions) scaler {
	if o.Concurrency > 0 {
		return scaler{level: o.Concurrency, limit: o.Concurrency, fixed: true}
	}
	return scaler{level: min(firstConcurrency, o.MaxConcurrency), limit: o.MaxConcurrency}
}

// waiting notes that a batch waits for a place, and returns how long it takes
// until there is another, 0 when there will be none.
func (s *scaler) waiting(now time.Time) time.Duration {
	if s.fixed || s.failing || s.level >= s.limit {
		return 0
	}
	if s.since.IsZero() {
		s.since = now
	}
	steps := int(now.Sub(s.since) / scalingStep)
	s.since = s.since.Add(time.Duration(steps) * scalingStep)
	s.level = min(s.level+steps, s.limit)
	return s.since.Add(scalingStep).Sub(now)
}

// room notes that no batch waits; idle, that no invocation runs either, upon
// which a mapping that works begins anew.
func (s *scaler) room(idle bool) {
	s.since = time.Time{}
	if idle && !s.fixed && !s.failing {
		s.level = min(firstConcurrency, s.limit)
	}
}

// done notes how an invocation ended.
func (s *scaler) done(failed bool) {
	if s.fixed {
		return
	}
	s.failing = failed
	if failed {
		s.since = time.Time{}
		s.level = max(s.level-1, 1)
	}
}

// Concurrency returns how many invocations may run at once now. Unless
// [MappingOptions.Concurrency] fixes it, it is 5 at first; while batches wait
// [Mapping.Run] adds 300 in a minute, up to [MappingOptions.MaxConcurrency].
// Without ReportBatchItemFailures, failed invocations lower it.
func (m *Mapping) Concurrency() int {
	m.fake.mu.Lock()
	defer m.fake.mu.Unlock()
	return m.scale.level
}
