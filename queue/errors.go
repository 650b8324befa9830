package queue

import (
	"errors"
	"fmt"
)

var (
	// ErrPayload is returned by Invoke when the payload is not a JSON document
	// with records. Lambda then keeps every message of the batch.
	ErrPayload = errors.New("payload is not a batch of records")
	// ErrResponse is returned by Invoke when a record failed whose id is missing
	// or not unique, so that no response could name it. Lambda then keeps every
	// message of the batch, also those that were handled.
	ErrResponse = errors.New("no correct partial batch response is possible")
	// ErrAllFailed is returned by Invoke when no record of a batch succeeded and
	// [Options.ErrorOnFullFailure] asks for it.
	ErrAllFailed = errors.New("every record of the batch failed")
	// ErrAbandoned is the failure of a record whose handler did not return after
	// its context had ended.
	ErrAbandoned = errors.New("handler ignored the end of its context")
	// ErrExited is the failure of a record whose handler ended its goroutine
	// with [runtime.Goexit], as testing's FailNow does.
	ErrExited = errors.New("handler exited its goroutine")
)

// A SourceError is returned by Invoke when an event comes from another source
// than the one that the processor handles: the function is mapped or tested
// with the wrong event.
type SourceError struct {
	// Source is the event source that was found, empty when the event names
	// none.
	Source string
	// Want is the event source that the processor handles.
	Want string
}

func (e *SourceError) Error() string {
	return fmt.Sprintf("queue: invoke: event source %q, want %q", e.Source, e.Want)
}

// A DecodeError is the failure of a record that could not be decoded.
type DecodeError struct {
	// ID is the id of the record.
	ID string
	// Body tells that the record itself was well-formed and its body was not.
	Body bool
	// Err is what the decoder said.
	Err error
}

func (e *DecodeError) Error() string {
	part := "record"
	if e.Body {
		part = "body"
	}
	return fmt.Sprintf("queue: decode %s of %s: %v", part, e.ID, e.Err)
}

func (e *DecodeError) Unwrap() error { return e.Err }

// A PanicError is the failure of a record whose handler panicked.
type PanicError struct {
	// Value is what the handler panicked with.
	Value any
	// Stack is the stack of the panic, as of [debug.Stack].
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns Value when it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// A SinkError is the failure of a permanent record that the dead-letter sink
// did not take. The record is reported to Lambda as failed and comes back.
type SinkError struct {
	// Reason is the permanent error of the handler or of the decoder.
	Reason error
	// Err is the error of the sink.
	Err error
}

func (e *SinkError) Error() string {
	return fmt.Sprintf("queue: dead-letter sink: %v (the record failed with: %v)", e.Err, e.Reason)
}

func (e *SinkError) Unwrap() []error { return []error{e.Err, e.Reason} }
