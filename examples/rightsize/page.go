package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
)

//go:embed page.gohtml
var pageText string

// page is what the template shows.
type page struct {
	*Report
	Time, Money *curve
	Bars        *bars
}

// writePage writes the report as one page without any other file.
func writePage(w io.Writer, r *Report) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"decimal":  decimal,
		"estimate": estimate, "span": span, "forecastRemark": forecastRemark,
		"between": between,
		"px":      func(v float64) string { return fmt.Sprintf("%.1f", v) },
		"percent": func(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) },
		"dollars": func(v float64) string { return fmt.Sprintf("%.8f", v) },
		"whole":   whole,
		"iso":     func(at time.Time) string { return at.UTC().Format(time.RFC3339) },
		"when":    r.when,
	}).Parse(pageText)
	if err != nil {
		return err
	}
	p := page{Report: r, Bars: newBars(r)}
	if r.Recommendation != nil {
		p.Time, p.Money = newCurves(r)
	}
	return t.Execute(w, p)
}

// whole keeps numbers and their units on one line.
func whole(text string) string {
	return strings.NewReplacer(" MB", "\u00a0MB", " %", "\u00a0%", " MiB", "\u00a0MiB").Replace(text)
}

// SpanName says how long a span is.
func (r *Report) SpanName() string {
	switch hours := r.SpanSeconds / 3600; hours {
	case 1:
		return "hour"
	case 24:
		return "day"
	case 7 * 24:
		return "week"
	default:
		return fmt.Sprintf("%d hours", hours)
	}
}

// Figures are the answer in numbers.
func (r *Report) Figures() []figure {
	rec := r.Recommendation
	if rec == nil {
		return nil
	}
	list := []figure{{"Recommended size", fmt.Sprintf("%d MB", rec.MemoryMB), fmt.Sprintf("now %d MB", rec.CurrentMB)}}
	if rec.MemoryMB != rec.CurrentMB && rec.Saving.Estimate != 0 {
		proof := "not proven"
		if rec.Proven {
			proof = "proven"
		}
		list = append(list,
			figure{"Cost per invocation", change(rec.Saving.Estimate), "95 %: " + spread(rec.Saving) + ", " + proof},
			figure{"Duration", change(rec.TimeSaving.Estimate), "95 %: " + spread(rec.TimeSaving)})
	}
	if r.month > 0 && rec.Priced {
		list = append(list, figure{"Saved a month", fmt.Sprintf("$%.2f", rec.Monthly.Float64()), fmt.Sprintf("at %d invocations", r.month)})
	}
	list = append(list, figure{"Memory floor", fmt.Sprintf("%d MB", rec.FloorMB), "most used, and headroom"})
	next := figure{"Measure next", "nothing", "the neighbours are known"}
	if rec.NextMB > 0 {
		next = figure{"Measure next", fmt.Sprintf("%d MB", rec.NextMB), "then ask again"}
	}
	return append(list, next)
}

// A figure is one number with its name and what to know about it.
type figure struct{ Name, Value, Detail string }

// change shows a saving as what happens to the quantity.
func change(saving float64) string {
	sign := "−"
	if saving < 0 {
		sign, saving = "+", -saving
	}
	return fmt.Sprintf("%s%.0f %%", sign, 100*saving)
}
