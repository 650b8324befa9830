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
// All functions must be safe for concurrent use. They are called without any
// lock held, so they may use the cache.
type Options[K comparable, V any] struct {
	// Capacity is the largest number of entries. The default is
	// DefaultCapacity (1000); it cannot be negative.
	Capacity int

	// MaxBytes bounds the sum of Size over all entries, besides Capacity. A
	// value that is larger on its own is not kept. The default is no such
	// bound; it needs Size and cannot be negative.
	MaxBytes int64

	// Size returns the size of an entry, in bytes or in any other unit that
	// MaxBytes is meant in. It is called once per value. A negative size counts
	// as 0. It needs MaxBytes.
	Size func(key K, value V) int64

	// Policy says which entry makes room. The default is LRU.
	Policy Policy

	// ParallelReads makes hits take no lock, for processes in which many
	// goroutines read at once (AWS_LAMBDA_MAX_CONCURRENCY above 1). Stores
	// become somewhat more expensive. It needs Policy S3FIFO, as exact recency
	// needs a lock on each hit.
	ParallelReads bool

	// TTL is how long an entry may be served, counted from the start of the
	// load (or from the call of Set) on both clocks. The default is DefaultTTL
	// (5 minutes); it cannot be negative.
	TTL time.Duration

	// TTLFor returns the time to live of one entry. 0 means TTL, a negative
	// duration means that the value is not kept at all. The default is TTL for
	// all.
	TTLFor func(key K, value V) time.Duration

	// Jitter is the largest share of the TTL by which an entry's life is
	// shortened at random, so that environments that started together do not
	// load together for ever. It never lengthens: TTL stays an upper bound.
	// The default is DefaultJitter (0.1, a tenth); a negative number means no
	// jitter; it must be below 1.
	Jitter float64

	// NegativeTTL is how long it is remembered that there is no value for a
	// key, so that Get answers without a load. It is shortened by Jitter too.
	// The default is 0: it is not remembered, because a value that is created
	// elsewhere would stay invisible for that long. It cannot be negative.
	NegativeTTL time.Duration

	// NotFound reports whether an error of Load says that there is no value, as
	// opposed to a failure. Such an error removes a stale value, and matches
	// ErrNotFound when it comes out of Get. Errors that wrap ErrNotFound always
	// say so; the default is that no others do.
	NotFound func(err error) bool

	// StaleWhileRevalidate is how long after its TTL an entry may still be
	// served while a load for its replacement runs. The caller who finds it
	// stale starts the load and does not wait (or no longer than SoftTimeout).
	// Call Cache.Wait before the handler returns, or use Wrap, lest the load be
	// frozen. The default is 0, never; it cannot be negative.
	StaleWhileRevalidate time.Duration

	// SoftTimeout is how long Get waits for the fresh value within
	// StaleWhileRevalidate before it answers with the stale one. The default is
	// 0: it does not wait. It needs StaleWhileRevalidate and cannot be negative.
	SoftTimeout time.Duration

	// StaleIfError is how long after its TTL an entry may still be served if
	// loading its replacement fails. The default is 0, never; it cannot be
	// negative.
	StaleIfError time.Duration

	// Load gets the value of a key that is not in the cache. It is called on a
	// goroutine of its own, at most once at a time per key, with the values of
	// the context of the caller that came first but without its cancellation:
	// others may be waiting too. Its context ends after LoadTimeout.
	//
	// Its error reaches all who wait, inside a *LoadError. The default is no
	// Load: Get then uses LoadMany, and without that answers only what was Set.
	Load func(ctx context.Context, key K) (V, error)

	// LoadMany gets the values of several distinct keys in one call, for
	// Cache.GetMany. Keys without a value are missing from the result. If it
	// fails for some keys only, it returns a *ManyError beside the values of the
	// others. The default is to Load each.
	LoadMany func(ctx context.Context, keys []K) (map[K]V, error)

	// LoadTimeout is how long a load may take. After it nobody waits for the
	// load or joins it, even if Load ignores its context. The default is
	// DefaultLoadTimeout (10 seconds); it cannot be negative.
	LoadTimeout time.Duration

	// Store is a second tier that many environments share. The default is none.
	Store Store[K, V]

	// OnEvict is called once for each value that leaves the cache, after it
	// has, with the reason. It runs on the goroutine that caused it, which may
	// be that of a load, and must not panic. Entries that expire are noticed
	// late, when somebody comes across them. The default is none.
	OnEvict func(key K, value V, cause Cause)

	// Clone copies a value. It is applied to values on their way in (Set) and
	// on their way out, so that no caller can change what others see. The
	// default is that all share one value, which must not be modified.
	Clone func(value V) V

	// Clock tells the time for expiry. The default reads the system's clocks.
	// It does not drive LoadTimeout and SoftTimeout, whose timers are real ones
	// (and fake ones in a testing/synctest bubble).
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
	r.MaxBytes = orDefault("MaxBytes", r.MaxBytes, 0)
	r.TTL = orDefault("TTL", r.TTL, DefaultTTL)
	r.NegativeTTL = orDefault("NegativeTTL", r.NegativeTTL, 0)
	r.StaleWhileRevalidate = orDefault("StaleWhileRevalidate", r.StaleWhileRevalidate, 0)
	r.SoftTimeout = orDefault("SoftTimeout", r.SoftTimeout, 0)
	r.StaleIfError = orDefault("StaleIfError", r.StaleIfError, 0)
	r.LoadTimeout = orDefault("LoadTimeout", r.LoadTimeout, DefaultLoadTimeout)
	r.Jitter = resolveJitter(r.Jitter)
	r.validate()
	return r
}

// validate checks the options that depend on each other.
func (o *Options[K, V]) validate() {
	require := func(ok bool, rule string) {
		if !ok {
			panic("cache: Options." + rule)
		}
	}
	if !o.Policy.known() { // its message is only made if it is needed
		require(false, fmt.Sprintf("Policy: must be LRU or S3FIFO, got %v", o.Policy))
	}
	require(o.MaxBytes == 0 || o.Size != nil, "MaxBytes: needs Size")
	require(o.Size == nil || o.MaxBytes > 0, "Size: needs MaxBytes")
	require(!o.ParallelReads || o.Policy == S3FIFO, "ParallelReads: needs Policy S3FIFO")
	require(o.SoftTimeout == 0 || o.StaleWhileRevalidate > 0, "SoftTimeout: needs StaleWhileRevalidate")
	require((o.Store.Get == nil) == (o.Store.Put == nil), "Store: needs both Get and Put, or neither")
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
