package idempotency

import "context"

// An Outcome is what became of one call.
type Outcome string

// The outcomes.
const (
	// Executed: the operation ran, and its result, or the error that it
	// remembers, is stored.
	Executed Outcome = "executed"
	// ExecutedNoResult: it ran, and its completion is stored without a result.
	ExecutedNoResult Outcome = "executed without result"
	// Released: it ran and failed, and the key is free again.
	Released Outcome = "released"
	// Held: it ran and failed after its deadline, and the key is held for
	// [Options.Hold].
	Held Outcome = "held"
	// LockLost: it ran, and the lock had been lost when it ended.
	LockLost Outcome = "lock lost"
	// Unsaved: it ran, and its outcome could not be stored.
	Unsaved Outcome = "unsaved"
	// Replayed: a stored result was returned.
	Replayed Outcome = "replayed"
	// ReplayedNoResult: it has completed before and there is no result.
	ReplayedNoResult Outcome = "replayed without result"
	// InProgress: another attempt runs.
	InProgress Outcome = "in progress"
	// Mismatched: the payload is not that of the first call.
	Mismatched Outcome = "payload mismatch"
	// Refused: nothing was run, because of the key, the expiry, the context or an
	// error of the table.
	Refused Outcome = "refused"
	// Unprotected: the operation ran without idempotency, because that is
	// disabled or the key is missing and [RunWithoutKey] allows it.
	Unprotected Outcome = "unprotected"
)

// An Observation tells what became of one call.
type Observation struct {
	// Operation is the name of the operation, ID the partition key of the record;
	// it is empty when there was no key.
	Operation, ID string
	// Outcome is what happened.
	Outcome Outcome
	// Local tells that the answer came from this process, without a request.
	Local bool
	// Err is the error that goes with the outcome: what the caller gets, or why
	// there is no result to keep.
	Err error
}

func (s *Store) observe(ctx context.Context, c *call, outcome Outcome, local bool, err error) {
	if s.o.Observe != nil {
		s.o.Observe(ctx, Observation{Operation: c.operation, ID: c.id, Outcome: outcome, Local: local, Err: err})
	}
}
