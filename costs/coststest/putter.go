package coststest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/go-thaw/thaw/costs"
)

// Limits of PutMetricData, which a Putter enforces.
// See https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html.
const (
	maxPutMetrics = 1000
	maxPutValues  = 150
)

// A Put is one request.
type Put struct {
	// Namespace of the metrics.
	Namespace string
	// Metrics is the caller's data, copied.
	Metrics []costs.Metric
}

// A Putter records requests in place of CloudWatch. The zero value is ready to
// use, as [costs.TrackerOptions.Metrics]. It is safe for concurrent use.
type Putter struct {
	mu   sync.Mutex
	puts []Put
	fail error
}

// PutMetrics records a request. One that CloudWatch would not accept is an error
// that names the rule, and so is a context that has ended.
func (p *Putter) PutMetrics(ctx context.Context, namespace string, data []costs.Metric) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.fail; err != nil {
		p.fail = nil
		return err
	}
	if n := len(data); n == 0 || n > maxPutMetrics {
		return fmt.Errorf("coststest: a request has 1 to %d metrics, not %d", maxPutMetrics, n)
	}
	put := Put{Namespace: namespace}
	for _, m := range data {
		if err := checkMetric(&m); err != nil {
			return fmt.Errorf("coststest: metric %q: %w", m.Name, err)
		}
		m.Values, m.Counts = slices.Clone(m.Values), slices.Clone(m.Counts)
		put.Metrics = append(put.Metrics, m)
	}
	p.puts = append(p.puts, put)
	return nil
}

func checkMetric(m *costs.Metric) error {
	switch n := len(m.Values); {
	case m.Name == "" || m.Unit == "" || m.Time.IsZero():
		return errors.New("needs a name, a unit and a time")
	case n == 0 || n > maxPutValues:
		return fmt.Errorf("has 1 to %d values, not %d", maxPutValues, n)
	case n != len(m.Counts):
		return fmt.Errorf("has %d values and %d counts", n, len(m.Counts))
	case len(m.Dimensions) > maxDimensions:
		return fmt.Errorf("has at most %d dimensions", maxDimensions)
	}
	return nil
}

// FailNext makes the next request fail with err.
func (p *Putter) FailNext(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = err
}

// Puts returns the requests so far.
func (p *Putter) Puts() []Put {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.puts)
}

// Sum returns the sum of a metric over all requests and dimensions.
func (p *Putter) Sum(metric string) (sum float64) {
	for _, put := range p.Puts() {
		for _, m := range put.Metrics {
			for i, v := range m.Values {
				if m.Name == metric {
					sum += v * m.Counts[i]
				}
			}
		}
	}
	return sum
}
