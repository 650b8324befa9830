package queuetest

import (
	"cmp"
	"time"
)

// How the concurrency of a mapping changes, in standard and in provisioned mode:
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html.
const (
	firstConcurrency = 5
	mostConcurrency  = 1250 // without a maximum concurrency,
	maxConcurrency   = 1000 // which is this at most
	// A minute through the invocations that Lambda adds in a minute at most.
	standardStep    = time.Minute / 300
	provisionedStep = time.Minute / 1000

	pollerConcurrency = 10
	leastPollers      = 2
	usualPollers      = 200
	maxMinPollers     = 200
	maxPollers        = 10_000
)

// A scaler decides how many invocations of a mapping may run at once. The fake's
// lock guards it.
//
// Lambda does not say how fast it backs off from a function that fails. Here
// every invocation that failed takes one away, down to one or to what is
// provisioned, and nothing is added until another succeeds.
type scaler struct {
	level, limit int
	first        int           // what a mapping begins with
	least        int           // what failures leave of it
	step         time.Duration // in which one is added
	fixed        bool
	failing      bool      // since the latest success
	since        time.Time // when all were busy and a batch had to wait, zero when none has to
}

func newScaler(o *MappingOptions) scaler {
	switch {
	case o.Concurrency > 0:
		return scaler{level: o.Concurrency, limit: o.Concurrency, fixed: true}
	case o.provisioned():
		least := o.MinPollers * pollerConcurrency
		return scaler{level: least, limit: o.MaxPollers * pollerConcurrency, first: least, least: least, step: provisionedStep}
	}
	limit := cmp.Or(o.MaxConcurrency, mostConcurrency)
	first := min(firstConcurrency, limit)
	return scaler{level: first, limit: limit, first: first, least: 1, step: standardStep}
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
	steps := int(now.Sub(s.since) / s.step)
	s.since = s.since.Add(time.Duration(steps) * s.step)
	s.level = min(s.level+steps, s.limit)
	return s.since.Add(s.step).Sub(now)
}

// room notes that no batch waits; idle, that no invocation runs either, upon
// which a mapping that works begins anew.
func (s *scaler) room(idle bool) {
	s.since = time.Time{}
	if idle && !s.fixed && !s.failing {
		s.level = s.first
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
		s.level = max(s.level-1, s.least)
	}
}

// Concurrency returns how many invocations may run at once now. Unless
// [MappingOptions.Concurrency] fixes it, it is 5 at first; while batches wait
// [Mapping.Run] adds 300 in a minute, up to [MappingOptions.MaxConcurrency]. With
// [MappingOptions.MinPollers] it is 10 for each of them at first, and 1,000 are
// added in a minute. Without ReportBatchItemFailures, failed invocations lower it.
func (m *Mapping) Concurrency() int {
	m.fake.mu.Lock()
	defer m.fake.mu.Unlock()
	return m.scale.level
}
