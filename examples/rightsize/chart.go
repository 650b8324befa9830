package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/go-thaw/thaw/costs"
)

// The charts are drawn in a space of this size, small enough for a phone to show
// its text at a readable size and large enough for half a desktop.
const (
	chartWidth  = 480.0
	chartHeight = 300.0
	left        = 58.0
	right       = 18.0
	top         = 34.0
	bottom      = 44.0
)

// An axis maps values to positions.
type axis struct {
	low, high float64 // values
	from, to  float64 // positions
	log       bool
}

func (a axis) at(v float64) float64 {
	if a.log {
		return a.from + (a.to-a.from)*math.Log(v/a.low)/math.Log(a.high/a.low)
	}
	return a.from + (a.to-a.from)*(v-a.low)/(a.high-a.low)
}

// A tick is a mark on an axis.
type tick struct {
	At    float64
	Label string
}

// sizesAxis is a logarithmic axis: equal factors are equal distances, so that a
// doubling looks like one wherever it is.
func sizesAxis(low, high float64) (axis, []tick) {
	a := axis{low: low / 1.3, high: high * 1.3, from: left, to: chartWidth - right, log: true}
	var ticks []tick
	for size := 128.0; size <= a.high; size *= 2 {
		if size >= a.low {
			ticks = append(ticks, tick{a.at(size), fmt.Sprintf("%.0f", size)})
		}
	}
	return a, ticks
}

// amountAxis is linear and begins at zero: its lengths can be compared.
func amountAxis(most float64) (axis, []tick) {
	step := niceStep(most / 4)
	count := math.Max(math.Ceil(most/step), 1)
	a := axis{high: step * count, from: chartHeight - bottom, to: top}
	var ticks []tick
	for i := 0.0; i <= count; i++ {
		ticks = append(ticks, tick{a.at(i * step), fmt.Sprintf("%.4g", i*step)})
	}
	return a, ticks
}

// niceStep rounds up to 1, 2 or 5 times a power of ten.
func niceStep(v float64) float64 {
	if v <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= v*(1-1e-9) {
			return factor * power
		}
	}
	return 10 * power
}

// A curve is a quantity by memory size.
type curve struct {
	ID, Title, Description string
	X, Y                   []tick
	Line                   string
	Points                 []point
	FloorX                 float64
	FloorMB                int
	Left, Right            float64
	Top, Bottom            float64
	Width, Height          float64
}

// A point is a measured size with its error bar.
type point struct {
	X, Y, Low, High float64
	LabelY          float64
	Class           string // recommended, now, excluded, forecast or empty
	Label           string
	Title           string
}

// newCurves draws duration and cost.
func newCurves(r *Report) (duration, cost *curve) {
	duration = newCurve(r, "duration", "Mean duration in ms", func(s costs.Size) costs.Interval { return s.Milliseconds })
	title := "Cost in $ per million invocations"
	if !r.Recommendation.Priced {
		title = "Cost, that of the current size being 1"
	}
	return duration, newCurve(r, "cost", title, r.CostInterval)
}

// addForecast draws the forecast of the next size: of time, not of cost. Without an
// estimate there are only its bounds.
func (c *curve) addForecast(f *costs.Forecast, x, y axis) {
	p := point{
		X: x.at(float64(f.MemoryMB)), Low: y.at(f.Least.Seconds() * 1000), High: y.at(f.Most.Seconds() * 1000),
		Class: "forecast", Label: "forecast",
		Title: fmt.Sprintf("%d MB: forecast %s, not measured", f.MemoryMB, span(f)),
	}
	if f.Estimate > 0 {
		p.Y = y.at(f.Estimate.Seconds() * 1000)
	}
	p.LabelY = p.High - 10
	c.Points = append(c.Points, p)
}

func newCurve(r *Report, id, title string, value func(costs.Size) costs.Interval) *curve {
	rec := r.Recommendation
	sizes := rec.Sizes
	low, high, most := float64(rec.FloorMB), float64(sizes[len(sizes)-1].MemoryMB), 0.0
	for _, s := range sizes {
		low, most = min(low, float64(s.MemoryMB)), max(most, value(s).High)
	}
	next := rec.Next
	if id != "duration" {
		next = nil
	}
	if next != nil {
		low, high = min(low, float64(next.MemoryMB)), max(high, float64(next.MemoryMB))
		most = max(most, next.Most.Seconds()*1000)
	}
	x, xTicks := sizesAxis(low, max(low, high))
	y, yTicks := amountAxis(most)
	c := &curve{
		ID: id, Title: title, X: xTicks, Y: yTicks,
		FloorX: x.at(float64(rec.FloorMB)), FloorMB: rec.FloorMB,
		Left: left, Right: chartWidth - right, Top: top, Bottom: chartHeight - bottom,
		Width: chartWidth, Height: chartHeight,
	}
	var line, said []string
	for _, s := range sizes {
		v := value(s)
		if v.Estimate == 0 { // no success at this size
			continue
		}
		p := point{
			X: x.at(float64(s.MemoryMB)), Y: y.at(v.Estimate), Low: y.at(v.Low), High: y.at(v.High),
			Label: r.Remark(s),
			Title: fmt.Sprintf("%d MB: %s (95 %%: %s)", s.MemoryMB, decimal(v.Estimate), between(v)),
		}
		p.Class = class(p.Label, s.Excluded)
		p.LabelY = p.Low + 18 // below, where a curve that falls leaves room
		if p.LabelY > c.Bottom-4 {
			p.LabelY = p.High - 10
		}
		c.Points = append(c.Points, p)
		line = append(line, fmt.Sprintf("%.1f,%.1f", p.X, p.Y))
		said = append(said, p.Title)
	}
	if next != nil {
		c.addForecast(next, x, y)
		said = append(said, c.Points[len(c.Points)-1].Title)
	}
	c.Line = strings.Join(line, " ")
	c.Description = title + " by memory size on a logarithmic axis. " + strings.Join(said, "; ") + fmt.Sprintf(". The memory floor is %d MB.", rec.FloorMB)
	return c
}

func class(label string, excluded costs.Reason) string {
	switch {
	case excluded != "":
		return "excluded"
	case strings.HasSuffix(label, "recommended"):
		return "recommended"
	}
	return label
}

// maxSeries is how many colours can be told apart; the other routes share one.
const maxSeries = 5

// bars are the costs of the routes in each span of time, one on the other.
type bars struct {
	Description   string
	Series        []series
	Bars          []bar
	Y             []tick
	Labels        []tick
	Left, Right   float64
	Top, Bottom   float64
	Width, Height float64
}

// A series is one colour.
type series struct {
	Name  string
	Class string
}

// A bar is the part of one series in one span.
type bar struct {
	X, Y, Width, Height float64
	Class, Title        string
}

const (
	barsWidth  = 2 * chartWidth
	labelWidth = 120.0 // of a time, at the size of a phone
)

// newBars draws the routes over time, nil without routes.
func newBars(r *Report) *bars {
	if len(r.Routes) == 0 {
		return nil
	}
	b := &bars{
		Left: left, Right: barsWidth - right, Top: top / 2, Bottom: chartHeight - bottom,
		Width: barsWidth, Height: chartHeight,
	}
	names, values := stack(r)
	highest := 0.0
	for span := range r.Spans {
		sum := 0.0
		for i := range values {
			sum += values[i][span]
		}
		highest = max(highest, sum)
	}
	scale, unit := thousandths(highest)
	y, ticks := amountAxis(highest * scale)
	y.to = b.Top
	for i := range ticks {
		ticks[i].At = y.at(y.high * float64(i) / float64(len(ticks)-1))
	}
	b.Y = ticks
	b.Description = fmt.Sprintf("%s per %s", unit, r.SpanName())
	for i, name := range names {
		b.Series = append(b.Series, series{name, fmt.Sprintf("s%d", i)})
	}
	b.draw(r, y, names, values, scale)
	return b
}

// draw places the parts of each span on one another.
func (b *bars) draw(r *Report, y axis, names []string, values [][]float64, scale float64) {
	pitch := (b.Right - b.Left) / float64(len(r.Spans))
	width := min(pitch*0.8, 60)
	every := (len(r.Spans) + 5) / 6
	for span, at := range r.Spans {
		x := b.Left + pitch*(float64(span)+0.5)
		if span%every == 0 && x+labelWidth/2 < barsWidth {
			b.Labels = append(b.Labels, tick{x, r.when(at)})
		}
		sum := 0.0
		for i, name := range names {
			v := values[i][span] * scale
			if v == 0 {
				continue
			}
			sum += v
			b.Bars = append(b.Bars, bar{
				X: x - width/2, Y: y.at(sum), Width: width, Height: y.at(sum-v) - y.at(sum),
				Class: fmt.Sprintf("s%d", i),
				Title: fmt.Sprintf("%s, %s: $%.8f", name, at.Format(time.DateTime), values[i][span]),
			})
		}
	}
}

// stack returns the cost of each series in each span.
func stack(r *Report) (names []string, values [][]float64) {
	for i := range r.Routes {
		if i < maxSeries {
			names = append(names, r.Routes[i].Name())
			values = append(values, make([]float64, len(r.Spans)))
		} else if i == maxSeries {
			names = append(names, "all others")
			values = append(values, make([]float64, len(r.Spans)))
		}
		for span, c := range r.Routes[i].BySpan {
			values[min(i, maxSeries)][span] += c.Cost
		}
	}
	return names, values
}

// thousandths scales small amounts to numbers that can be read.
func thousandths(most float64) (scale float64, unit string) {
	switch {
	case most < 1e-3:
		return 1e6, "millionths of a dollar"
	case most < 1:
		return 1e3, "thousandths of a dollar"
	}
	return 1, "dollars"
}

// FloorWidth is how much of the axis is below the floor.
func (c *curve) FloorWidth() float64 { return max(c.FloorX-c.Left, 0) }

// PlotHeight is the height between the axes.
func (c *curve) PlotHeight() float64 { return c.Bottom - c.Top }
