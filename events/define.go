package events

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"
)

// A Definition describes one type of event for both sides: New builds it,
// Handler handles it. It is an immutable value; keep it in a variable of the
// package that owns the event.
//
// When T or *T has a method Validate() error, New and Handler call it.
type Definition[T any] struct {
	source     string
	detailType string
	version    int
}

// Define returns the definition of the events of source and detailType, whose
// detail is a T. T encodes as a JSON object without a member "metadata".
// Define panics when source or detailType is not allowed by EventBridge.
func Define[T any](source, detailType string) Definition[T] {
	if err := checkNames(source, detailType, ClassicLimits()); err != nil {
		panic("events: Define: " + err.Error())
	}
	return Definition[T]{source: source, detailType: detailType}
}

// WithVersion returns a copy of d for version v of the detail, at least 1. Its
// events carry the version in their metadata, and its handlers get the events
// of exactly this version; a definition without a version gets those of all
// versions. Publish a change that breaks consumers under a new version, and
// keep a handler for the old one as long as its events may arrive.
func (d Definition[T]) WithVersion(v int) Definition[T] {
	if v < 1 {
		panic("events: WithVersion: the version must be at least 1")
	}
	d.version = v
	return d
}

// Source returns the source of the events.
func (d Definition[T]) Source() string { return d.source }

// DetailType returns the detail type of the events.
func (d Definition[T]) DetailType() string { return d.detailType }

// Version returns the version of the detail, 0 when it has none.
func (d Definition[T]) Version() int { return d.version }

// New returns an event with detail, the current time and a new id. It does no
// I/O. A detail that does not encode or is not valid is reported by
// [Event.Err] as a [*DetailError] and refused by Publish.
func (d Definition[T]) New(detail T) Event {
	now := time.Now()
	e := Event{
		Source:     d.source,
		DetailType: d.detailType,
		Metadata:   Metadata{ID: newID(now), Version: d.version},
		Time:       now,
	}
	if err := validate(&detail); err != nil {
		e.err = d.failure("validate", err)
		return e
	}
	encoded, err := encode(detail)
	if err == nil {
		err = checkDetail(encoded)
	}
	if err != nil {
		e.err = d.failure("encode", err)
	}
	e.Detail, e.checked = encoded, encoded
	return e
}

// Handler returns a handler of the events of d. A detail that does not decode
// or is not valid fails with a [*DetailError]; fn is not called. Within fn,
// [FromContext] returns the whole envelope and [IdempotencyKey] a key for work
// that must be done once.
func (d Definition[T]) Handler(fn func(ctx context.Context, detail T) error) Handler {
	if fn == nil {
		panic("events: Handler: the function is nil")
	}
	return Handler{
		source:     d.source,
		detailType: d.detailType,
		version:    d.version,
		run: func(ctx context.Context, e *Envelope) error {
			detail, err := d.Decode(e)
			if err != nil {
				return err
			}
			return fn(ctx, detail)
		},
	}
}

var errNoObject = errors.New("must be a JSON object")

// Decode returns the detail of e, with a [*DetailError] when it does not
// decode or is not valid. It does not look at the source or the detail type.
func (d Definition[T]) Decode(e *Envelope) (T, error) {
	var detail T
	if text := trimSpace(e.Detail); len(text) == 0 || text[0] != '{' {
		return detail, d.failure("decode", errNoObject) // null would decode as a detail without anything in it
	}
	if err := json.Unmarshal(e.Detail, &detail); err != nil {
		return detail, d.failure("decode", err)
	}
	if err := validate(&detail); err != nil {
		return detail, d.failure("validate", err)
	}
	return detail, nil
}

// Matches reports whether e is an event of d.
func (d Definition[T]) Matches(e *Envelope) bool {
	return e.Source == d.source && e.DetailType == d.detailType &&
		(d.version == 0 || d.version == e.Metadata().Version)
}

// Pattern returns the pattern that matches the events of d, for a rule.
func (d Definition[T]) Pattern() *Pattern {
	rule := map[string]any{"source": []string{d.source}, "detail-type": []string{d.detailType}}
	if d.version > 0 {
		rule["detail"] = map[string]any{metadataKey: map[string]any{"version": []int{d.version}}}
	}
	encoded, err := encode(rule)
	if err != nil { // strings and ints always encode
		panic("events: " + err.Error())
	}
	return MustParsePattern(string(encoded))
}

func (d Definition[T]) failure(op string, err error) *DetailError {
	return &DetailError{Op: op, Source: d.source, DetailType: d.detailType, Err: err}
}

// A DetailError is a detail that does not fit its definition. Handling or
// publishing it again cannot help.
type DetailError struct {
	// Op is "encode", "decode" or "validate".
	Op string
	// Source and DetailType are those of the definition.
	Source, DetailType string
	// Err is the error of encoding/json or of the Validate method.
	Err error
}

// Error names the operation, the event and the cause.
func (e *DetailError) Error() string {
	return "events: " + e.Op + " detail of " + e.Source + " " + e.DetailType + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *DetailError) Unwrap() error { return e.Err }

// validate calls the Validate method of detail, if it has one.
func validate(detail any) error {
	if v, ok := detail.(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}

// encode writes v as JSON. HTML is not escaped: an event is no web page, and
// each "<" would count six bytes.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
