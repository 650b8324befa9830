//go:build unix

package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// loop is what the dispatch is compared with: tasks one after the other, with a
// recover for each, whose errors are kept.
func loop(ctx context.Context, b *batch) {
	for i := range b.tasks {
		loopTask(ctx, &b.tasks[i])
	}
}

func loopTask(ctx context.Context, t *task) {
	defer func() {
		if v := recover(); v != nil {
			t.err = &PanicError{Value: v}
		}
	}()
	nothing(ctx, t)
}

// TestDispatchCost measures in as many rounds as the variable says, of which
// each runs every way once, in random order; the method is that of bench/queue.
func TestDispatchCost(t *testing.T) {
	const variable = "THAW_QUEUE_DISPATCH"
	rounds, err := strconv.Atoi(os.Getenv(variable))
	if err != nil {
		t.Skipf("SKIPPED: a measurement; set %s to a number of rounds", variable)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	fmt.Printf("# %s, %s %s/%s, GOMAXPROCS %d\n", time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	fmt.Printf("\n## dispatch, ns a record with a handler that does nothing: processor time of all threads, and time that passed (medians)\n\n")
	for _, records := range []int{10, 100, 10_000} {
		var p pool
		plain, grouped := idle(records, 0), idle(records, 4)
		ways := []struct {
			name string
			do   func()
		}{
			{"clearing the batch, in all below", func() { plain.again() }},
			{"a loop that recovers", func() { plain.again(); loop(ctx, plain) }},
			{"pool of 10", func() { plain.again(); runIdle(ctx, &p, plain, 10) }},
			{"sequential", func() { plain.again(); runIdle(ctx, &p, plain, 1) }},
			{"FIFO, 4 groups", func() { grouped.again(); runIdle(ctx, &p, grouped, 10) }},
		}
		processor, passed := make([][]float64, len(ways)), make([][]float64, len(ways))
		for range rounds {
			for _, i := range rand.Perm(len(ways)) {
				ns, elapsed := processorTime(ways[i].do, 20*time.Millisecond)
				processor[i] = append(processor[i], ns/float64(records))
				passed[i] = append(passed[i], elapsed/float64(records))
			}
		}
		for i, w := range ways {
			fmt.Printf("%6d records  %-34s %8.1f %8.1f\n", records, w.name, quartile(processor[i], 2), quartile(passed[i], 2))
		}
	}
	decodeCost(rounds)
}

// decodeCost compares what a processor does between the text of a body and its
// handler with the bare call of json.Unmarshal.
func decodeCost(rounds int) {
	type order struct {
		ID    string `json:"id"`
		Items []struct {
			SKU   string `json:"sku"`
			Count int    `json:"count"`
		} `json:"items"`
		Labels map[string]string `json:"labels"`
	}
	const body = `{"id":"order-17","customer":"customer-17","total":1999,"items":[{"sku":"ticket","count":2},{"sku":"poster","count":1},` +
		`{"sku":"shirt","count":1}],"labels":{"channel":"web","campaign":"autumn","tenant":"tenant-17"}}`
	var handled int
	p := NewProcessor(func(_ context.Context, m Message[order]) error { handled += len(m.Body.Items); return nil }, nil)
	bare := func() {
		var o order
		if err := json.Unmarshal([]byte(body), &o); err != nil {
			panic(err)
		}
		handled += len(o.Items)
	}
	ours := func() {
		d := &typed[order]{processor: p, message: Message[order]{Record: Record{Text: body}}}
		if err := d.handle(context.Background()); err != nil {
			panic(err)
		}
	}
	var ratios []float64
	for range rounds {
		first, second := bare, ours
		if swap := rand.IntN(2) == 0; swap {
			first, second = second, first
			ratios = append(ratios, 1/ratio(first, second))
			continue
		}
		ratios = append(ratios, ratio(first, second))
	}
	fmt.Printf("\n## decode a body of %d bytes and call the handler, ratio to json.Unmarshal\n\n%.3f (%.3f to %.3f)\n",
		len(body), quartile(ratios, 2), quartile(ratios, 1), quartile(ratios, 3))
}

// ratio returns the time of second over that of first.
func ratio(first, second func()) float64 {
	base, _ := processorTime(first, 20*time.Millisecond)
	above, _ := processorTime(second, 20*time.Millisecond)
	return above / base
}

// processorTime returns for one call of do the nanoseconds of all threads, and
// those that passed.
func processorTime(do func(), least time.Duration) (processor, passed float64) {
	used := func() int64 {
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			panic(err)
		}
		return usage.Utime.Nano() + usage.Stime.Nano()
	}
	runtime.GC()
	start, began := used(), time.Now()
	for n, calls := 1, 0; ; n *= 2 {
		for range n {
			do()
		}
		calls += n
		if spent := used() - start; spent >= int64(least) {
			return float64(spent) / float64(calls), float64(time.Since(began)) / float64(calls)
		}
	}
}

func quartile[T cmp.Ordered](all []T, n int) T {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)*n/4]
}
