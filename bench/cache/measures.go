package main

import (
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/go-thaw/thaw/bench/cache/peers"
)

// measures returns what is measured. 256 entries are what a function usually
// has, and fit into the processor's cache; with 10,000, memory is what limits.
func measures() []measure {
	return []measure{
		{"hit, 256 entries", hits(256)},
		{"hit, 10,000 entries", hits(10_000)},
		{"hit in parallel, 256 entries", hitsInParallel(256)},
		{"hit in parallel, 10,000 entries", hitsInParallel(10_000)},
		{"set of a key that is there, 10,000 entries", sets(10_000, 10_000)},
		{"set of a new key with eviction, 10,000 entries", sets(10_000, 1<<20)},
	}
}

// names returns so many keys.
func names(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = "gig-" + strconv.Itoa(i*7919)
	}
	return all
}

// filled returns a cache that has all the keys. It is larger than their number,
// as some caches bound each of their shards.
func filled(maker peers.Maker, keys []string) peers.Peer {
	c := maker.Make(2 * len(keys))
	for range 3 { // ristretto and otter take in what is set with a delay
		for _, key := range keys {
			if _, ok := c.Get(key); !ok {
				c.Set(key, peers.Payload{1})
			}
		}
	}
	return c
}

var sink peers.Payload //nolint:unused // written, so that no read is compiled away

// hits reads all keys in turn.
func hits(n int) func(peers.Maker, *testing.B) {
	keys := names(n)
	return func(maker peers.Maker, b *testing.B) {
		c := filled(maker, keys)
		defer c.Close()
		b.ReportAllocs()
		defer reportCPU(b)()
		b.ResetTimer()
		i := 0
		for b.Loop() {
			sink, _ = c.Get(keys[i])
			if i++; i == n {
				i = 0
			}
		}
	}
}

// hitsInParallel is hits on all processors, each beginning elsewhere.
func hitsInParallel(n int) func(peers.Maker, *testing.B) {
	keys := names(n)
	return func(maker peers.Maker, b *testing.B) {
		c := filled(maker, keys)
		defer c.Close()
		b.ReportAllocs()
		defer reportCPU(b)()
		b.ResetTimer()
		var goroutines atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			var got peers.Payload
			i := int(goroutines.Add(1)) * n / 3 % n
			for pb.Next() {
				got, _ = c.Get(keys[i])
				if i++; i == n {
					i = 0
				}
			}
			_ = got
		})
	}
}

// sets stores keys in turn, of which the cache keeps at most capacity.
func sets(capacity, n int) func(peers.Maker, *testing.B) {
	keys := names(n)
	return func(maker peers.Maker, b *testing.B) {
		c := maker.Make(capacity)
		defer c.Close()
		for _, key := range keys[:capacity] {
			c.Set(key, peers.Payload{1})
		}
		b.ReportAllocs()
		defer reportCPU(b)()
		b.ResetTimer()
		i := 0
		for b.Loop() {
			c.Set(keys[i], peers.Payload{2})
			if i++; i == n {
				i = 0
			}
		}
	}
}

// reportCPU returns a function that reports the processor time that was used
// since, per operation, by all threads.
func reportCPU(b *testing.B) func() {
	before := cpuTime()
	return func() { b.ReportMetric(float64(cpuTime()-before)/float64(b.N), cpuMetric) }
}

const cpuMetric = "cpu-ns/op"

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
