package idempotency

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// A Key tells one run of an operation from the others: the parts of the input
// that make two calls the same. Parts are strings, numbers, booleans, times,
// byte slices, and anything else that package encoding/json encodes.
//
// Every part is required. What JSON writes as null is missing: nil, nil pointers,
// slices and maps, and null itself. So is every part of an empty Key; 0, "",
// false and what is empty are values like any other. Pointers stand for what
// they point to. Use [NonEmpty] for a string of which "" means that there is
// none.
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
		if i > 0 {
			text = append(text, ',')
		}
		start := len(text)
		var err error
		if text, err = appendCanonical(text, part); err == nil && string(text[start:]) == "null" {
			err = ErrMissingKey
		}
		if err != nil {
			return "", &KeyError{Operation: operation, Part: i, Err: err}
		}
	}
	sum := sha256.Sum256(append(text, ']'))
	var id [64 + 2*sha256.Size]byte
	return string(hex.AppendEncode(append(append(id[:0], operation...), '#'), sum[:])), nil
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

// ErrMissingKey is the cause of a [KeyError] for a part that is nil or null.
var ErrMissingKey = errors.New("it is missing")
