package cache

import (
	"context"
	"fmt"
	"time"
)

// Defaults of [Options].
const (
	DefaultCapacity    = 1000
	DefaultTTL         = 5 * time.Minute
	DefaultJitter      = 0.1
	DefaultLoadTimeout = 10 * time.Second
)

// Options configure a [Cache]. The zero value of every field means its default.
type Options[K comparable, V any] struct {
	// Capacity is the largest number of entries. The default is
	// DefaultCapacity (1000); it cannot be negative.
	Capacity int

	// TTL is how long an entry may be served, counted from the start of the
	// load (or from the call of Set) on both clocks. The default is DefaultTTL
	// (5 minutes); it cannot be negative.
	TTL time.Duration

	// Jitter is the largest share of the TTL by which an entry's life is
	// shortened at random, so that environments that started together do not
	// load together for ever. It never lengthens: TTL stays an upper bound.
	// The default is DefaultJitter (0.1, a tenth); a negative number means no
	// jitter; it must be below 1.
	Jitter float64

	// Load gets the value of a key that is not in the cache. It is called on a
	// goroutine of its own, at most once at a time per key, with the values of
	// the context of the caller that came first but without its cancellation:
	// others may be waiting too. Its context ends after LoadTimeout.
	//
	// Its error reaches all who wait inside a *LoadError and is not cached. The
	// default is no Load: Get then answers only what was Set.
	Load func(ctx context.Context, key K) (V, error)

	// LoadTimeout is how long a load may take. After it nobody waits for the
	// load or joins it, even if Load ignores its context. The default is
	// DefaultLoadTimeout (10 seconds); it cannot be negative.
	LoadTimeout time.Duration

	// Clock tells the time for expiry. The default reads the system's clocks.
	// It does not drive LoadTimeout's timer, which is a real one (and a fake
	// one in a testing/synctest bubble).
	Clock Clock
}

// resolve returns a copy with defaults filled in. It panics on an impossible
// option.
func (o *Options[K, V]) resolve() Options[K, V] {
	var r Options[K, V]
	if o != nil {
		r = *o
	}
	r.Capacity = orDefault("Capacity", r.Capacity, DefaultCapacity)
	r.TTL = orDefault("TTL", r.TTL, DefaultTTL)
	r.LoadTimeout = orDefault("LoadTimeout", r.LoadTimeout, DefaultLoadTimeout)
	r.Jitter = resolveJitter(r.Jitter)
	return r
}

func resolveJitter(share float64) float64 {
	switch {
	case share == 0:
		return DefaultJitter
	case share < 0:
		return 0
	case share < 1:
		return share
	}
	// NaN ends here too.
	panic(fmt.Sprintf("cache: Options.Jitter: must be below 1, got %v", share))
}

func orDefault[N ~int | ~int64](field string, n, byDefault N) N {
	if n < 0 {
		panic(fmt.Sprintf("cache: Options.%s: cannot be negative, got %v", field, n))
	}
	if n == 0 {
		return byDefault
	}
	return n
}
