package idempotency

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// A Key tells one run of an operation from the others: the parts of the input
// that make two calls the same. Parts are strings, numbers, booleans, times,
// byte slices, and anything else that package encoding/json encodes.
//
// Every part is required. Nil and nil pointers are missing, and so is every
// part of an empty Key; 0, "" and false are values like any other. Pointers
// stand for what they point to. Use [NonEmpty] for a string of which "" means
// that there is none.
type Key []any

// NonEmpty returns s as the part of a [Key], or a missing part when s is empty.
func NonEmpty(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// A KeyError is a key of which nothing can be looked up. The operation was not
// run.
type KeyError struct {
	// Operation is the operation whose key it is.
	Operation string
	// Part is the position of the part at fault, counted from 0, or -1 when the
	// key has no parts at all.
	Part int
	// Err is [ErrMissingKey], or why the part cannot be encoded.
	Err error
}

func (e *KeyError) Error() string {
	if e.Part < 0 {
		return fmt.Sprintf("idempotency: %s: the key has no parts: %v", e.Operation, e.Err)
	}
	return fmt.Sprintf("idempotency: %s: part %d of the key: %v", e.Operation, e.Part, e.Err)
}

// Unwrap returns Err.
func (e *KeyError) Unwrap() error { return e.Err }

// id returns the partition key of the record of key: the operation, for those
// who read the table, and a hash of the operation and all parts. The length of
// the hash is fixed, so that no two operations share an id.
func (k Key) id(operation string) (string, error) {
	if len(k) == 0 {
		return "", &KeyError{Operation: operation, Part: -1, Err: ErrMissingKey}
	}
	var space [512]byte
	text := append(appendString(append(space[:0], '['), operation), ',')
	for i, part := range k {
		part, ok := present(part)
		if !ok {
			return "", &KeyError{Operation: operation, Part: i, Err: ErrMissingKey}
		}
		if i > 0 {
			text = append(text, ',')
		}
		var err error
		if text, err = appendCanonical(text, part); err != nil {
			return "", &KeyError{Operation: operation, Part: i, Err: err}
		}
	}
	sum := sha256.Sum256(append(text, ']'))
	var id [64 + 2*sha256.Size]byte
	return string(hex.AppendEncode(append(append(id[:0], operation...), '#'), sum[:])), nil
}

// present follows pointers and reports whether there is a value at their end.
func present(part any) (any, bool) {
	switch part.(type) {
	case nil:
		return nil, false
	case string, int, int64, bool, time.Time, []byte:
		return part, true // the usual ones, without reflection
	}
	v := reflect.ValueOf(part)
	if v.Kind() != reflect.Pointer {
		return part, true
	}
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil, false
		}
		v = v.Elem()
	}
	if !v.CanInterface() {
		return part, true
	}
	if _, marshals := part.(interface{ MarshalJSON() ([]byte, error) }); marshals {
		if _, still := v.Interface().(interface{ MarshalJSON() ([]byte, error) }); !still {
			return part, true // only the pointer knows how to encode itself
		}
	}
	if _, marshals := part.(interface{ MarshalText() ([]byte, error) }); marshals {
		if _, still := v.Interface().(interface{ MarshalText() ([]byte, error) }); !still {
			return part, true
		}
	}
	return v.Interface(), true
}

// fingerprint returns the hash of a payload.
func fingerprint(payload any) (string, error) {
	var space [512]byte
	text, err := appendCanonical(space[:0], payload)
	if err != nil {
		return "", fmt.Errorf("payload: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// ErrMissingKey is the cause of a [KeyError] for a part that is nil.
var ErrMissingKey = errors.New("it is missing")
