package idempotency

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Options configure a [Store]. The zero value of each field is its default.
type Options struct {
	// KeyAttribute is the table's partition key, a string; "" means "id".
	KeyAttribute string
	// TTLAttribute is the attribute to enable time to live on; "" means
	// "expires". DynamoDB removes what is over by it, within days: it only keeps
	// the table small.
	TTLAttribute string
	// Expiry is how long a result is replayed, counted from the completion; 0
	// means 24 hours. Make it longer than whoever repeats goes on repeating: a
	// message lives up to 14 days in a queue, an event is retried for 24 hours.
	// An Expiry shorter than a run may take is refused, by New if Timeout is
	// longer, by a call if its context's deadline is.
	Expiry time.Duration
	// Timeout is how long a run may take when the context has no deadline; 0
	// means one minute, or Expiry if that is shorter. The operation's context then
	// ends with it. With Renew it is how long the lock lasts without being
	// renewed.
	Timeout time.Duration
	// Hold is how much longer than its deadline a lock lasts, after a crash and
	// when the operation failed or panicked after its time was over; 0 means none. Until
	// it is over nobody knows whether the operation took effect. It also bounds
	// by how much the clocks of two environments may differ.
	Hold time.Duration
	// Renew keeps the lock for as long as the operation runs, up to the
	// context's deadline, with a write every third of Timeout. The lock of a
	// crashed run then ends after Timeout rather than at the deadline.
	Renew bool
	// Wait has a caller wait for the result while another attempt runs, until
	// its context ends, instead of getting an [*InProgressError].
	Wait bool
	// Local is how many completed records are kept in memory, the least recently
	// used evicted first, so that a repeat costs no request; 0 means none.
	Local int
	// Offload keeps results that are too large for an item even when
	// compressed; nil means that only their completion is stored.
	Offload *Offload
	// Disabled runs every operation as it is.
	Disabled bool
	// Observe is called with what became of each call, on the caller's
	// goroutine, for metrics and logs; nil means not at all. It must be safe for
	// concurrent use.
	Observe func(ctx context.Context, o Observation)
	// Now is the wall clock; nil means time.Now.
	Now func() time.Time
}

// Offload keeps large results elsewhere, in S3 for example. Both functions must
// be safe for concurrent use. What Put has stored may be left over when the
// completion cannot be stored, or has expired: give it a lifetime.
type Offload struct {
	// Put stores the result of the record with that id and returns a reference
	// of at most 1 KB. After an error only the completion is stored.
	Put func(ctx context.Context, id string, result []byte) (reference string, err error)
	// Get returns what Put stored.
	Get func(ctx context.Context, reference string) ([]byte, error)
}

// withDefaults returns a copy of o without zeros, or why it is invalid.
func (o *Options) withDefaults() (*Options, error) {
	var filled Options
	if o != nil {
		filled = *o
	}
	filled.KeyAttribute = cmp.Or(filled.KeyAttribute, "id")
	filled.TTLAttribute = cmp.Or(filled.TTLAttribute, "expires")
	filled.Expiry = cmp.Or(filled.Expiry, 24*time.Hour)
	filled.Timeout = cmp.Or(filled.Timeout, min(time.Minute, filled.Expiry))
	if filled.Now == nil {
		filled.Now = time.Now
	}
	if filled.Local < 0 {
		return nil, errors.New("Options.Local: must not be negative")
	}
	if off := filled.Offload; off != nil && (off.Put == nil || off.Get == nil) {
		return nil, errors.New("Options.Offload: needs both Put and Get")
	}
	used := []string{attrStatus, attrToken, attrStarted, attrUntil, attrPayload, attrFailed, attrEncoding, attrResult}
	switch {
	case slices.Contains(used, filled.KeyAttribute):
		return nil, fmt.Errorf("Options.KeyAttribute: a record has another attribute %q", filled.KeyAttribute)
	case slices.Contains(used, filled.TTLAttribute) || filled.TTLAttribute == filled.KeyAttribute:
		return nil, fmt.Errorf("Options.TTLAttribute: a record has another attribute %q", filled.TTLAttribute)
	}
	t := timing{filled.Expiry, filled.Timeout, filled.Hold, filled.Renew}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("Options.%w", err)
	}
	return &filled, nil
}

// A timing is how long things last.
type timing struct {
	expiry, timeout, hold time.Duration
	renew                 bool
}

func (t *timing) check() error {
	switch {
	case t.expiry < time.Millisecond:
		return fmt.Errorf("Expiry: %v is not at least a millisecond", t.expiry)
	case t.timeout < time.Millisecond:
		return fmt.Errorf("Timeout: %v is not at least a millisecond", t.timeout)
	case t.hold < 0:
		return errors.New("Hold: must not be negative")
	case t.expiry < t.timeout && !t.renew:
		return fmt.Errorf("Expiry: %w: %v for a result, %v for a run", ErrExpiry, t.expiry, t.timeout)
	}
	return nil
}

// An Option changes a store's options for one operation, see [Wrap].
type Option func(*settings)

// settings are what holds for one operation.
type settings struct {
	timing
	wait        bool
	withoutKey  bool
	fingerprint any // func(In) any
	retryWith   func(time.Duration, error) error
}

// Expiry is [Options.Expiry] for one operation.
func Expiry(d time.Duration) Option { return func(s *settings) { s.expiry = d } }

// Timeout is [Options.Timeout] for one operation.
func Timeout(d time.Duration) Option { return func(s *settings) { s.timeout = d } }

// Hold is [Options.Hold] for one operation.
func Hold(d time.Duration) Option { return func(s *settings) { s.hold = d } }

// Renew is [Options.Renew] for one operation.
func Renew() Option { return func(s *settings) { s.renew = true } }

// Wait is [Options.Wait] for one operation.
func Wait() Option { return func(s *settings) { s.wait = true } }

// RunWithoutKey runs the operation without idempotency when a part of its key is
// missing, instead of refusing it.
func RunWithoutKey() Option { return func(s *settings) { s.withoutKey = true } }

// Payload validates what comes with a key: a repeat for which fn returns
// something else than for the first call is [ErrPayloadMismatch]. What fn
// returns is compared by the hash of its canonical JSON, as a part of a [Key]
// is. Records that were written without validation match anything.
func Payload[In any](fn func(In) any) Option { return func(s *settings) { s.fingerprint = fn } }

// RetryWith has an [*InProgressError] and its wait passed through fn, for a
// caller that has a way of its own to ask for another delivery:
//
//	idempotency.RetryWith(queue.RetryAfter)
func RetryWith(fn func(wait time.Duration, err error) error) Option {
	return func(s *settings) { s.retryWith = fn }
}
