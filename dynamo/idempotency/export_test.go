package idempotency

import "time"

// SetMonotonic replaces the monotonic clock.
func (s *Store) SetMonotonic(mono func() time.Duration) { s.mono = mono }

// Fingerprint is the hash of a payload.
var Fingerprint = fingerprint

// AppendDocument is the canonical form of a JSON document.
var AppendDocument = appendDocument
