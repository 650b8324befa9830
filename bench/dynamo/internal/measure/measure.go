// Package measure compares the processor time of several functions on a machine
// that does other things as well.
package measure

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A Contender is one of the functions to compare. Run is the operation.
type Contender struct {
	Name string
	Run  func()
}

// A Result is what was measured of a contender.
type Result struct {
	Name    string
	CPU     []float64 // ns of processor time per operation, one of each round
	Fastest float64   // the same in the fastest slice: what it takes when nothing disturbs
	Allocs  float64   // per operation
	Bytes   float64   // allocated per operation
}

// perRound is the number of slices of each contender in a round.
const perRound = 80

// Interleave measures the contenders in rounds. In a round each of them gets 80
// slices of about the given processor time, in random order each time, so that
// whatever else the machine does hits all of them alike; short slices matter
// more than many, as the speed of a shared processor changes by half within a
// tenth of a second. Collections of garbage fall into the slice of whoever
// happens to be next, which evens out over a run. Contenders that take about the
// same time do the same number of operations in a slice, since its first ones,
// with cold caches, are the slowest.
func Interleave(rounds int, slice time.Duration, contenders []Contender) []Result {
	results := make([]Result, len(contenders))
	times := make([]int, len(contenders))
	for i, c := range contenders {
		results[i].Name = c.Name
		times[i] = calibrate(slice, c.Run)
		results[i].Allocs, results[i].Bytes = allocations(c.Run)
		if times[i] < 2*times[0] && times[0] < 2*times[i] {
			times[i] = times[0]
		}
	}
	for range rounds {
		took := make([]time.Duration, len(contenders))
		for range perRound {
			for _, i := range rand.Perm(len(contenders)) {
				d := CPU(func() { repeat(times[i], contenders[i].Run) })
				took[i] += d
				results[i].faster(float64(d.Nanoseconds()) / float64(times[i]))
			}
		}
		for i := range results {
			results[i].CPU = append(results[i].CPU, float64(took[i].Nanoseconds())/float64(perRound*times[i]))
		}
	}
	return results
}

func (r *Result) faster(perOperation float64) {
	if r.Fastest == 0 || perOperation < r.Fastest {
		r.Fastest = perOperation
	}
}

// calibrate returns how often f runs in a slice, and warms it up.
func calibrate(slice time.Duration, f func()) int {
	const warm = 20 * time.Millisecond
	for n := 1; ; n *= 2 {
		if took := CPU(func() { repeat(n, f) }); took >= max(warm, slice) {
			return max(1, int(float64(n)*float64(slice)/float64(took)))
		}
	}
}

func repeat(n int, f func()) {
	for range n {
		f()
	}
}

// allocations returns the objects and bytes that one run of f allocates.
func allocations(f func()) (objects, bytes float64) {
	const runs = 500
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	repeat(runs, f)
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / runs, float64(after.TotalAlloc-before.TotalAlloc) / runs
}

// CPU returns the processor time that the process takes while f runs.
func CPU(f func()) time.Duration {
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

// Median returns the median of r's processor times.
func (r *Result) Median() float64 { return Quantile(r.CPU, 0.5) }

// Ratio returns the median over the rounds of r's time in proportion to that of
// base, and bounds between which the true one is with 95 % probability.
func (r *Result) Ratio(base *Result) (median, low, high float64) {
	return middle(r.CPU, base.CPU, func(a, b float64) float64 { return a / b })
}

// Over is like Ratio for the difference in nanoseconds.
func (r *Result) Over(base *Result) (median, low, high float64) {
	return middle(r.CPU, base.CPU, func(a, b float64) float64 { return a - b })
}

// middle returns the median of f over pairs and the order statistics that bound
// it: their ranks are n/2 ± 0.98·√n, from the binomial distribution.
func middle(a, b []float64, f func(a, b float64) float64) (median, low, high float64) {
	all := make([]float64, len(a))
	for i := range all {
		all[i] = f(a[i], b[i])
	}
	slices.Sort(all)
	n := len(all)
	spread := 0
	for spread*spread*10_000 < 9_604*n { // 0.98² = 0.9604
		spread++
	}
	return all[n/2], all[max(0, n/2-spread)], all[min(n-1, n/2+spread)]
}

// Quantile returns the q-quantile of values.
func Quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// Table writes the results, all of them compared with the first. The bounds are
// those of [Result.Ratio], and more is how many more allocations there are.
func Table(w io.Writer, name string, results []Result) {
	fmt.Fprintf(w, "\n## %s\n\n%-46s %9s %9s %7s %17s %8s %8s %8s\n",
		name, "", "CPU µs/op", "fastest", "ratio", "95 %", "allocs", "more", "bytes")
	base := &results[0]
	for i := range results {
		r := &results[i]
		median, low, high := r.Ratio(base)
		fmt.Fprintf(w, "%-46s %9.3f %9.3f %7.4f   %.4f - %.4f %8.1f %+8.1f %8.0f\n",
			r.Name, r.Median()/1000, r.Fastest/1000, median, low, high, r.Allocs, r.Allocs-base.Allocs, r.Bytes)
	}
}

// Header writes what was run, where and when.
func Header(w io.Writer) {
	fmt.Fprintf(w, "# %s, %s %s/%s, %d processors, GOMAXPROCS %d\n",
		time.Now().UTC().Format("2006-01-02 15:04 MST"), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), runtime.GOMAXPROCS(0))
	fmt.Fprintf(w, "# command: go run ./dynamo/%s %s\n", filepath.Base(os.Args[0]), strings.Join(os.Args[1:], " "))
}
