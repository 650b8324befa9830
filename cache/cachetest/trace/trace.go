// Package trace makes sequences of keys with which to measure how often a cache
// hits: the same ones for every cache, and the same ones every time.
//
// # Getting started
//
//	for key := range trace.Zipf(0.99, 100_000, 1_000_000) {
//		if _, ok := c.Lookup(key); !ok {
//			c.Set(key, key)
//		}
//	}
//	fmt.Println(c.Stats().HitRate())
//
// # Semantics and limits
//
// Each trace shows one thing that a policy can be good or bad at: popularity
// that differs from key to key ([Zipf]), passes over keys that are read once
// ([Scan], [OneHitWonders], [Loop]), and popularity that changes ([Shift]).
// Real traffic is a mixture; record your own if it matters.
//
// # Errors
//
// There are none; arguments that make no sense give an empty sequence or a
// panic of the runtime.
//
// # Cost
//
// A trace takes 8 bytes per distinct key.
//
// # Concurrency
//
// A sequence may be walked any number of times, by several goroutines.
//
// # Testing
//
// The generators are seeded with constants, so tests can rely on the figures.
package trace

import (
	"iter"
	"math"
	"math/rand/v2"
	"sort"
)

// A popularity draws keys, 0 most often.
type popularity struct {
	rng   *rand.Rand
	below []float64 // how likely a key is at most this one
}

// zipf returns the popularity of n keys in which key i is drawn with a weight of
// 1/(i+1)^s. Unlike math/rand's it allows s <= 1, where traffic usually is.
func zipf(s float64, n int) popularity {
	below := make([]float64, n)
	total := 0.0
	for i := range below {
		total += math.Pow(float64(i+1), -s)
		below[i] = total
	}
	for i := range below {
		below[i] /= total
	}
	return popularity{rand.New(rand.NewPCG(7, 11)), below}
}

func (p popularity) draw() uint64 { return uint64(sort.SearchFloat64s(p.below, p.rng.Float64())) }

// Zipf returns reads of so many keys, of which the i-th is 1/i^s as popular as
// the first.
func Zipf(s float64, keys, reads int) iter.Seq[uint64] {
	return each(s, keys, reads, func(_ int, key uint64, _ *rand.Rand) uint64 { return key })
}

// each returns reads that are drawn from a popularity and then changed by f,
// which is given the number of the read.
func each(s float64, keys, reads int, f func(i int, key uint64, rng *rand.Rand) uint64) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		p := zipf(s, keys)
		for i := range reads {
			if !yield(f(i, p.draw(), p.rng)) {
				return
			}
		}
	}
}

// never is a key that no popularity draws: reads of never+i are the only ones
// of that key.
const never = 1 << 40

// Scan returns Zipf, interrupted after each so many reads by a scan: a pass over
// length keys that are read this once. The reads of scans are part of reads.
func Scan(s float64, keys, reads, every, length int) iter.Seq[uint64] {
	return each(s, keys, reads, func(i int, key uint64, _ *rand.Rand) uint64 {
		if i%(every+length) >= every {
			return never + uint64(i)
		}
		return key
	})
}

// OneHitWonders returns Zipf in which the given share of the reads is of keys
// that are read this once.
func OneHitWonders(s float64, keys, reads int, share float64) iter.Seq[uint64] {
	return each(s, keys, reads, func(i int, key uint64, rng *rand.Rand) uint64 {
		if rng.Float64() < share {
			return never + uint64(i)
		}
		return key
	})
}

// Loop returns reads of one key after the other, again and again.
func Loop(keys, reads int) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for i := range reads {
			if !yield(uint64(i % keys)) {
				return
			}
		}
	}
}

// Shift returns Zipf in which other keys become the popular ones after each so
// many reads: all popularities move on by the given number of keys.
func Shift(s float64, keys, reads, every, by int) iter.Seq[uint64] {
	return each(s, keys, reads, func(i int, key uint64, _ *rand.Rand) uint64 {
		return (key + uint64(i/every*by)) % uint64(keys)
	})
}
