package idempotency

import (
	"context"
	"fmt"
	"time"
)

// SetMonotonic replaces the monotonic clock.
func (s *Store) SetMonotonic(mono func() time.Duration) { s.mono = mono }

// Fingerprint is the hash of a payload.
var Fingerprint = fingerprint

// AppendDocument is the canonical form of a JSON document.
var AppendDocument = appendDocument

// Records are a backend, for the comparison of both.
type Records struct{ backend backend }

// RecordsInMemory and RecordsInTable return the two kinds.
func RecordsInMemory() Records { return Records{&memory{records: make(map[string]*record)}} }

func RecordsInTable(client API, name string) Records {
	o, err := (*Options)(nil).withDefaults()
	if err != nil {
		panic(err)
	}
	return Records{newTable(client, name, o)}
}

// Act does one of a few random things and tells what happened.
func (r Records) Act(ctx context.Context, what, condition int, id, token string, completed bool, until, now int64) string {
	var stored *record
	var ok bool
	var err error
	switch what {
	case 0:
		stored, err = r.backend.get(ctx, id)
	case 1:
		stored, ok, err = r.backend.remove(ctx, id, token, conditionOf(condition), now)
	default:
		written := &record{token: token, completed: completed, started: now, until: until, payload: token}
		if completed {
			written.result, written.failed = []byte(token), until%2 == 0
		}
		stored, ok, err = r.backend.put(ctx, id, written, conditionOf(condition), now)
	}
	if stored == nil {
		return fmt.Sprint(ok, err)
	}
	return fmt.Sprint(ok, err, *stored)
}

func conditionOf(n int) condition { return condition(n % 4) }
