package costs

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/go-thaw/thaw/costs/internal/emf"
)

// loaded is about when the process started: Go initialises packages before main.
// It is the start of the estimate of INIT.
var loaded = time.Now()

// OtherLabel stands in every label of the row that takes what came after
// [TrackerOptions.MaxLabels] combinations.
const OtherLabel = "(other)"

// A Tracker estimates what invocations cost, adds them up by [Labels], and
// writes the sums as aggregated lines of CloudWatch's embedded metric format.
// It calls no API and starts no goroutine. It is safe for concurrent use and for
// overlapping invocations. Make one with [NewTracker].
type Tracker struct {
	options TrackerOptions
	prices  *Prices

	mu        sync.Mutex
	groups    map[Labels]*group
	order     []*group // in order of appearance, so that lines are too
	since     time.Time
	flushed   time.Time
	init      time.Duration // INIT not yet attributed to an invocation
	overflow  int64
	spent     USD
	budgets   []Budget // not yet exceeded
	pending   []byte   // encoded lines
	waiting   int64    // invocations in pending
	spare     []byte   // the buffer last written, for reuse
	tracking  Tracking
	failures  []error
	slab      []scope
	recorded  bool
	eventBuf  emf.Event
	metricBuf [3]emf.Metric
	batch     []Metric // for PutMetricData
	active    int64    // invocations that run, and that have begun, if CPU is set
	begun     int64

	out sync.Mutex // held while writing, and never while mu is
}

// NewTracker returns a tracker. Nil options are enough on Lambda, where the
// environment says the region, the memory and the architecture. Elsewhere at
// least Region and MemoryMB must be given.
//
// The error names the option and the rule; it wraps a [*PriceError] when the
// region, or a price the function needs, is not in the table.
func NewTracker(o *TrackerOptions) (*Tracker, error) {
	options, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	now := options.Now()
	t := &Tracker{
		options: options,
		prices:  options.Prices,
		groups:  make(map[Labels]*group),
		since:   now,
		flushed: now,
		init:    options.initDuration(),
		budgets: options.Budgets,
	}
	return t, nil
}

// Wrap returns a handler that calls h and records the invocation: the time it
// took, the labels set with [SetRoute] and its like, and what was counted with
// [Add]. The payload, the answer, the error and a panic of h pass unchanged.
//
// Lines that are due are written before Invoke returns, because the environment
// may be frozen the moment it has. A failure to write never fails the
// invocation; see [Tracker.Flush].
func (t *Tracker) Wrap(h lambda.Handler) lambda.Handler {
	return &handler{tracker: t, next: h}
}

type handler struct {
	tracker *Tracker
	next    lambda.Handler
}

// Invoke implements [lambda.Handler].
func (h *handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	s := h.tracker.newScope(ctx)
	h.tracker.beginCPU(s)
	start := h.tracker.options.Now()
	defer func() { // deferred so that a panic is recorded too; it is not recovered
		h.tracker.end(s, start)
	}()
	return h.next.Invoke(s, payload)
}

// slabSize is how many scopes one allocation serves. Scopes are not pooled: a
// goroutine that outlives its invocation may hold the context for as long as it
// likes, and must not find another invocation's in it.
const slabSize = 16

func (t *Tracker) newScope(ctx context.Context) *scope {
	t.mu.Lock()
	if len(t.slab) == 0 {
		t.slab = make([]scope, slabSize)
	}
	s := &t.slab[0]
	t.slab = t.slab[1:]
	t.mu.Unlock()
	s.Context, s.tracker = ctx, t
	s.uses = s.inline[:0]
	return s
}

// end records the invocation of s.
func (t *Tracker) end(s *scope, start time.Time) {
	now, cpu := t.options.Now(), t.nowCPU()
	s.mu.Lock()
	s.done = true
	labels, uses := s.labels, s.uses
	s.mu.Unlock()

	t.mu.Lock()
	init := t.init
	t.init = 0
	o := Observation{Labels: labels, Duration: now.Sub(start), Init: init, CPU: t.endCPU(s, cpu)}
	fired := t.record(now, &o, uses)
	due := t.ready()
	t.mu.Unlock()
	t.after(s, fired, due)
}

// An Observation is one invocation as told to [Tracker.Record].
type Observation struct {
	Labels
	// Duration is the time in the handler.
	Duration time.Duration
	// Init is the time of INIT, for a cold start.
	Init time.Duration
	// CPU is the processor time that it used, zero if unknown.
	CPU time.Duration
	// Uses is what was used of other services.
	Uses []Use
}

// A Use is a quantity of an item in the item's unit.
type Use struct {
	// Item is what was used.
	Item Item
	// Quantity is how much. See [Add] for what is refused.
	Quantity float64
}

// Record counts one invocation that did not pass through [Tracker.Wrap], or one
// part of work that should have its own row, such as a route of a local server.
// ctx is handed to budget hooks. A negative duration counts as zero.
func (t *Tracker) Record(ctx context.Context, o Observation) {
	var inline [4]use
	uses := inline[:0]
	for _, u := range o.Uses {
		uses = addUse(uses, use{item: u.Item, milli: milli(u.Quantity)})
	}
	now := t.options.Now()
	t.mu.Lock()
	fired := t.record(now, &o, uses)
	due := t.ready()
	t.mu.Unlock()
	t.after(ctx, fired, due)
}

// record adds one invocation, with its uses in place of those of o, and makes
// ready what is due. It returns the budgets that it exceeded. The caller holds
// mu.
func (t *Tracker) record(now time.Time, o *Observation, uses []use) []Budget {
	g := t.group(o.Labels)
	inv := Invocation{Duration: max(o.Duration, 0), Init: max(o.Init, 0)}
	billed := inv.BilledDuration().Milliseconds()
	one := t.usage()
	one.requests = 1
	one.memory = int64(t.options.MemoryMB) * billed
	one.init = int64(t.options.MemoryMB) * inv.initMilliseconds(billed)
	one.storage = int64(max(t.options.StorageMB-freeStorageMB, 0)) * billed
	g.add(&one, billed, inv.Init > 0, uses)
	g.addCPU(o.CPU)

	cold := !t.recorded
	t.recorded = true
	lines := t.options.Metrics == nil // a request for each cold start, or each hundred, is too many
	switch {
	case elapsed(t.flushed, now) >= t.options.FlushInterval, lines && cold:
		t.due(now)
	case lines && len(g.billed) >= t.options.FlushCount:
		t.encode(g, now)
	}
	return t.spend(&one, uses)
}

// late counts a use that was reported after its invocation was recorded. A budget
// that it exceeds fires with the next invocation, whose context is alive.
func (t *Tracker) late(labels Labels, u use) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.group(labels)
	g.uses = addUse(g.uses, u)
	if len(t.budgets) > 0 {
		t.spent = t.spent.Add(t.priceUses([]use{u}))
	}
}

// usage returns an empty usage of the tracked function.
func (t *Tracker) usage() usage {
	return usage{
		region:       t.options.Region,
		architecture: t.options.Architecture,
		environment:  t.options.Environment,
	}
}

// after does what must not happen under mu: it writes lines and calls hooks.
func (t *Tracker) after(ctx context.Context, fired []Budget, due bool) {
	if due {
		t.send(ctx)
	}
	for _, b := range fired {
		b.Exceeded(ctx, b.Limit)
	}
}
