// The program events measures package events beside what the same work costs
// without it: the bare calls of the SDK, encoding/json, and one pattern.
//
// Method. The ways to do the same work take turns: a round is one run of each, in
// random order,
// so that whatever else the machine does hits all alike. A run repeats the work
// until -time of processor time has passed. The figure is the median over the
// rounds of processor time per operation, of all threads and with garbage
// collection; next to it, the median of the ratios to the first way within each
// round. What counts are the ratios
// of one run of the program, not its nanoseconds.
//
//	go run ./events -rounds 25 -time 200ms | tee results/events.txt
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/go-thaw/thaw/bench/internal/spent"
)

// A comparison is work that can be done in several ways, the first of which the
// others are compared with.
type comparison struct {
	name   string
	events int // of one operation, for the allocations
	ways   []way
}

type way struct {
	name string
	do   func()
}

func main() {
	rounds := flag.Int("rounds", 15, "runs of each")
	each := flag.Duration("time", 200*time.Millisecond, "processor time of a run")
	only := flag.String("only", "", "measure only what has this in its name")
	flag.Parse()
	fmt.Printf("# %s, %s %s/%s, %d processors, GOMAXPROCS %d\n",
		time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), runtime.GOMAXPROCS(0))
	fmt.Printf("# command: go run ./events %s\n", strings.Join(os.Args[1:], " "))
	for _, c := range []comparison{publishing(1), publishing(4), routing(), matching("exact values"), matching("operators")} {
		if strings.Contains(c.name, *only) {
			c.run(os.Stdout, *rounds, *each)
		}
	}
}

// run measures all ways in turns and writes a table.
func (c *comparison) run(w io.Writer, rounds int, each time.Duration) {
	times := make([][]float64, len(c.ways))
	for range rounds {
		for _, i := range rand.Perm(len(c.ways)) {
			times[i] = append(times[i], spent.Nanoseconds(c.ways[i].do, each))
		}
	}
	fmt.Fprintf(w, "\n## %s\n\n%-46s %12s %8s %12s  %s\n", c.name, "",
		"processor ns", "ratio", "allocs/event", "ratio of each round")
	for i, x := range c.ways {
		ratios := make([]float64, rounds)
		for n := range ratios {
			ratios[n] = times[i][n] / times[0][n]
		}
		if i == 0 {
			ratios = []float64{1}
		}
		fmt.Fprintf(w, "%-46s %12.0f %8.3f %12.2f  %.2f\n", x.name,
			median(times[i]), median(ratios), spent.Allocations(x.do)/float64(c.events), ratios)
	}
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// must passes a value on; a failure would make the figures meaningless.
func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
