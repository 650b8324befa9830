// Package spent tells what an operation takes: processor time and allocations.
package spent

import (
	"runtime"
	"syscall"
	"time"
)

// Nanoseconds returns the processor time of a call of do, over as many calls as
// take least.
func Nanoseconds(do func(), least time.Duration) float64 {
	runtime.GC()
	start := processorTime()
	for n, calls := 1, 0; ; n *= 2 {
		for range n {
			do()
		}
		calls += n
		if spent := processorTime() - start; spent >= least {
			return float64(spent.Nanoseconds()) / float64(calls)
		}
	}
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// Allocations returns those of a call of do.
func Allocations(do func()) float64 {
	const calls = 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		do()
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / calls
}
