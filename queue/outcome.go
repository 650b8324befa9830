package queue

import (
	"errors"
	"fmt"
	"time"
)

// Permanent marks err as one that no further attempt can mend: the record goes
// to the dead-letter sink ([Options.DeadLetter]) and is acknowledged once the
// sink has it. Without a sink, or when the sink fails, the record is reported
// as failed like any other, so that the queue's redrive policy takes it. The
// mark survives wrapping, and it wins over [RetryAfter] in one chain.
//
// Permanent(nil) is nil, so that "return queue.Permanent(validate(m))" does what
// it seems to.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent tells whether err carries the mark of [Permanent].
func IsPermanent(err error) bool {
	var p *permanentError
	return errors.As(err, &p)
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// RetryAfter marks err so that the record becomes visible again after d rather
// than after the queue's visibility timeout. SQS counts whole seconds, so d is
// rounded up, and it allows up to 12 hours from the receive, so d is cut there.
// It needs [Options.Client]; without one it is an ordinary failure.
//
// On a FIFO queue the rest of the record's group waits as long.
//
// Unlike Permanent, RetryAfter(d, nil) is an error too: "not yet" needs no
// cause, and nil would delete the message.
func RetryAfter(d time.Duration, err error) error {
	return &retryError{max(d, 0), err}
}

// RetryDelay returns the wait that [RetryAfter] put into err.
func RetryDelay(err error) (d time.Duration, ok bool) {
	var r *retryError
	if errors.As(err, &r) {
		return r.after, true
	}
	return 0, false
}

type retryError struct {
	after time.Duration
	err   error
}

func (e *retryError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("retry after %v", e.after)
	}
	return e.err.Error()
}

func (e *retryError) Unwrap() error { return e.err }
