package main

import (
	"fmt"
	"io"
	"iter"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/maypok86/otter/v2"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
	"github.com/go-thaw/thaw/cache/cachetest/trace"
)

// A reader reads a key through a cache and reports whether it was there.
type reader func(key uint64) bool

// policies returns a reader per policy.
func policies(capacity int) (names []string, readers []reader) {
	for _, policy := range []cache.Policy{cache.LRU, cache.S3FIFO} {
		names = append(names, "thaw "+policy.String())
		readers = append(readers, thawReader(policy, capacity))
	}
	return append(names, "lru.Cache", "lru 2Q", "otter"),
		append(readers, lruReader(capacity), twoQueueReader(capacity), otterReader(capacity))
}

func thawReader(policy cache.Policy, capacity int) reader {
	c := cache.New(&cache.Options[uint64, struct{}]{
		Capacity: capacity, Policy: policy, TTL: 24 * time.Hour, Clock: cachetest.NewClock()})
	return func(key uint64) bool {
		_, ok := c.Lookup(key)
		if !ok {
			c.Set(key, struct{}{})
		}
		return ok
	}
}

func lruReader(capacity int) reader {
	c, err := lru.New[uint64, struct{}](capacity)
	if err != nil {
		panic(err)
	}
	return func(key uint64) bool {
		_, ok := c.Get(key)
		if !ok {
			c.Add(key, struct{}{})
		}
		return ok
	}
}

func twoQueueReader(capacity int) reader {
	c, err := lru.New2Q[uint64, struct{}](capacity)
	if err != nil {
		panic(err)
	}
	return func(key uint64) bool {
		_, ok := c.Get(key)
		if !ok {
			c.Add(key, struct{}{})
		}
		return ok
	}
}

// otterReader runs otter's maintenance at once, so that it is not behind the
// reads.
func otterReader(capacity int) reader {
	c := otter.Must(&otter.Options[uint64, struct{}]{
		MaximumSize: capacity, Executor: func(task func()) { task() }})
	return func(key uint64) bool {
		_, ok := c.GetIfPresent(key)
		if !ok {
			c.Set(key, struct{}{})
		}
		return ok
	}
}

// hitRates writes the hit rates of the policies, in percent: a million reads of
// a hundred thousand keys, unless the trace says otherwise.
func hitRates(w io.Writer) {
	const keys, reads = 100_000, 1_000_000
	tests := []struct {
		name     string
		capacity int
		trace    iter.Seq[uint64]
	}{
		{"zipf 0.80", 1000, trace.Zipf(0.80, keys, reads)},
		{"zipf 0.99", 100, trace.Zipf(0.99, keys, reads)},
		{"zipf 0.99", 1000, trace.Zipf(0.99, keys, reads)},
		{"zipf 0.99", 10_000, trace.Zipf(0.99, keys, reads)},
		{"zipf 1.20", 1000, trace.Zipf(1.20, keys, reads)},
		{"scan of 20,000 every 50,000", 1000, trace.Scan(0.99, keys, reads, 50_000, 20_000)},
		{"scan of 20,000 every 50,000", 10_000, trace.Scan(0.99, keys, reads, 50_000, 20_000)},
		{"30 % one-hit wonders", 1000, trace.OneHitWonders(0.99, keys, reads, 0.3)},
		{"loop over 12,000", 10_000, trace.Loop(12_000, reads)},
		{"shift by 3,000 every 100,000", 100, trace.Shift(0.99, keys, reads, 100_000, 3000)},
		{"shift by 3,000 every 100,000", 1000, trace.Shift(0.99, keys, reads, 100_000, 3000)},
	}
	names, _ := policies(10)
	fmt.Fprintf(w, "\n%-30s %8s", "trace", "capacity")
	for _, name := range names {
		fmt.Fprintf(w, " %11s", name)
	}
	fmt.Fprintln(w)
	for _, test := range tests {
		fmt.Fprintf(w, "%-30s %8d", test.name, test.capacity)
		_, readers := policies(test.capacity)
		for _, read := range readers {
			hits := 0
			for key := range test.trace {
				if read(key) {
					hits++
				}
			}
			fmt.Fprintf(w, " %11.1f", 100*float64(hits)/reads)
		}
		fmt.Fprintln(w)
	}
}
