package outbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-thaw/thaw/dynamo"
)

// A Result counts what a relay did.
type Result struct {
	// Published events were accepted and marked as sent, Parked ones were put
	// aside. Failed ones, and those of their keys behind them, which are not
	// counted, are as they were.
	Published, Parked, Failed int
}

// A RelayError lists the keys that a relay could not finish. Nothing of them is
// lost: they are tried again by the stream or by the next sweep.
type RelayError struct {
	// Failed has an element for each key.
	Failed []*EventError
}

// An EventError is what stopped a key.
type EventError struct {
	// Key is the event's key, and ID its id: of the event that could not be
	// published or marked, empty when the key's events could not be read.
	Key, ID string
	// Err is the error of [Publish] or of the table, or the context's.
	Err error
}

// Error names the event and the cause.
func (e *EventError) Error() string {
	if e.ID == "" {
		return fmt.Sprintf("key %q: %v", e.Key, e.Err)
	}
	return fmt.Sprintf("key %q, event %s: %v", e.Key, e.ID, e.Err)
}

// Unwrap returns the cause.
func (e *EventError) Unwrap() error { return e.Err }

// Error counts the keys and spells out the first one.
func (e *RelayError) Error() string {
	return fmt.Sprintf("outbox: %d keys are not finished, the first: %v", len(e.Failed), e.Failed[0])
}

// Unwrap returns the failures.
func (e *RelayError) Unwrap() []error {
	all := make([]error, len(e.Failed))
	for i, f := range e.Failed {
		all[i] = f
	}
	return all
}

// A lane is a key that is being relayed.
type lane struct {
	key    string
	from   string  // the lowest place that is known to wait
	events []*item // that wait, in order
	more   bool    // there are later ones
	done   string  // the last place that was dealt with
	err    *EventError
}

// fail stops the lane at i, nil for none.
func (l *lane) fail(i *item, err error) {
	l.err = &EventError{Key: unescape.Replace(l.key), Err: err}
	if i != nil {
		l.err.ID = i.ID
	}
	l.events, l.more = nil, false
}

// next takes the first event off.
func (l *lane) next() *item {
	i := l.events[0]
	l.events = l.events[1:]
	return i
}

// longest is how many events of a key are in memory at once.
const longest = 100

// relay publishes what waits in the lanes: in rounds, the next event of each, so
// that no call of Publish has two of one key.
func (o *Outbox) relay(ctx context.Context, lanes []*lane) Result {
	var result Result
	open := lanes
	for len(open) > 0 {
		o.each(len(open), func(i int) { o.walk(ctx, open[i]) })
		for {
			round := slices.DeleteFunc(slices.Clone(open), func(l *lane) bool { return len(l.events) == 0 })
			if len(round) == 0 {
				break
			}
			for batch := range slices.Chunk(round, o.options.Batch) {
				o.send(ctx, batch, &result)
			}
		}
		open = slices.DeleteFunc(slices.Clone(open), func(l *lane) bool { return !l.more })
	}
	for _, l := range lanes {
		if l.err != nil {
			result.Failed++
		}
	}
	return result
}

// each runs fn for 0 to n-1, a few at a time.
func (o *Outbox) each(n int, fn func(int)) {
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
			fn(int(i))
		}
	}
	var others sync.WaitGroup
	for range min(o.options.Concurrency, n) - 1 {
		others.Go(work)
	}
	work() // on the caller's goroutine, whose stack has grown already
	others.Wait()
}

// walk reads the events of a lane that wait, from the newest back to one that
// was sent: in front of that everything was, except for what is known to wait,
// and what a writer with a slow clock has put there, which has a record in the
// stream and is found by the sweep.
func (o *Outbox) walk(ctx context.Context, l *lane) {
	l.events, l.more = nil, false
	query := dynamo.Query{Partition: dynamo.Key{l.key}, Descending: true, Consistent: true}
	for i, err := range o.events.Query(ctx, query) {
		if err != nil {
			l.fail(nil, err)
			return
		}
		if i.sent() {
			if i.Seq < l.from || l.from == "" {
				break
			}
			continue
		}
		if len(l.events) == 2*longest {
			l.events = append(l.events[:0], l.events[longest:]...)
			l.more = true
		}
		l.events = append(l.events, &i)
	}
	slices.Reverse(l.events)
	if len(l.events) > longest {
		l.events, l.more = l.events[:longest], true
	}
	if i := slices.IndexFunc(l.events, func(i *item) bool { return !i.pending() }); i >= 0 && o.options.HoldKey {
		l.events, l.more = l.events[:i], false
	}
	l.events = slices.DeleteFunc(l.events, func(i *item) bool { return !i.pending() })
}

// send publishes the next event of each lane.
func (o *Outbox) send(ctx context.Context, lanes []*lane, result *Result) {
	items := make([]*item, len(lanes))
	events := make([]Event, len(lanes))
	for i, l := range lanes {
		items[i] = l.next()
		events[i] = items[i].event()
	}
	if err := o.late(ctx); err != nil {
		for i, l := range lanes {
			l.fail(items[i], err)
		}
		return
	}
	failures := o.publish(ctx, events)
	if len(failures) != 0 && len(failures) != len(events) {
		err := fmt.Errorf("outbox: publish returned %d errors for %d events", len(failures), len(events))
		failures = slices.Repeat([]error{err}, len(events))
	}
	var mu sync.Mutex
	o.each(len(lanes), func(i int) {
		var err error
		if len(failures) > 0 {
			err = failures[i]
		}
		published, parked := o.settle(ctx, lanes[i], items[i], err)
		mu.Lock()
		defer mu.Unlock()
		result.Published += published
		result.Parked += parked
	})
}

// settle deals with an event whose publication ended with failure.
func (o *Outbox) settle(ctx context.Context, l *lane, i *item, failure error) (published, parked int) {
	switch {
	case failure == nil:
		if err := o.mark(ctx, i); err != nil {
			l.fail(i, fmt.Errorf("published, but not marked as sent: %w", err))
			return 0, 0
		}
		l.done = i.Seq
		return 1, 0
	case isPermanent(failure) || o.tooOld(i):
		if err := o.park(ctx, i, failure); err != nil {
			l.fail(i, fmt.Errorf("%w; not parked: %w", failure, err))
			return 0, 0
		}
		l.done = i.Seq
		if o.options.HoldKey {
			l.events, l.more = nil, false
		}
		return 0, 1
	}
	l.fail(i, failure)
	return 0, 0
}

func (o *Outbox) tooOld(i *item) bool {
	return o.options.MaxAge > 0 && o.options.Now().UnixMilli()-i.Due > o.options.MaxAge.Milliseconds()
}

// late returns an error when there is no time left to begin something.
func (o *Outbox) late(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= o.options.Margin {
		return context.DeadlineExceeded
	}
	return nil
}

// finish reports what a relay did.
func (o *Outbox) finish(ctx context.Context, result Result, lanes []*lane) error {
	var failed []*EventError
	for _, l := range lanes {
		if l.err != nil {
			failed = append(failed, l.err)
		}
	}
	slices.SortFunc(failed, func(a, b *EventError) int { return strings.Compare(a.Key, b.Key) })
	var err error
	if len(failed) > 0 {
		err = &RelayError{Failed: failed}
	}
	if o.options.OnResult != nil {
		o.options.OnResult(ctx, result, err)
	}
	return err
}
