package secrets

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// redacted is what a secret shows of itself.
const redacted = "[redacted]"

// A Secret is a value that shows itself to who calls [Secret.Reveal] and to
// nobody else: not to package fmt, whatever the verb, not to slog, not to
// encoders of JSON and text. The zero Secret has the zero value.
//
// Two secrets cannot be compared with ==. Compare what they reveal.
type Secret[T any] struct {
	// A function, because reflection goes through pointers but not into
	// functions: neither package fmt, which ignores the methods of unexported
	// fields, nor the diff of an assertion library shows what it returns.
	reveal func() T
}

// New returns a secret with a value.
func New[T any](value T) Secret[T] { return NewFunc(func() T { return value }) }

// NewFunc returns a secret whose Reveal returns what reveal does, such as a copy.
// It is called each time, and concurrently.
func NewFunc[T any](reveal func() T) Secret[T] { return Secret[T]{reveal: reveal} }

// Reveal returns the value. If it has pointers, slices or maps, all who reveal
// the secret share what they refer to, unless the loader says otherwise.
func (s Secret[T]) Reveal() T {
	if s.reveal == nil {
		var none T
		return none
	}
	return s.reveal()
}

// Format implements [fmt.Formatter]: every verb prints [redacted].
func (s Secret[T]) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String returns [redacted].
func (s Secret[T]) String() string { return redacted }

// GoString returns [redacted].
func (s Secret[T]) GoString() string { return redacted }

// LogValue implements [slog.LogValuer]: a secret is logged as [redacted].
func (s Secret[T]) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON encodes the string [redacted].
func (s Secret[T]) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText returns [redacted].
func (s Secret[T]) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalJSON decodes the value, so that a field of a configuration can be a
// Secret:
//
//	type Login struct {
//		Username string
//		Password secrets.Secret[string]
//	}
//
// Its error does not contain the value.
func (s *Secret[T]) UnmarshalJSON(data []byte) error {
	var value T
	if err := json.Unmarshal(data, &value); err != nil {
		return newDecodeError[T](err)
	}
	*s = New(value)
	return nil
}
