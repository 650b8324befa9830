package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/go-thaw/thaw/costs"
)

type handler func(context.Context, []byte) ([]byte, error)

func (h handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return h(ctx, payload) }

const (
	route    = "GET /gigs/{id}"
	duration = 50 * time.Millisecond
)

// newTracker tracks the smallest usual function: 128 MB.
func newTracker(out io.Writer, changes ...func(*costs.TrackerOptions)) *costs.Tracker {
	options := &costs.TrackerOptions{
		Region: "us-east-1", Architecture: costs.X86, MemoryMB: 128, Environment: costs.OnDemand,
		Function: "gigs-api", Output: out, Init: -1,
	}
	for _, change := range changes {
		change(options)
	}
	t, err := costs.NewTracker(options)
	if err != nil {
		panic(err)
	}
	return t
}

// tracking compares ways to tell the cost of an invocation.
func tracking(w io.Writer, rounds int, slice time.Duration) {
	ctx := context.Background()
	tracked := handler(func(ctx context.Context, _ []byte) ([]byte, error) {
		costs.SetRoute(ctx, route)
		return nil, nil
	})
	capacity := handler(func(ctx context.Context, _ []byte) ([]byte, error) {
		costs.SetRoute(ctx, route)
		costs.AddDynamoDB(ctx, 0.5, 1)
		costs.AddMessages(ctx, 1)
		return nil, nil
	})
	wrapped, wrappedMore := newTracker(io.Discard).Wrap(tracked), newTracker(io.Discard).Wrap(capacity)
	measured := newTracker(io.Discard, func(o *costs.TrackerOptions) { o.CPU = true }).Wrap(tracked)
	fed := newTracker(io.Discard)
	observation := costs.Observation{Labels: costs.Labels{Route: route}, Duration: duration}
	contenders := []*contender{
		{name: "handler alone", run: func() { _, _ = tracked.Invoke(ctx, nil) }},
		{name: "Tracker.Wrap, route", run: func() { _, _ = wrapped.Invoke(ctx, nil) }},
		{name: "Tracker.Wrap, route, three uses", run: func() { _, _ = wrappedMore.Invoke(ctx, nil) }},
		{name: "Tracker.Wrap, route, CPU measured", run: func() { _, _ = measured.Invoke(ctx, nil) }},
		{name: "Tracker.Record", run: func() { fed.Record(ctx, observation) }},
		{name: "a line of 3 metrics each, encoding/json", run: func() { _, _ = io.Discard.Write(jsonLine()) }},
	}
	interleave(contenders, rounds, slice)
	heading(w, "Tracking one invocation: ns of processor time (median, quartiles), allocations")
	for _, c := range contenders {
		fmt.Fprintf(w, "%-42s %8.0f  %6.0f-%-6.0f %8.2f\n", c.name, c.quantile(0.5), c.quantile(0.25), c.quantile(0.75), c.allocs)
	}
	// At 128 MB a function has 128/1769 of a processor.
	slowed := contenders[1].quantile(0.5) * 1769 / 128
	fmt.Fprintf(w, "\nWrap at 128 MB takes %.1f us of 50 ms: %.4f %%\n", slowed/1e3, 100*slowed/float64(duration))
}

// jsonLine is how a line is made without a library for it: maps and
// encoding/json, as github.com/prozz/aws-embedded-metrics-golang does too.
func jsonLine() []byte {
	line, err := json.Marshal(map[string]any{
		"_aws": map[string]any{
			"Timestamp": time.Now().UnixMilli(),
			"CloudWatchMetrics": []map[string]any{{
				"Namespace":  "thaw/costs",
				"Dimensions": [][]string{{"function", "route"}},
				"Metrics":    []map[string]string{{"Name": "Cost"}, {"Name": "BilledDuration", "Unit": "Milliseconds"}, {"Name": "ColdStart"}},
			}},
		},
		"function": "gigs-api", "route": route, "Cost": 3.0416675e-07, "BilledDuration": 50, "ColdStart": 0,
	})
	if err != nil {
		panic(err)
	}
	return append(line, '\n')
}

// lines tells what is logged.
func lines(w io.Writer) {
	heading(w, "Bytes of log")
	t := newTracker(io.Discard)
	observation := costs.Observation{Labels: costs.Labels{Route: route}, Duration: duration}
	t.Record(context.Background(), observation)
	fmt.Fprintf(w, "line of the first invocation, 2 metrics      %6d\n", t.Totals().Tracking.Bytes)
	const n = 10_000
	for range n - 1 {
		t.Record(context.Background(), observation)
	}
	_ = t.Flush(context.Background())
	totals := t.Totals()
	fmt.Fprintf(w, "per invocation, of 10,000 of one route       %6.2f\n", float64(totals.Tracking.Bytes)/n)
	fmt.Fprintf(w, "one line each of 3 metrics, encoding/json    %6d\n", len(jsonLine()))
	fmt.Fprintf(w, "\nLogging costs %.2f %% of invocations of 128 MB and 50 ms (%v of %v)\n",
		100*totals.Overhead(), totals.Tracking.Cost, totals.Total.Cost.Total())
}
