package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-thaw/thaw/costs"
)

// A Report is everything that the logs allow to say. Its JSON is the output for
// machines.
type Report struct {
	Files       []string  `json:"files"`
	Invocations int       `json:"invocations"`
	From        time.Time `json:"from,omitzero"`
	To          time.Time `json:"to,omitzero"`
	Region      string    `json:"region,omitempty"`
	PricesDate  string    `json:"pricesDate"`
	Strategy    string    `json:"strategy"`

	// Recommendation or Refusal: one of them is there.
	Recommendation *costs.Recommendation `json:"recommendation,omitempty"`
	Refusal        *Refusal              `json:"refusal,omitempty"`

	// Routes are what metric lines in the logs say, the dearest first.
	Routes []Route `json:"routes,omitempty"`
	// Spans are the beginnings of the spans of time that routes are shown by,
	// and SpanSeconds their length.
	Spans       []time.Time `json:"spans,omitempty"`
	SpanSeconds int64       `json:"spanSeconds,omitempty"`

	// RefusedLines counts REPORT lines that were malformed or forged; Problems
	// has the first few.
	RefusedLines int      `json:"refusedLines"`
	Problems     []string `json:"problems,omitempty"`

	month   int64
	refused error
}

// A Refusal is a [costs.RefusalError] for machines.
type Refusal struct {
	Reason   costs.Reason `json:"reason"`
	MemoryMB int          `json:"memoryMB,omitempty"`
	Collect  string       `json:"collect"`
	NextMB   int          `json:"nextMB,omitempty"`
	FloorMB  int          `json:"floorMB,omitempty"`
}

// A Route is what one combination of labels cost.
type Route struct {
	costs.Labels
	cell
	Share  float64 `json:"share"`
	BySpan []cell  `json:"bySpan"`
}

// Name is the labels that are set.
func (r *Route) Name() string {
	set := slices.DeleteFunc([]string{r.Labels.Route, r.Tenant, r.Operation}, func(s string) bool { return s == "" })
	return cmp.Or(strings.Join(slices.Compact(set), ", "), "(no label)")
}

// PerMillion is the cost of a million invocations.
func (r *Route) PerMillion() float64 { return r.Cost / float64(r.Invocations) * 1e6 }

// analyse asks for the recommendation and puts the report together. A refusal is
// part of the report.
func analyse(d *logData, o *costs.RightSizeOptions) (*Report, error) {
	r := &Report{
		Files:        d.files,
		Invocations:  len(d.samples),
		Region:       cmp.Or(o.Region, os.Getenv("AWS_REGION")),
		PricesDate:   costs.DefaultPrices().Date.Format(time.DateOnly),
		Strategy:     map[costs.Strategy]string{costs.Fastest: "speed", costs.Balanced: "balanced"}[o.Strategy],
		RefusedLines: d.bad,
		Problems:     d.refused,
		month:        o.InvocationsPerMonth,
	}
	r.Strategy = cmp.Or(r.Strategy, "cost")
	r.setTime(d.samples)
	r.setRoutes(d.routes)
	recommendation, err := costs.RightSize(d.samples, o)
	var refusal *costs.RefusalError
	switch {
	case errors.As(err, &refusal):
		r.refused = err
		r.Refusal = &Refusal{refusal.Reason, refusal.MemoryMB, refusal.Collect, refusal.NextMB, refusal.FloorMB}
		return r, nil
	case err != nil:
		return nil, err
	}
	r.Recommendation = recommendation
	return r, nil
}

func (r *Report) setTime(samples []costs.Sample) {
	for i := range samples {
		at := samples[i].Time
		if at.IsZero() {
			continue
		}
		if r.From.IsZero() || at.Before(r.From) {
			r.From = at
		}
		if at.After(r.To) {
			r.To = at
		}
	}
}

// spanHours are the lengths of a span to choose from, up to a week.
var spanHours = []int64{1, 3, 6, 12, 24, 7 * 24}

// maxSpans is how many spans can be told apart in a chart.
const maxSpans = 42

// setRoutes turns hours into spans.
func (r *Report) setRoutes(all routes) {
	first, last := all.hours()
	if first > last {
		return
	}
	for _, hours := range spanHours {
		r.SpanSeconds = hours * 3600
		if (last-first)/r.SpanSeconds < maxSpans {
			break
		}
	}
	first -= first % r.SpanSeconds
	for at := first; at <= last; at += r.SpanSeconds {
		r.Spans = append(r.Spans, time.Unix(at, 0).UTC())
	}
	for labels, hours := range all {
		route := Route{Labels: labels, BySpan: make([]cell, len(r.Spans))}
		for _, hour := range slices.Sorted(maps.Keys(hours)) { // so that sums are the same each time
			span := &route.BySpan[(hour-first)/r.SpanSeconds]
			*span = span.plus(hours[hour])
			route.cell = route.plus(hours[hour])
		}
		r.Routes = append(r.Routes, route)
	}
	slices.SortFunc(r.Routes, func(a, b Route) int {
		return cmp.Or(cmp.Compare(b.Cost, a.Cost), cmp.Compare(a.Name(), b.Name()))
	})
	var total float64
	for i := range r.Routes {
		total += r.Routes[i].Cost
	}
	for i := range r.Routes {
		if total > 0 {
			r.Routes[i].Share = r.Routes[i].Cost / total
		}
	}
}

// hours returns the first and the last hour of which something is known.
func (r routes) hours() (first, last int64) {
	first, last = 1, 0
	for _, hours := range r {
		for hour := range hours {
			if first > last {
				first, last = hour, hour
			}
			first, last = min(first, hour), max(last, hour)
		}
	}
	return first, last
}

func writeJSON(w io.Writer, r *Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}
