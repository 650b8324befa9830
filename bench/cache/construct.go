package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/go-thaw/thaw/bench/cache/peers"
	"github.com/go-thaw/thaw/cache"
)

// construction writes what it costs to make a cache of 10,000 entries: each is
// made for the first time, as during a cold start, and then 20 times more for
// the bytes and goroutines.
func construction(w io.Writer) {
	fmt.Fprintf(w, "\n## construction, 10,000 entries\n\n%-28s %10s %8s %10s\n", "", "first (µs)", "bytes", "goroutines")
	for _, maker := range peers.All() {
		began := time.Now()
		first := maker.Make(10_000)
		took := time.Since(began)
		bytes, goroutines := footprint(maker)
		fmt.Fprintf(w, "%-28s %10.1f %8d %10.1f\n", maker.Name, float64(took.Nanoseconds())/1000, bytes, goroutines)
		first.Close()
	}
}

// footprint returns the bytes allocated and the goroutines started for one.
func footprint(maker peers.Maker) (bytes uint64, goroutines float64) {
	const n = 20
	var made [n]peers.Peer
	var before, after runtime.MemStats
	running := runtime.NumGoroutine()
	runtime.ReadMemStats(&before)
	for i := range made {
		made[i] = maker.Make(10_000)
	}
	runtime.ReadMemStats(&after)
	goroutines = float64(runtime.NumGoroutine()-running) / n
	for _, c := range made {
		c.Close()
	}
	return (after.TotalAlloc - before.TotalAlloc) / n, goroutines
}

// memory writes the bytes per entry of full caches of 10,000 entries, besides
// key and value (16 and 96 bytes): the live heap with the cache, less without.
func memory(w io.Writer) {
	const capacity = 10_000
	keys := names(3 * capacity)
	fmt.Fprintf(w, "\n## bytes per entry besides key and value, 10,000 entries after 30,000 sets\n\n")
	for _, maker := range peers.All() {
		before := liveHeap()
		c := maker.Make(capacity)
		for _, key := range keys {
			c.Set(key, peers.Payload{1})
		}
		entries := 0
		after := liveHeap()
		for _, key := range keys {
			if _, ok := c.Get(key); ok {
				entries++
			}
		}
		fmt.Fprintf(w, "%-28s %8.0f  (%d entries)\n", maker.Name, float64(after-before)/float64(entries)-112, entries)
		c.Close()
	}
}

func liveHeap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// misses writes what a load adds to a miss: Get of a key that is not there,
// compared with Lookup, a call of the same function, and Set.
func misses(w io.Writer, passes int) {
	ctx := context.Background()
	load := func(context.Context, string) (peers.Payload, error) { return peers.Payload{1}, nil }
	keys := names(1 << 16)
	each := map[string]func(*cache.Cache[string, peers.Payload], string){
		"Get": func(c *cache.Cache[string, peers.Payload], key string) { sink, _ = c.Get(ctx, key) },
		"Lookup, load, Set": func(c *cache.Cache[string, peers.Payload], key string) {
			if _, ok := c.Lookup(key); !ok {
				v, _ := load(ctx, key)
				c.Set(key, v)
			}
		},
	}
	wall, cpu := map[string][]float64{}, map[string][]float64{}
	for range passes {
		for name, f := range each {
			r := testing.Benchmark(func(b *testing.B) {
				c := cache.New(&cache.Options[string, peers.Payload]{Capacity: 1000, Load: load})
				defer reportCPU(b)()
				i := 0
				for b.Loop() {
					f(c, keys[i%len(keys)])
					i++
				}
			})
			wall[name] = append(wall[name], float64(r.T.Nanoseconds())/float64(r.N))
			cpu[name] = append(cpu[name], r.Extra[cpuMetric])
		}
	}
	fmt.Fprintf(w, "\n## miss with a load that takes no time\n\n")
	for _, name := range []string{"Get", "Lookup, load, Set"} {
		fmt.Fprintf(w, "%-28s processor %8.0f  time %8.0f  best time %8.0f  processor time of all passes %.0f\n",
			name, median(cpu[name]), median(wall[name]), slices.Min(wall[name]), cpu[name])
	}
}
