package idempotency

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrLockLost says that the time of an attempt was over and somebody else
	// may have begun another one. Its record was left as it is. The operation
	// has returned all the same: what it did has happened.
	ErrLockLost = errors.New("the lock was lost to another attempt")
	// ErrPayloadMismatch says that the key was used before with another payload.
	// The operation was not run.
	ErrPayloadMismatch = errors.New("the key was used with a different payload")
	// ErrNoResult says that the operation has completed before, so that it was
	// not run again, and that its result cannot be given: it was too large to
	// keep or cannot be decoded.
	ErrNoResult = errors.New("the operation has completed, but there is no result to replay")
	// ErrExpiry says that results would expire sooner than a run may end, see
	// [Options.Expiry]. The operation was not run.
	ErrExpiry = errors.New("the expiry is shorter than the run may take")
)

// An InProgressError says that another attempt runs. The operation was not run.
type InProgressError struct {
	// Operation is the name of the operation, ID the partition key of the record.
	Operation, ID string
	// RetryAfter is when it makes sense to ask again, at least a millisecond: as
	// long as the attempt has been running, at least a second, and no longer
	// than its lock lasts.
	RetryAfter time.Duration
	// Until is when the lock ends if the attempt does not end it before.
	Until time.Time
	// Err is why waiting ended, the context's error, when waiting was asked for.
	Err error
}

func (e *InProgressError) Error() string {
	text := fmt.Sprintf("idempotency: %s: another attempt is in progress, retry after %v", e.ID, e.RetryAfter)
	if e.Err != nil {
		return text + ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns Err.
func (e *InProgressError) Unwrap() error { return e.Err }

// RetryAfter returns the wait that err asks for if there is an
// [*InProgressError] in it.
func RetryAfter(err error) (wait time.Duration, ok bool) {
	var e *InProgressError
	if !errors.As(err, &e) {
		return 0, false
	}
	return e.RetryAfter, true
}

// An UnsavedError says that an operation was run to its end and that this could
// not be stored. It comes with the operation's result. Until the lock ends a
// repeat in another process meets it, after that the operation may run again;
// in this process a repeat gets the result, and tries once more to store it.
type UnsavedError struct {
	// Operation is the name of the operation, ID the partition key of the record.
	Operation, ID string
	// Err is why the last attempt to store it failed.
	Err error
}

func (e *UnsavedError) Error() string {
	return fmt.Sprintf("idempotency: %s: the operation has completed, but this could not be stored: %v", e.ID, e.Err)
}

// Unwrap returns Err.
func (e *UnsavedError) Unwrap() error { return e.Err }

// A RememberedError is the outcome of an operation that failed for good, see
// [Remember].
type RememberedError struct {
	// Message is the text of the error that the operation returned.
	Message string
	// Err is what was given to Remember. It is nil in a replay, where only the
	// message is left.
	Err error
}

// Error returns the message, the same in the first answer and in replays.
func (e *RememberedError) Error() string { return e.Message }

// Unwrap returns Err.
func (e *RememberedError) Unwrap() error { return e.Err }

// Remember marks err as the outcome of the operation: its key is not released,
// and repeats get a [*RememberedError] with the same text. Use it for failures
// that another run would not mend, such as a declined card. The mark survives
// wrapping, and Remember(nil) is nil.
func Remember(err error) error {
	if err == nil {
		return nil
	}
	return &RememberedError{Message: err.Error(), Err: err}
}
