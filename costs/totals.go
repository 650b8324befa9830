package costs

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/go-thaw/thaw/costs/internal/emf"
)

// group is what a tracker knows of one combination of labels.
type group struct {
	labels     Labels
	dimensions []emf.Dimension
	usage      usage
	cold       int64
	billedMS   int64
	uses       []use

	billed  []float64 // of the invocations since the last line
	written USD       // the cost that lines have told so far
	sum     [1]float64
}

func (g *group) add(one *usage, billed int64, cold bool, uses []use) {
	g.usage.add(one)
	g.billedMS += billed
	g.billed = append(g.billed, float64(billed))
	if cold {
		g.cold++
	}
	for _, u := range uses {
		g.uses = addUse(g.uses, u)
	}
}

// group returns the group of the labels, or the shared one when there are too
// many. The caller holds mu.
func (t *Tracker) group(labels Labels) *group {
	if g, ok := t.groups[labels]; ok {
		return g
	}
	if len(t.groups) >= t.options.MaxLabels {
		t.overflow++
		labels = Labels{Route: OtherLabel, Tenant: OtherLabel, Operation: OtherLabel}
		if g, ok := t.groups[labels]; ok {
			return g
		}
	}
	// Labels are often slices of a payload, which must not live on with them.
	labels = Labels{
		Route:     strings.Clone(labels.Route),
		Tenant:    strings.Clone(labels.Tenant),
		Operation: strings.Clone(labels.Operation),
	}
	g := &group{
		labels:     labels,
		dimensions: t.dimensions(labels),
		usage:      t.usage(),
		billed:     make([]float64, 0, t.options.FlushCount),
	}
	t.groups[labels] = g
	t.order = append(t.order, g)
	return g
}

// dimensions returns the dimension set of the labels that are set.
func (t *Tracker) dimensions(l Labels) (set []emf.Dimension) {
	for _, d := range []emf.Dimension{
		{Name: "function", Value: t.options.Function},
		{Name: "route", Value: l.Route},
		{Name: "tenant", Value: l.Tenant},
		{Name: "operation", Value: l.Operation},
	} {
		if d.Value != "" {
			set = append(set, emf.Dimension{Name: d.Name, Value: emf.CleanValue(d.Value)})
		}
	}
	return set
}

// costOf prices a group. What has no price is left out here and listed by
// services; on managed instances that is all of Lambda itself.
func (t *Tracker) costOf(g *group) Cost {
	var c Cost
	if t.options.Environment != ManagedInstances {
		c, _ = g.usage.cost(t.prices) // every price was found by NewTracker
	}
	c.Services = t.priceUses(g.uses)
	return c
}

func (t *Tracker) priceUses(uses []use) (sum USD) {
	for _, u := range uses {
		if cost, err := t.prices.cost(t.options.Region, u.item, max(u.milli, 0), 1000); err == nil {
			sum = sum.Add(cost)
		}
	}
	return sum
}

// spend adds one invocation to the estimate that budgets watch and returns those
// it exceeds. The caller holds mu.
func (t *Tracker) spend(one *usage, uses []use) (exceeded []Budget) {
	if len(t.budgets) == 0 {
		return nil
	}
	if t.options.Environment != ManagedInstances {
		cost, _ := one.cost(t.prices)
		t.spent = t.spent.Add(cost.Total())
	}
	t.spent = t.spent.Add(t.priceUses(uses))
	t.budgets = slices.DeleteFunc(t.budgets, func(b Budget) bool {
		over := t.spent.Cmp(b.Limit) >= 0
		if over {
			exceeded = append(exceeded, b)
		}
		return over
	})
	return exceeded
}

// Totals is the estimate of a [Tracker] since it was made.
type Totals struct {
	// Region, Architecture, MemoryMB, StorageMB and Environment are what it is
	// based on.
	Region       string       `json:"region"`
	Architecture Architecture `json:"architecture"`
	MemoryMB     int          `json:"memoryMB"`
	StorageMB    int          `json:"storageMB"`
	Environment  Environment  `json:"environment"`
	// PricesDate is the date of the price table.
	PricesDate time.Time `json:"pricesDate"`
	// Since is when the tracker was made.
	Since time.Time `json:"since"`
	// Total is the sum of Lines.
	Total Line `json:"total"`
	// Lines has a line for each combination of labels, the dearest first.
	Lines []Line `json:"lines"`
	// Overflowed counts look-ups that ended in the [OtherLabel] line.
	Overflowed int64 `json:"overflowed,omitempty"`
	// Tracking is what the tracker itself did and cost.
	Tracking Tracking `json:"tracking"`
}

// A Line is the estimate for one combination of labels.
type Line struct {
	Labels
	// Invocations is how many were recorded, ColdStarts how many with INIT.
	Invocations int64 `json:"invocations"`
	ColdStarts  int64 `json:"coldStarts"`
	// Unknown counts the invocations whose cost is not in Cost because nobody
	// can know it: all of them on managed instances.
	Unknown int64 `json:"unknown,omitempty"`
	// Billed is the sum of the billed durations.
	Billed time.Duration `json:"billedNanoseconds"`
	// Cost is the sum of what is known.
	Cost Cost `json:"cost"`
	// Services lists what was used of other services, by item.
	Services []ServiceCost `json:"services,omitempty"`
	// Refused counts quantities given to [Add] that were not quantities.
	Refused int64 `json:"refused,omitempty"`
}

// A ServiceCost is what was used of one item.
type ServiceCost struct {
	Use
	// Cost is the price times the quantity. It is meaningless unless Priced.
	Cost USD `json:"cost"`
	// Priced tells whether the table has a price for the item in the region.
	Priced bool `json:"priced"`
}

// PerMillion returns the cost of a million such invocations, zero for none.
func (l *Line) PerMillion() USD {
	if l.Invocations == 0 {
		return USD{}
	}
	return l.Cost.Total().MulDiv(1_000_000, l.Invocations)
}

// Tracking is what a [Tracker] did to tell what it knows.
type Tracking struct {
	// Lines and Bytes were written.
	Lines int64 `json:"lines"`
	Bytes int64 `json:"bytes"`
	// Lost counts invocations whose line could not be written.
	Lost int64 `json:"lost,omitempty"`
	// Cost is the price of taking the bytes into CloudWatch Logs.
	Cost USD `json:"cost"`
	// Series is how many metrics there are, and SeriesPerMonth what CloudWatch
	// charges for them in a month in which each hour has data.
	Series         int64 `json:"series"`
	SeriesPerMonth USD   `json:"seriesPerMonth"`
	// Priced tells whether the table has both prices for the region.
	Priced bool `json:"priced"`
}

// Overhead returns the cost of writing the lines as a share of what they tell
// of: 0.02 is two per cent. It is zero when either is unknown.
func (t *Totals) Overhead() float64 {
	total := t.Total.Cost.Total()
	if total.IsZero() {
		return 0
	}
	return t.Tracking.Cost.Float64() / total.Float64()
}

// Totals returns the estimate so far: a copy the caller owns.
func (t *Tracker) Totals() Totals {
	t.mu.Lock()
	defer t.mu.Unlock()
	totals := Totals{
		Region:       t.options.Region,
		Architecture: t.options.Architecture,
		MemoryMB:     t.options.MemoryMB,
		StorageMB:    t.options.StorageMB,
		Environment:  t.options.Environment,
		PricesDate:   t.prices.Date,
		Since:        t.since,
		Overflowed:   t.overflow,
		Tracking:     t.trackingCost(),
	}
	all := &group{usage: t.usage()}
	for _, g := range t.order {
		totals.Lines = append(totals.Lines, t.line(g))
		all.merge(g)
	}
	totals.Total = t.line(all)
	slices.SortStableFunc(totals.Lines, func(a, b Line) int {
		return b.Cost.Total().Cmp(a.Cost.Total())
	})
	return totals
}

func (g *group) merge(other *group) {
	g.usage.add(&other.usage)
	g.billedMS += other.billedMS
	g.cold += other.cold
	for _, u := range other.uses {
		g.uses = addUse(g.uses, u)
	}
}

func (t *Tracker) line(g *group) Line {
	line := Line{
		Labels:      g.labels,
		Invocations: g.usage.requests,
		ColdStarts:  g.cold,
		Billed:      time.Duration(g.billedMS) * time.Millisecond,
		Cost:        t.costOf(g),
	}
	if t.options.Environment == ManagedInstances {
		line.Unknown = line.Invocations
	}
	for _, u := range g.uses {
		if u.milli < 0 {
			line.Refused -= u.milli
			continue
		}
		cost, err := t.prices.cost(t.options.Region, u.item, u.milli, 1000)
		line.Services = append(line.Services, ServiceCost{
			Use:    Use{Item: u.item, Quantity: float64(u.milli) / 1000},
			Cost:   cost,
			Priced: err == nil,
		})
	}
	return line
}

// trackingCost prices what the tracker wrote. The caller holds mu.
func (t *Tracker) trackingCost() Tracking {
	tracking := t.tracking
	tracking.Series = int64(2 * len(t.order))
	if t.options.Environment == ManagedInstances {
		tracking.Series /= 2 // there is no Cost metric
	}
	logs, logErr := t.prices.cost(t.options.Region, CloudWatchLambdaLogs, tracking.Bytes, 1<<30)
	series, seriesErr := t.prices.cost(t.options.Region, CloudWatchMetricMonths, tracking.Series, 1)
	tracking.Cost, tracking.SeriesPerMonth = logs, series
	tracking.Priced = logErr == nil && seriesErr == nil
	return tracking
}

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
