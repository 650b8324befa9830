package demo

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/go-thaw/thaw/examples/gigs/local"
)

// report writes what happened.
func report(out io.Writer, p *local.Platform, c *client, seen *witness) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()

	var byStatus []string
	total := 0
	for _, status := range slices.Sorted(maps.Keys(c.statuses)) {
		byStatus = append(byStatus, fmt.Sprintf("%d × %d", c.statuses[status], status))
		total += c.statuses[status]
	}
	fmt.Fprintf(w, "requests\t%d: %s\n", total, strings.Join(byStatus, ", "))
	fmt.Fprintf(w, "latency\tp50 %s, p95 %s, p99 %s\n", short(c.percentile(0.50)), short(c.percentile(0.95)), short(c.percentile(0.99)))
	stats := p.API.CacheStats()
	fmt.Fprintf(w, "cache\t%.0f %% hits of %d reads, %d loads\n", 100*stats.HitRate(), stats.Hits+stats.Misses, stats.Loads)

	var byHandler []string
	for _, name := range handlers {
		byHandler = append(byHandler, fmt.Sprintf("%s %d", name, len(seen.handlers[name])))
	}
	fmt.Fprintf(w, "events\t%s\n", strings.Join(byHandler, ", "))
	fmt.Fprintf(w, "messages\t%d processed, %d retried, %d dead-lettered (%d of them at once)\n",
		seen.results.Succeeded, seen.results.Failed-bouncingUsers, p.Queues.Counts(local.FailedEmails).Total(), seen.results.Permanent)

	costs := p.Tracker.Totals()
	fmt.Fprintf(w, "cost\t%s in all, %s per million requests; by route:\n",
		costs.Total.Cost.Total().Round(6), costs.Total.Cost.Total().MulDiv(1_000_000, max(costs.Total.Invocations, 1)).Round(2))
	for _, line := range costs.Lines {
		fmt.Fprintf(w, "\t%s\t%d ×\t%s\n", line.Labels.Route, line.Invocations, line.Cost.Total().Round(8))
	}
	if len(c.problems) == 0 {
		fmt.Fprintln(w, "result\teverything adds up")
		return
	}
	for _, problem := range c.problems {
		fmt.Fprintf(w, "PROBLEM\t%s\n", problem)
	}
}

// short rounds d for a reader.
func short(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
