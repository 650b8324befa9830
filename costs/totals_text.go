package costs

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// String returns the estimate as a table for people. Amounts are rounded to ten
// decimals there; the fields have them in full.
func (t Totals) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "Estimate for %s, %s, %d MB, %s; prices of %s\n",
		t.Region, t.Architecture, t.MemoryMB, t.Environment, t.PricesDate.Format(time.DateOnly))
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "invocations\tbilled\tcost\tper million\t  for")
	for i := range t.Lines {
		t.Lines[i].print(w, t.Lines[i].Labels.text())
	}
	t.Total.print(w, "total")
	w.Flush() // a strings.Builder does not fail
	if t.Tracking.Priced {
		fmt.Fprintf(&text, "Tracking: %d bytes in %d lines, %s (%.2f %%); %d metrics, %s a month\n", t.Tracking.Bytes,
			t.Tracking.Lines, t.Tracking.Cost.Round(10), 100*t.Overhead(), t.Tracking.Series, t.Tracking.SeriesPerMonth)
	} else {
		fmt.Fprintf(&text, "Tracking: %d bytes in %d lines, %d metrics; no price known in %s\n", t.Tracking.Bytes,
			t.Tracking.Lines, t.Tracking.Series, t.Region)
	}
	for _, s := range t.Total.Services {
		if !s.Priced {
			fmt.Fprintf(&text, "Not in the cost: %g %s, no price known in %s\n", s.Quantity, s.Item, t.Region)
		}
	}
	return text.String()
}

func (l *Line) print(w *tabwriter.Writer, what string) {
	cost, perMillion := l.Cost.Total().Round(10).String(), l.PerMillion().Round(4).String()
	if l.Unknown > 0 {
		cost, perMillion = "unknown", "unknown"
	}
	fmt.Fprintf(w, "%d\t%v\t%s\t%s\t  %s\n", l.Invocations, l.Billed, cost, perMillion, what)
}

// text returns the labels that are set, "-" for none. It is not String: types
// that embed Labels would print as nothing else.
func (l Labels) text() string {
	set := slices.DeleteFunc([]string{l.Route, l.Tenant, l.Operation}, func(s string) bool { return s == "" })
	if len(set) == 0 {
		return "-"
	}
	return strings.Join(set, ", ")
}
