package queue

import "time"

// A Result tells what became of one batch. Records is the sum of Succeeded,
// Failed, Skipped and Permanent.
type Result struct {
	// Queue is the ARN of the queue or the stream.
	Queue string
	// Records is how many records the batch had.
	Records int
	// Succeeded records were handled and are acknowledged; those of a stream only
	// up to the first that was not.
	Succeeded int
	// Failed records were tried, did not succeed and come back.
	Failed int
	// Skipped records were not tried and come back: the time ran out, or an
	// earlier record of their FIFO group or their shard failed.
	Skipped int
	// Permanent records failed for good; the dead-letter sink has them and they
	// are acknowledged.
	Permanent int
	// Failures are the failed and the permanent records in their order in the
	// batch.
	Failures []Failure
	// Start is when the batch began, Duration how long it took.
	Start    time.Time
	Duration time.Duration
	// OldestAge is the age at Start of the oldest record that was tried, 0 when
	// none told when it was sent.
	OldestAge time.Duration
	// VisibilityErr is what went wrong when failed records were given their
	// wait, and with heartbeats. It does no harm beyond that: those records come
	// back after the queue's visibility timeout.
	VisibilityErr error
}

// A Failure is one record that did not succeed.
type Failure struct {
	// ID and Group are those of the record; of a stream, its sequence number and
	// its partition key, or the key of its item as JSON.
	ID, Group string
	// ReceiveCount is how often the record has been received.
	ReceiveCount int
	// Err is why it failed; it is [ErrAbandoned] when the handler did not return
	// in time.
	Err error
	// DeadLettered tells that the dead-letter sink has the record.
	DeadLettered bool
}
