package cachetest

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/go-thaw/thaw/cache"
)

// A Loader is the origin behind a cache, in memory: its Load method is for
// [cache.Options]. It counts calls, and fails or hangs when told to. All
// methods may be called concurrently.
type Loader[K comparable, V any] struct {
	mu     sync.Mutex
	values map[K]V
	errs   []error
	calls  []K
	held   chan struct{} // closed by release; nil if loads are not held
}

// NewLoader returns a loader that answers with a copy of values, and with
// [cache.ErrNotFound] for all other keys. A nil map is empty.
func NewLoader[K comparable, V any](values map[K]V) *Loader[K, V] {
	l := &Loader[K, V]{values: make(map[K]V, len(values))}
	maps.Copy(l.values, values)
	return l
}

// Load records the call, waits while loads are held, and then answers as the
// loader is scripted at that moment. It returns ctx's error if ctx ends first.
func (l *Loader[K, V]) Load(ctx context.Context, key K) (V, error) {
	var none V
	if err := l.enter(ctx, key); err != nil {
		return none, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if v, ok := l.values[key]; ok {
		return v, nil
	}
	return none, cache.ErrNotFound
}

// LoadMany is Load for several keys, for LoadMany of [cache.Options]: each counts
// as a load, and one error of [Loader.Fail] fails them all.
func (l *Loader[K, V]) LoadMany(ctx context.Context, keys []K) (map[K]V, error) {
	if err := l.enter(ctx, keys...); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	found := make(map[K]V)
	for _, key := range keys {
		if v, ok := l.values[key]; ok {
			found[key] = v
		}
	}
	return found, nil
}

// enter records a call for keys and waits for its turn. It returns the error
// that the call is to fail with.
func (l *Loader[K, V]) enter(ctx context.Context, keys ...K) error {
	l.mu.Lock()
	l.calls = append(l.calls, keys...)
	held := l.held
	l.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.errs) == 0 {
		return nil
	}
	err := l.errs[0]
	l.errs = l.errs[1:]
	return err
}

// Put makes later loads of key answer with value.
func (l *Loader[K, V]) Put(key K, value V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.values[key] = value
}

// Remove makes later loads of key answer with [cache.ErrNotFound].
func (l *Loader[K, V]) Remove(key K) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.values, key)
}

// Fail makes the next loads fail, one with each error, whatever their keys. A
// nil error lets one load through.
func (l *Loader[K, V]) Fail(errs ...error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errs = append(l.errs, errs...)
}

// Hold makes the loads that begin from now on wait until release is called (or
// until their context ends). It may be called again after release; release may
// be called more than once.
func (l *Loader[K, V]) Hold() (release func()) {
	held := make(chan struct{})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = held
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.held == held {
			l.held = nil
		}
		close(held)
	})
}

// Calls returns the keys of all loads so far, those under way included, in the
// order in which they began.
func (l *Loader[K, V]) Calls() []K {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.calls)
}

// Count returns the number of loads of key so far, those under way included.
func (l *Loader[K, V]) Count(key K) int {
	n := 0
	for _, k := range l.Calls() {
		if k == key {
			n++
		}
	}
	return n
}
