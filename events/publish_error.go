package events

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

var (
	// ErrInvalid is the cause of an event that EventBridge would not accept. It
	// was refused without a request.
	ErrInvalid = errors.New("invalid event")
	// ErrTooLarge is the cause of an event that alone is over the size limit.
	// It was refused without a request.
	ErrTooLarge = errors.New("event too large")
	// ErrNoBus is the cause of VerifyBus when there is no such bus.
	ErrNoBus = errors.New("no such event bus")
)

// A PublishError lists the events that were not accepted; all others were. Its
// causes are the [*EntryError] in it, for errors.Is and errors.As.
type PublishError struct {
	// Total is the number of events that were to be published.
	Total int
	// Failed are the events that were not accepted, in the caller's order.
	Failed []*EntryError
}

func newPublishError(total int, failed []*EntryError) *PublishError {
	slices.SortFunc(failed, func(a, b *EntryError) int { return a.Index - b.Index })
	return &PublishError{Total: total, Failed: failed}
}

// listed is how many failures an error message spells out.
const listed = 3

// Error counts the failures and spells out the first ones.
func (e *PublishError) Error() string {
	return summary(fmt.Sprintf("events: publish: %d of %d events failed", len(e.Failed), e.Total), e.Failed)
}

// summary appends the first failures to a heading.
func summary[E error](heading string, failures []E) string {
	var b strings.Builder
	b.WriteString(heading)
	for i, f := range failures {
		if i == listed {
			fmt.Fprintf(&b, "; and %d more", len(failures)-listed)
			break
		}
		b.WriteString("; " + f.Error())
	}
	return b.String()
}

// causes returns failures as what they are, errors.
func causes[E error](failures []E) []error {
	out := make([]error, len(failures))
	for i, f := range failures {
		out[i] = f
	}
	return out
}

// Unwrap returns the failures.
func (e *PublishError) Unwrap() []error { return causes(e.Failed) }

// Retryable returns the failed events that may be accepted when they are
// published again, in the caller's order and with the metadata of the first
// time.
func (e *PublishError) Retryable() []Event {
	var again []Event
	for _, f := range e.Failed {
		if f.Retryable {
			again = append(again, f.Event)
		}
	}
	return again
}

// An EntryError is one event that was not accepted. When no answer came (the
// connection was cut, the context ended during a request) EventBridge may have
// taken it all the same.
type EntryError struct {
	// Index is the place of the event among those to be published, from 0.
	Index int
	// Event is the event with the metadata that all its attempts carried, so
	// that consumers recognise it when it is published again.
	Event Event
	// Code and Message are EventBridge's answer. They are empty when the event
	// was refused locally or no answer came.
	Code, Message string
	// Attempts is the number of requests that carried the event; the SDK's own
	// attempts within a request do not count.
	Attempts int
	// Retryable tells that publishing the same event again can help.
	Retryable bool
	// Err is the cause: [ErrInvalid], [ErrTooLarge], the error of the request,
	// and the context's error when it ended the attempts. It is nil when the
	// code says it all.
	Err error
}

// Error names the event and the cause.
func (e *EntryError) Error() string {
	text := fmt.Sprintf("event %d (%s %s)", e.Index, e.Event.Source, e.Event.DetailType)
	if e.Code != "" {
		text += ": " + e.Code
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *EntryError) Unwrap() error { return e.Err }

// IsRetryable reports whether publishing again can help every event that err
// lists: err is or wraps a [*PublishError] of retryable failures only.
func IsRetryable(err error) bool {
	var p *PublishError
	return errors.As(err, &p) && len(p.Failed) > 0 && len(p.Retryable()) == len(p.Failed)
}
