package cache_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

// A model is a cache of unlimited size that knows the true time: how much
// really passed, whatever the clocks show.
type model struct {
	values map[int][]modelValue // by key, the latest last
	passed time.Duration
}

type modelValue struct {
	value  int
	stored time.Duration
}

func (m *model) set(key, value int) {
	m.values[key] = append(m.values[key], modelValue{value, m.passed})
}

// fresh returns the value that a read of key is to answer, if any.
func (m *model) fresh(key int) (int, bool) {
	all := m.values[key]
	if len(all) == 0 {
		return 0, false
	}
	latest := all[len(all)-1]
	return latest.value, m.passed-latest.stored < ttl
}

// stale reports whether value is one that key had since it was last deleted,
// and expired less than late ago.
func (m *model) stale(key, value int, late time.Duration) bool {
	return slices.ContainsFunc(m.values[key], func(v modelValue) bool {
		return v.value == value && m.passed-v.stored < ttl+late
	})
}

// world is a cache under test, the origin behind it, the clock, and the model.
type world struct {
	*testing.T
	rng    *rand.Rand
	cache  *cache.Cache[int, int]
	clock  *cachetest.Clock
	model  model
	origin map[int]bool // whether there is a value
	broken bool
	left   map[int]int // value to how often OnEvict reported it
	serial int         // values are unique
	late   time.Duration
	exact  bool // no entry may be missing while it is fresh

	monoStops bool // in a freeze
	remembers bool // that there is no value
}

func newWorld(t *testing.T, seed uint64, o cache.Options[int, int]) *world {
	w := &world{
		T: t, rng: rand.New(rand.NewPCG(seed, 0)), clock: cachetest.NewClock(),
		model: model{values: map[int][]modelValue{}}, origin: map[int]bool{}, left: map[int]int{},
		late: max(o.StaleWhileRevalidate, o.StaleIfError), exact: o.Capacity == 0,
		monoStops: seed%2 == 0, remembers: o.NegativeTTL > 0,
	}
	o.TTL, o.Jitter, o.Clock, o.Load = ttl, exact, w.clock, w.load
	o.OnEvict = func(_, value int, _ cache.Cause) { w.left[value]++ }
	w.cache = cache.New(&o)
	return w
}

func (w *world) load(_ context.Context, key int) (int, error) {
	if w.broken {
		return 0, errDown
	}
	if !w.origin[key] {
		return 0, fmt.Errorf("%d: %w", key, cache.ErrNotFound)
	}
	w.serial++
	w.model.set(key, w.serial)
	return w.serial, nil
}

// step does one random thing.
func (w *world) step() {
	key := w.rng.IntN(20)
	switch w.rng.IntN(12) {
	case 0, 1, 2, 3:
		w.lookup(key)
	case 4, 5, 6:
		w.get(key)
	case 7:
		w.serial++
		w.cache.Set(key, w.serial)
		w.model.set(key, w.serial)
	case 8:
		w.cache.Delete(key)
		delete(w.model.values, key)
	case 9:
		w.origin[key] = w.rng.IntN(3) > 0
		w.broken = w.rng.IntN(4) == 0
	default:
		w.tick()
	}
}

// tick lets time pass, in one of the ways in which it can. In half of the worlds
// the monotonic clock stops in a freeze and the wall clock jumps forwards; in
// the others the monotonic clock goes on and the wall clock lags or is set back.
// In no world do both clocks miss a part of an entry's life: that nobody could
// tell.
func (w *world) tick() {
	d := time.Duration(w.rng.Int64N(int64(ttl / 2)))
	switch w.rng.IntN(4) {
	case 0, 1:
		w.clock.Advance(d)
	case 2:
		w.freeze(d)
	case 3:
		w.jump(d)
		return
	}
	w.model.passed += d
}

func (w *world) freeze(d time.Duration) {
	if w.monoStops {
		w.clock.Freeze(d)
		return
	}
	w.clock.Advance(d)
	w.clock.Step(-d)
	w.exact = false // what was stored before looks as if the clock had been set back
}

func (w *world) jump(d time.Duration) {
	w.exact = false // entries look older than they are
	if w.monoStops {
		w.clock.Step(d)
		return
	}
	w.clock.Step(-d)
}

func (w *world) lookup(key int) {
	got, ok := w.cache.Lookup(key)
	want, fresh := w.model.fresh(key)
	if ok {
		require.True(w, fresh, "key %d has expired", key)
		require.Equal(w, want, got)
	}
	if w.exact {
		require.Equal(w, fresh, ok, "key %d is missing", key)
	}
}

func (w *world) get(key int) {
	v, err := w.cache.Get(context.Background(), key)
	require.NoError(w, w.cache.Wait(context.Background()))
	if err == nil {
		want, fresh := w.model.fresh(key)
		require.True(w, fresh && v == want || w.model.stale(key, v, w.late), "key %d: %d", key, v)
		return
	}
	require.True(w, w.broken || w.remembers || !w.origin[key], "%v", err)
	if !w.broken {
		require.ErrorIs(w, err, cache.ErrNotFound)
		delete(w.model.values, key)
	}
}

// settle checks what must hold in the end: each value that was stored has left
// once, or is still there.
func (w *world) settle() {
	for _, v := range w.cache.All() {
		require.Zero(w, w.left[v])
	}
	w.cache.Clear()
	require.Zero(w, w.cache.Len())
	for v, times := range w.left {
		require.Equal(w, 1, times, "value %d", v)
	}
	s := w.cache.Stats()
	require.GreaterOrEqual(w, s.Misses, s.Loads-s.Stale)
}

// Whatever happens in whatever order, under clocks that stop and jump, no read
// is answered with a value that was not the latest stored for the key, or whose
// time had really passed; and without a bound, steps or lags, none is missing.
func TestModel(t *testing.T) {
	variants := map[string]cache.Options[int, int]{
		"unbounded":      {},
		"LRU":            {Capacity: 8},
		"S3FIFO":         {Capacity: 8, Policy: cache.S3FIFO},
		"ParallelReads":  {Capacity: 8, Policy: cache.S3FIFO, ParallelReads: true},
		"bytes":          {MaxBytes: 1000, Size: func(_, v int) int64 { return int64(v % 200) }, Capacity: 20},
		"negative":       {NegativeTTL: time.Minute, Capacity: 8},
		"stale":          {StaleWhileRevalidate: time.Minute, Capacity: 30},
		"stale if error": {StaleIfError: time.Minute, Capacity: 30},
	}
	for name, o := range variants {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(16) {
				w := newWorld(t, seed, o)
				for range 400 {
					w.step()
				}
				w.settle()
			}
		})
	}
}
