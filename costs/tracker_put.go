package costs

import (
	"context"
	"slices"
	"time"

	"github.com/go-thaw/thaw/costs/internal/emf"
)

// A MetricPutter sends metrics by CloudWatch's PutMetricData. It is an interface of
// this package so that nobody gets the SDK module of CloudWatch who does not want
// it; an adapter is a loop over the data:
//
//	func (p putter) PutMetrics(ctx context.Context, namespace string, data []costs.Metric) error {
//		in := &cloudwatch.PutMetricDataInput{Namespace: &namespace}
//		for _, m := range data {
//			datum := types.MetricDatum{
//				MetricName: &m.Name, Timestamp: &m.Time, Unit: types.StandardUnit(m.Unit),
//				Values: m.Values, Counts: m.Counts,
//			}
//			for _, d := range m.Dimensions {
//				datum.Dimensions = append(datum.Dimensions, types.Dimension{Name: &d.Name, Value: &d.Value})
//			}
//			in.MetricData = append(in.MetricData, datum)
//		}
//		_, err := p.client.PutMetricData(ctx, in)
//		return err
//	}
//
// Each call is one request within the limits of the API: 1,000 metrics, 150 values
// of each, 1 MB. See
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html.
type MetricPutter interface {
	// PutMetrics sends data. ctx is that of the invocation that made it due, or
	// of Flush. It must not keep data after it has returned.
	PutMetrics(ctx context.Context, namespace string, data []Metric) error
}

// A Metric is one MetricDatum of PutMetricData.
type Metric struct {
	// Name is [MetricCost] and its like; Unit is "Milliseconds" or "None".
	Name, Unit string
	// Dimensions are the same for all metrics of a combination of labels.
	Dimensions []MetricDimension
	// Time of all values.
	Time time.Time
	// Values are distinct, and Counts says how often each occurred.
	Values, Counts []float64
}

// A MetricDimension is a name and a value.
type MetricDimension struct{ Name, Value string }

// Limits of a request.
const (
	maxPutMetrics = 1000
	maxPutValues  = 150
	maxPutBytes   = 900_000 // of the 1 MB, for what the protocol adds
)

// minPutInterval keeps requests apart: one per invocation would cost 33 times as
// much as an invocation of 128 MB and 50 ms.
const minPutInterval = time.Minute

// collect moves the values of every group into the batch. The caller holds mu.
func (t *Tracker) collect(now time.Time) {
	for _, g := range t.order {
		if len(g.billed) == 0 {
			continue
		}
		dimensions := make([]MetricDimension, 0, len(g.dimensions))
		for _, d := range g.dimensions {
			dimensions = append(dimensions, MetricDimension(d))
		}
		for _, m := range t.metrics(g) {
			t.batch = appendMetric(t.batch, m, dimensions, now)
		}
		t.waiting += int64(len(g.billed))
		g.reset()
	}
	t.flushed = now
}

// appendMetric adds a metric, its values counted and in as many parts as needed.
func appendMetric(batch []Metric, m emf.Metric, dimensions []MetricDimension, now time.Time) []Metric {
	unit := m.Unit
	setDefault(&unit, "None")
	values, counts := tally(m.Values)
	for first := 0; first < len(values); first += maxPutValues {
		end := min(first+maxPutValues, len(values))
		batch = append(batch, Metric{
			Name: m.Name, Unit: unit, Dimensions: dimensions, Time: now,
			Values: values[first:end], Counts: counts[first:end],
		})
	}
	return batch
}

// tally returns the distinct values in rising order and how often each occurs.
func tally(all []float64) (values, counts []float64) {
	for _, v := range slices.Sorted(slices.Values(all)) {
		if n := len(values); n > 0 && values[n-1] == v {
			counts[n-1]++
			continue
		}
		values, counts = append(values, v), append(counts, 1)
	}
	return values, counts
}

// put sends the batch in as few requests as the limits allow. A request that
// fails does not keep the others from being sent.
func (t *Tracker) put(ctx context.Context) {
	t.out.Lock()
	defer t.out.Unlock()
	t.mu.Lock()
	batch, waiting := t.batch, t.waiting
	t.batch, t.waiting = nil, 0
	t.mu.Unlock()
	var failed error
	var requests int64
	for len(batch) > 0 {
		n := requestSize(batch)
		requests++
		if err := t.options.Metrics.PutMetrics(ctx, t.options.Namespace, batch[:n:n]); err != nil {
			failed = err
		}
		batch = batch[n:]
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tracking.Requests += requests
	if failed != nil {
		t.fail(&WriteError{Lost: waiting, Err: failed}, waiting)
	}
}

// requestSize is how many metrics fit into one request, at least one.
func requestSize(batch []Metric) int {
	const perValue, perMetric = 40, 200 // of a value with its count, and of a datum, in any protocol
	size := 0
	for i := range batch[:min(len(batch), maxPutMetrics)] {
		size += perMetric + perValue*len(batch[i].Values)
		for _, d := range batch[i].Dimensions {
			size += 60 + len(d.Name) + len(d.Value)
		}
		if size > maxPutBytes && i > 0 {
			return i
		}
	}
	return min(len(batch), maxPutMetrics)
}
