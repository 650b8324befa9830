package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"

	"github.com/go-thaw/thaw/costs"
)

// writeTable prints the report for a person at a terminal.
func writeTable(out io.Writer, r *Report) error {
	fmt.Fprintf(out, "%s\n\n", r.Subject())
	if r.Recommendation != nil {
		printSizes(out, r)
	}
	fmt.Fprintf(out, "%s\n", r.Headline())
	for _, note := range r.Remarks() {
		fmt.Fprintf(out, "- %s\n", note)
	}
	if len(r.Routes) > 0 {
		fmt.Fprintln(out)
		printRoutes(out, r)
	}
	return nil
}

func printSizes(out io.Writer, r *Report) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "MB\twarm\truns\tmean ms\t95 %%\tbilled ms\t%s\t95 %%\tmax MB\t\n", r.CostTitle())
	for _, s := range r.Recommendation.Sizes {
		fmt.Fprintf(w, "%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%d\t  %s\n", s.MemoryMB, s.Samples, s.Runs,
			decimal(s.Milliseconds.Estimate), between(s.Milliseconds), decimal(s.BilledMilliseconds),
			r.Cost(s), between(r.CostInterval(s)), s.MaxMemoryMB, r.Remark(s))
	}
	if f := r.Recommendation.Next; f != nil {
		fmt.Fprintf(w, "%d\t-\t-\t%s\t%s\t-\t-\t-\t-\t  %s\n", f.MemoryMB, estimate(f), span(f), forecastRemark(f))
	}
	w.Flush()
	fmt.Fprintln(out)
}

// estimate shows a forecast, "~" marking that nobody measured it.
func estimate(f *costs.Forecast) string {
	if f.Estimate == 0 {
		return "-"
	}
	return "~" + decimal(f.Estimate.Seconds()*1000)
}

// span shows the bounds of a forecast.
func span(f *costs.Forecast) string {
	return "~" + decimal(f.Least.Seconds()*1000) + "-" + decimal(f.Most.Seconds()*1000)
}

// forecastRemark says what a forecast is.
func forecastRemark(f *costs.Forecast) string {
	return "forecast, " + string(f.Basis) + "; not measured"
}

func printRoutes(out io.Writer, r *Report) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "invocations\testimate $\tshare\t$ per million\t  route")
	for i := range r.Routes {
		route := &r.Routes[i]
		fmt.Fprintf(w, "%d\t%.8f\t%.1f %%\t%.2f\t  %s\n", route.Invocations, route.Cost,
			100*route.Share, route.PerMillion(), route.Name())
	}
	w.Flush()
}

// Subject says what was read.
func (r *Report) Subject() string {
	text := fmt.Sprintf("%d invocations in %d logs", r.Invocations, len(r.Files))
	if !r.From.IsZero() {
		const layout = "2006-01-02 15:04"
		text += fmt.Sprintf(", %s to %s", r.From.UTC().Format(layout), r.To.UTC().Format(layout))
	}
	if r.Region != "" {
		text += fmt.Sprintf("; prices of %s on %s", r.Region, r.PricesDate)
	}
	return text
}

// Headline is the answer in a sentence.
func (r *Report) Headline() string {
	if r.Refusal != nil {
		text := fmt.Sprintf("No recommendation: %s", r.Refusal.Reason)
		if r.Refusal.MemoryMB > 0 {
			text += fmt.Sprintf(" at %d MB", r.Refusal.MemoryMB)
		}
		return text + ". What to do: " + r.Refusal.Collect + "."
	}
	rec := r.Recommendation
	switch {
	case rec.MemoryMB == rec.CurrentMB:
		return fmt.Sprintf("Stay at %d MB.", rec.CurrentMB)
	case rec.Saving == (costs.Interval{}):
		return fmt.Sprintf("Change from %d to %d MB: the current size fails.", rec.CurrentMB, rec.MemoryMB)
	}
	evidence := "not proven by these logs"
	if rec.Proven {
		evidence = "proven"
	}
	return fmt.Sprintf("Change from %d to %d MB: %s of the cost (%s), %s.", rec.CurrentMB, rec.MemoryMB,
		gain(rec.Saving, "saves", "adds"), spread(rec.Saving), evidence)
}

// Remarks are what to know besides the headline, where there are no figures.
func (r *Report) Remarks() (remarks []string) {
	add := func(format string, a ...any) { remarks = append(remarks, fmt.Sprintf(format, a...)) }
	if rec := r.Recommendation; rec != nil {
		if rec.TimeSaving != (costs.Interval{}) {
			add("The duration %s (%s).", gain(rec.TimeSaving, "falls by", "grows by"), spread(rec.TimeSaving))
		}
		if r.month > 0 && rec.Priced {
			add("At %d invocations a month the change saves $%.2f.", r.month, rec.Monthly.Float64())
		}
		add("The memory floor is %d MB: the most memory used and headroom.", rec.FloorMB)
		if rec.NextMB > 0 {
			add("Measure %d MB next.", rec.NextMB)
		} else {
			add("No further size needs measuring.")
		}
	} else if r.Refusal.FloorMB > 0 {
		add("The memory floor is %d MB: the most memory used and headroom.", r.Refusal.FloorMB)
	}
	return append(remarks, r.Notes()...)
}

// Notes are what to mind.
func (r *Report) Notes() (notes []string) {
	if r.Recommendation != nil {
		notes = append(notes, r.Recommendation.Notes...)
	}
	if r.RefusedLines > 0 {
		notes = append(notes, fmt.Sprintf("%d REPORT lines were refused: they are malformed, or the function printed them.", r.RefusedLines))
	}
	return notes
}

// CostTitle names the column of costs.
func (r *Report) CostTitle() string {
	if r.Recommendation != nil && r.Recommendation.Priced {
		return "$ per million"
	}
	return "cost, now = 1"
}

// CostInterval is the cost of a size as a number to show.
func (r *Report) CostInterval(s costs.Size) costs.Interval {
	if !r.Recommendation.Priced {
		return s.CostInterval
	}
	const million = 1e6
	return costs.Interval{
		Estimate: s.CostInterval.Estimate * million,
		Low:      s.CostInterval.Low * million,
		High:     s.CostInterval.High * million,
	}
}

// Cost is the cost of a size as text.
func (r *Report) Cost(s costs.Size) string { return decimal(r.CostInterval(s).Estimate) }

// Remark says what is special about a size.
func (r *Report) Remark(s costs.Size) string {
	switch {
	case s.Excluded != "":
		return string(s.Excluded)
	case s.MemoryMB == r.Recommendation.MemoryMB && s.MemoryMB == r.Recommendation.CurrentMB:
		return "now, and recommended"
	case s.MemoryMB == r.Recommendation.MemoryMB:
		return "recommended"
	case s.MemoryMB == r.Recommendation.CurrentMB:
		return "now"
	}
	return ""
}

// decimal shows three digits or more.
func decimal(v float64) string {
	switch {
	case v == 0:
		return "-"
	case math.Abs(v) >= 100:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func between(i costs.Interval) string {
	if i == (costs.Interval{}) {
		return "-"
	}
	return decimal(i.Low) + "-" + decimal(i.High)
}

func gain(i costs.Interval, less, more string) string {
	if i.Estimate < 0 {
		return fmt.Sprintf("%s %.0f %%", more, -100*i.Estimate)
	}
	return fmt.Sprintf("%s %.0f %%", less, 100*i.Estimate)
}

// spread shows the interval of a share, from the smaller to the larger change.
func spread(i costs.Interval) string {
	low, high := i.Low, i.High
	if i.Estimate < 0 {
		low, high = -high, -low
	}
	return fmt.Sprintf("%.0f to %.0f %%", 100*low, 100*high)
}

// when shows the beginning of a span.
func (r *Report) when(at time.Time) string {
	if r.SpanSeconds < 24*3600 {
		return at.Format("01-02 15:04")
	}
	return at.Format(time.DateOnly)
}
