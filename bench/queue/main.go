// The program queue measures package queue on whole batches, from the raw
// payload to the raw response, beside what most functions do: lambda.Start with
// events.SQSEvent, and a loop that decodes each body; and its sender, beside
// SendMessageBatch by hand, through the SDK's client to a stub that answers what
// SQS would, checksums included.
//
// Method. The ways to do the same work take turns: a round is one run of each,
// in random order, so that whatever else the machine does hits all alike. A run
// repeats the work until -time of processor time has passed. The figure is the
// median over the rounds of processor time per record, of all threads and with
// garbage collection; next to it, the median of the ratios to the first way
// within each round, with its quartiles. What counts are the ratios of one run
// of the program, not its nanoseconds. Logs are formatted as JSON and dropped.
//
// Memory is what is in use beyond the payload: measured inside of handlers
// after a collection, which leaves out garbage, and as the sum of all that a
// batch allocated.
//
// What dispatch and decoding alone cost is not visible from outside of the
// package; a test in it measures that with the same method:
//
//	go run ./queue -rounds 41 -time 100ms
//	THAW_QUEUE_DISPATCH=41 go test -count=1 -run '^TestDispatchCost$' -v ../queue
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
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
	name    string
	records int // of one batch, or messages
	ways    []way
}

type way struct {
	name string
	do   func()
}

func main() {
	rounds := flag.Int("rounds", 21, "runs of each")
	each := flag.Duration("time", 100*time.Millisecond, "processor time of a run")
	flag.Parse()
	slog.SetDefault(slog.New(slog.NewJSONHandler(io.Discard, nil)))
	// A context with a deadline, as Lambda gives it. The program ends before.
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()

	fmt.Printf("# %s, %s %s/%s, %d processors, GOMAXPROCS %d\n",
		time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), runtime.GOMAXPROCS(0))
	fmt.Printf("# command: go run ./queue %s\n", strings.Join(os.Args[1:], " "))
	for _, records := range []int{1, 10, 100, 10_000} {
		c := batches(ctx, records)
		c.run(*rounds, *each)
	}
	c := failing(ctx)
	c.run(*rounds, *each)
	for _, messages := range []int{1, 10, 1000} {
		for _, name := range []string{"orders", "orders.fifo"} {
			c := sending(ctx, messages, name)
			c.run(*rounds, *each)
		}
	}
	memory(ctx)
}

// run measures all ways in turns and writes a table.
func (c *comparison) run(rounds int, each time.Duration) {
	times := make([][]float64, len(c.ways))
	for i := range times {
		times[i] = make([]float64, rounds)
	}
	for round := range rounds {
		for _, i := range rand.Perm(len(c.ways)) {
			times[i][round] = spent.Nanoseconds(c.ways[i].do, each) / float64(c.records)
		}
	}
	fmt.Printf("\n## %s\n\n%-46s %10s %8s %-16s %14s\n", c.name, "", "ns/record", "ratio", "(quartiles)", "allocs/record")
	for i, x := range c.ways {
		ratios := make([]float64, rounds)
		for n := range ratios {
			ratios[n] = times[i][n] / times[0][n]
		}
		fmt.Printf("%-46s %10.0f %8.3f (%.3f to %.3f) %14.2f\n", x.name, quantile(times[i], 2),
			quantile(ratios, 2), quantile(ratios, 1), quantile(ratios, 3), spent.Allocations(x.do)/float64(c.records))
	}
}

// quantile returns the n-th of the three quartiles.
func quantile[T cmp.Ordered](all []T, n int) T {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)*n/4]
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
