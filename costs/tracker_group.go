package costs

import (
	"math"
	"slices"
	"strings"
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

	cpuTime  time.Duration
	cpuCount int64

	billed  []float64 // of the invocations since the last line
	cpu     []float64 // where it is known, in milliseconds
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

func (g *group) addCPU(d time.Duration) {
	if d <= 0 {
		return
	}
	g.cpuTime += d
	g.cpuCount++
	g.cpu = append(g.cpu, math.Round(float64(d)/float64(time.Millisecond/100))/100)
}

// reset begins a new line.
func (g *group) reset() { g.billed, g.cpu = g.billed[:0], g.cpu[:0] }

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
	if t.options.CPU {
		g.cpu = make([]float64, 0, t.options.FlushCount)
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
	if t.options.Environment.paidByInvocation() {
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
	if t.options.Environment.paidByInvocation() {
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
