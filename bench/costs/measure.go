package main

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// A contender is a way to do something once.
type contender struct {
	name string
	run  func()

	times  int       // in a slice
	cpu    []float64 // nanoseconds per run, one of each round
	allocs float64
}

// interleave measures the contenders in turns.
func interleave(contenders []*contender, rounds int, slice time.Duration) {
	for _, c := range contenders {
		c.calibrate(slice)
	}
	for range rounds {
		for _, i := range rand.Perm(len(contenders)) {
			c := contenders[i]
			took := cpu(func() { repeat(c.times, c.run) })
			c.cpu = append(c.cpu, float64(took.Nanoseconds())/float64(c.times))
		}
	}
}

// calibrate finds how often the contender runs in a slice, and warms it up.
func (c *contender) calibrate(slice time.Duration) {
	for c.times = 1; ; c.times *= 2 {
		if took := cpu(func() { repeat(c.times, c.run) }); took >= slice {
			break
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	repeat(c.times, c.run)
	runtime.ReadMemStats(&after)
	c.allocs = float64(after.Mallocs-before.Mallocs) / float64(c.times)
}

func repeat(n int, f func()) {
	for range n {
		f()
	}
}

func cpu(f func()) time.Duration {
	before := used()
	f()
	return used() - before
}

func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (c *contender) quantile(q float64) float64 {
	sorted := slices.Sorted(slices.Values(c.cpu))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
