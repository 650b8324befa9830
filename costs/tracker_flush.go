package costs

import (
	"context"
	"errors"
	"io"
	"math"
	"time"

	"github.com/go-thaw/thaw/costs/internal/emf"
)

// Flush writes everything that has been recorded and not yet written, and
// returns the errors of all writes since the last Flush. Call it before a
// process ends; between invocations on Lambda there is no need.
//
// Values whose line could not be written are gone, since a line written by half
// cannot be taken back; they stay in [Tracker.Totals] and are counted there.
func (t *Tracker) Flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.mu.Lock()
	t.due(t.options.Now())
	t.mu.Unlock()
	t.send(ctx)

	t.mu.Lock()
	defer t.mu.Unlock()
	err := errors.Join(t.failures...)
	t.failures = nil
	return err
}

// due makes everything recorded ready to be sent. The caller holds mu.
func (t *Tracker) due(now time.Time) {
	if t.options.Metrics != nil {
		t.collect(now)
		return
	}
	t.encodeAll(now)
}

// ready tells whether there is something to send. The caller holds mu.
func (t *Tracker) ready() bool { return len(t.pending) > 0 || len(t.batch) > 0 }

// send writes the lines, or puts the metrics.
func (t *Tracker) send(ctx context.Context) {
	if t.options.Metrics != nil {
		t.put(ctx)
		return
	}
	t.write()
}

// encodeAll encodes every group with new invocations. The caller holds mu.
func (t *Tracker) encodeAll(now time.Time) {
	for _, g := range t.order {
		t.encode(g, now)
	}
	t.flushed = now
}

// encode appends a group's line to pending. The caller holds mu.
func (t *Tracker) encode(g *group, now time.Time) {
	if len(g.billed) == 0 {
		return
	}
	t.eventBuf = emf.Event{Namespace: t.options.Namespace, Time: now, Dimensions: g.dimensions, Metrics: t.metrics(g)}
	for i := range t.eventBuf.Metrics {
		t.eventBuf.Metrics[i].Unit = "" // the name says it
	}
	var err error
	if t.pending, err = emf.Append(t.pending, &t.eventBuf); err != nil {
		t.fail(err, int64(len(g.billed)))
	} else {
		t.waiting += int64(len(g.billed))
		t.tracking.Lines++
	}
	g.reset()
}

// metrics returns what a group has to tell since it last did. The caller holds
// mu, and the values are the group's.
func (t *Tracker) metrics(g *group) []emf.Metric {
	metrics := t.metricBuf[:0]
	if t.options.Environment.paidByInvocation() { // whose cost is unknown, not zero
		told := significant(t.costOf(g).Total().Sub(g.written))
		g.sum[0] = told.Float64()
		g.written = g.written.Add(told) // what was cut off is told by the next line
		metrics = append(metrics, emf.Metric{Name: MetricCost, Values: g.sum[:]})
	}
	metrics = append(metrics, emf.Metric{Name: MetricBilledDuration, Unit: "Milliseconds", Values: g.billed})
	if len(g.cpu) > 0 {
		metrics = append(metrics, emf.Metric{Name: MetricCPUTime, Unit: "Milliseconds", Values: g.cpu})
	}
	return metrics
}

// costDigits is how many digits of a sum are told: more are bytes for nothing.
const costDigits = 7

// significant rounds an amount to the first few of its digits.
func significant(u USD) USD {
	f := math.Abs(u.Float64())
	if f == 0 {
		return u
	}
	return u.Round(costDigits - 1 - int(math.Floor(math.Log10(f))))
}

// maxFailures bounds the errors kept for the next Flush.
const maxFailures = 10

// fail notes lost values. The caller holds mu.
func (t *Tracker) fail(err error, lost int64) {
	t.tracking.Lost += lost
	if len(t.failures) < maxFailures {
		t.failures = append(t.failures, err)
	}
}

// write writes the pending lines in one call.
func (t *Tracker) write() {
	t.out.Lock()
	defer t.out.Unlock()
	t.mu.Lock()
	if len(t.pending) == 0 {
		t.mu.Unlock()
		return
	}
	lines, waiting := t.pending, t.waiting
	t.pending, t.waiting, t.spare = t.spare[:0], 0, nil
	t.mu.Unlock()
	n, err := t.options.Output.Write(lines)
	if err == nil && n < len(lines) {
		err = io.ErrShortWrite
	}

	t.mu.Lock()
	defer t.mu.Unlock()
	t.spare = lines[:0]
	t.tracking.Bytes += int64(n)
	if err != nil {
		t.fail(&WriteError{Lost: waiting, Err: err}, waiting)
	}
}

// elapsed is the time since a moment by the clock that says more: a freeze may
// stop the monotonic clock, and a resync may set the wall clock back.
func elapsed(since, now time.Time) time.Duration {
	return max(now.Sub(since), now.Round(0).Sub(since.Round(0)))
}
