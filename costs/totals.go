package costs

import (
	"slices"
	"time"
)

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
	// CPU is the sum of the processor time of CPUInvocations invocations, those
	// of which it is known. It is what [Sample.CPU] wants, on average.
	CPU            time.Duration `json:"cpuNanoseconds,omitempty"`
	CPUInvocations int64         `json:"cpuInvocations,omitempty"`
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
	// Requests were made by [TrackerOptions.Metrics].
	Requests int64 `json:"requests,omitempty"`
	// Lost counts invocations whose line or request failed.
	Lost int64 `json:"lost,omitempty"`
	// Cost is the price of taking the bytes into CloudWatch Logs, and of the
	// requests.
	Cost USD `json:"cost"`
	// Series is how many metrics there are, and SeriesPerMonth what CloudWatch
	// charges for them in a month in which each hour has data.
	Series         int64 `json:"series"`
	SeriesPerMonth USD   `json:"seriesPerMonth"`
	// Priced tells whether the table has these prices for the region.
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
	g.cpuTime += other.cpuTime
	g.cpuCount += other.cpuCount
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

		CPU:            g.cpuTime,
		CPUInvocations: g.cpuCount,
	}
	if !t.options.Environment.paidByInvocation() {
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
	if !t.options.Environment.paidByInvocation() {
		tracking.Series /= 2 // there is no Cost metric
	}
	for _, g := range t.order {
		if g.cpuCount > 0 {
			tracking.Series++
		}
	}
	puts, putErr := t.prices.cost(t.options.Region, CloudWatchPutMetricData, tracking.Requests, 1)
	logs, logErr := t.prices.cost(t.options.Region, CloudWatchLambdaLogs, tracking.Bytes, 1<<30)
	series, seriesErr := t.prices.cost(t.options.Region, CloudWatchMetricMonths, tracking.Series, 1)
	tracking.Cost, tracking.SeriesPerMonth = logs.Add(puts), series
	tracking.Priced = logErr == nil && seriesErr == nil && putErr == nil
	return tracking
}
