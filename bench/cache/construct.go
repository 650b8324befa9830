package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/go-thaw/thaw/bench/cache/peers"
	"github.com/go-thaw/thaw/cache"
)

// construct is the environment variable that makes this program a fresh process
// which makes one cache, of that name, and writes how long it took.
const construct = "THAW_BENCH_CONSTRUCT"

func constructOne(name string) {
	for _, maker := range peers.All() {
		if maker.Name != name {
			continue
		}
		began := time.Now()
		c := maker.Make(10_000)
		fmt.Println(time.Since(began).Nanoseconds())
		c.Close()
	}
}

// inFreshProcesses returns how long it took so many new processes to make a cache,
// in nanoseconds, as during a cold start.
func inFreshProcesses(maker peers.Maker, n int) []float64 {
	took := make([]float64, n)
	for i := range took {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), construct+"="+maker.Name)
		out, err := child.Output()
		if err != nil {
			panic(err)
		}
		if _, err := fmt.Sscan(string(out), &took[i]); err != nil {
			panic(err)
		}
	}
	return took
}

// construction writes what it costs to make a cache of 10,000 entries: the time in
// fresh processes, and bytes and goroutines of 20 made in this one.
func construction(w io.Writer, passes int) {
	fmt.Fprintf(w, "%-28s %11s %10s %8s %10s\n", "", "median (µs)", "best (µs)", "bytes", "goroutines")
	for _, maker := range peers.All() {
		took := inFreshProcesses(maker, passes)
		bytes, goroutines := footprint(maker)
		fmt.Fprintf(w, "%-28s %11.1f %10.1f %8d %10.1f\n", maker.Name, median(took)/1000, slices.Min(took)/1000, bytes, goroutines)
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
// compared with Lookup, a call of the same function, and Set. Under a deadline,
// as all of Lambda's contexts have, Get needs no timer of its own.
func misses(w io.Writer, passes int) {
	var deadline context.Context // that of one measurement
	load := func(context.Context, string) (peers.Payload, error) { return peers.Payload{1}, nil }
	keys := names(1 << 16)
	ways := []struct {
		name string
		miss func(*cache.Cache[string, peers.Payload], string)
	}{
		{"Lookup, load, Set", func(c *cache.Cache[string, peers.Payload], key string) {
			if _, ok := c.Lookup(key); !ok {
				v, _ := load(deadline, key)
				c.Set(key, v)
			}
		}},
		{"Get under a deadline", func(c *cache.Cache[string, peers.Payload], key string) { sink, _ = c.Get(deadline, key) }},
		{"Get without one", func(c *cache.Cache[string, peers.Payload], key string) { sink, _ = c.Get(context.Background(), key) }},
	}
	wall, cpu := make([][]float64, len(ways)), make([][]float64, len(ways))
	for range passes {
		for i, way := range ways {
			r := testing.Benchmark(func(b *testing.B) {
				var cancel context.CancelFunc
				deadline, cancel = context.WithTimeout(context.Background(), 9*time.Second)
				defer cancel()
				c := cache.New(&cache.Options[string, peers.Payload]{Capacity: 1000, Load: load})
				defer reportCPU(b)()
				i := 0
				for b.Loop() {
					way.miss(c, keys[i%len(keys)])
					i++
				}
			})
			wall[i] = append(wall[i], float64(r.T.Nanoseconds())/float64(r.N))
			cpu[i] = append(cpu[i], r.Extra[cpuMetric])
		}
	}
	fmt.Fprintf(w, "%-28s %9s %9s %9s %9s  %s\n",
		"", "processor", "best", "time", "best", "processor time of all passes")
	for i, way := range ways {
		fmt.Fprintf(w, "%-28s %9.0f %9.0f %9.0f %9.0f  %.0f\n", way.name,
			median(cpu[i]), slices.Min(cpu[i]), median(wall[i]), slices.Min(wall[i]), cpu[i])
	}
}
