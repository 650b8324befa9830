package eventstest

import (
	"context"
	"errors"
	"slices"
	"time"
)

// queue queues an event for the targets of the rules that match it.
func (f *Fake) queue(b *bus, id string, event []byte) error {
	for _, r := range b.rules {
		if r.disabled {
			continue
		}
		matched, err := r.pattern.Match(event)
		if err != nil {
			return err
		}
		if !matched {
			continue
		}
		for _, t := range r.targets {
			payload, err := t.payload(event)
			if err != nil {
				return err
			}
			f.enqueue(&delivery{target: t, ruleARN: r.arn(), Delivery: Delivery{
				Bus: b.name, Rule: r.name, Target: t.ID, EventID: id, Payload: payload,
			}})
		}
	}
	return nil
}

func (f *Fake) enqueue(d *delivery) {
	d.State, d.created = Pending, f.now()
	d.Due = d.created
	f.deliveries = append(f.deliveries, d)
	f.signal()
}

// signal wakes who waits for a change.
func (f *Fake) signal() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// Deliver makes every delivery that is due, also those that come up on the way,
// one after the other on the caller's goroutine. It returns how many attempts it
// made, and the context's error when that ended first. The failure of a target
// is not an error of Deliver; see [Fake.Deliveries].
func (f *Fake) Deliver(ctx context.Context) (int, error) {
	for n := 0; ; n++ {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		d := f.take()
		if d == nil {
			return n, nil
		}
		f.deliver(ctx, d)
	}
}

// Drain delivers until nothing is pending. It waits for retries, which can take
// a day unless testing/synctest makes time fast.
func (f *Fake) Drain(ctx context.Context) error {
	for {
		if _, err := f.Deliver(ctx); err != nil {
			return err
		}
		if f.idle() {
			return nil
		}
		if err := f.wait(ctx); err != nil {
			return err
		}
	}
}

// Run delivers what comes until ctx ends, and returns the context's error. It
// starts no goroutine; several may run at once.
func (f *Fake) Run(ctx context.Context) error {
	for {
		if _, err := f.Deliver(ctx); err != nil {
			return err
		}
		if err := f.wait(ctx); err != nil {
			return err
		}
	}
}

// NextDue returns when the next pending delivery is due, for a test that steps
// a clock; false when nothing is pending.
func (f *Fake) NextDue() (time.Time, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.next()
	if d == nil {
		return time.Time{}, false
	}
	return d.Due, true
}

// next returns the pending delivery that is due first.
func (f *Fake) next() *delivery {
	var first *delivery
	for _, d := range f.deliveries {
		if d.State == Pending && !d.running && (first == nil || d.Due.Before(first.Due)) {
			first = d
		}
	}
	return first
}

// take returns a delivery that is due and marks it as running.
func (f *Fake) take() *delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.next()
	if d == nil || d.Due.After(f.now()) {
		return nil
	}
	d.running = true
	return d
}

func (f *Fake) idle() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !slices.ContainsFunc(f.deliveries, func(d *delivery) bool { return d.State == Pending })
}

// wait waits for the next delivery to be due, a change or the end of ctx.
func (f *Fake) wait(ctx context.Context) error {
	f.mu.Lock()
	changed, d := f.changed, f.next()
	var due <-chan time.Time
	if d != nil {
		timer := time.NewTimer(d.Due.Sub(f.now()))
		defer timer.Stop()
		due = timer.C
	}
	f.mu.Unlock()
	select {
	case <-changed:
	case <-due:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// errNotConnected is the failure of a delivery to an ARN that nothing stands
// for.
var errNotConnected = errors.New("nothing is connected to the ARN; see Fake.Connect")

// deliver makes one attempt. A target that panics takes the caller with it, and
// the attempt counts as failed.
func (f *Fake) deliver(ctx context.Context, d *delivery) {
	invoke := d.target.Invoke
	if invoke == nil {
		invoke = f.function(d.target.ARN)
	}
	attempt := Attempt{Time: f.now(), Err: errors.New("the target panicked")}
	defer func() { f.conclude(ctx, d, attempt) }()
	if invoke == nil {
		attempt.Err = errNotConnected
		return
	}
	_, attempt.Err = invoke(ctx, slices.Clone(d.Payload))
}

func (f *Fake) function(arn string) func(context.Context, []byte) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.functions[arn]
}

// conclude records an attempt and decides what happens next.
func (f *Fake) conclude(ctx context.Context, d *delivery, a Attempt) {
	exhausted := f.record(d, a)
	if exhausted == "" {
		return
	}
	state := Dropped
	if letter := f.deadLetter(d.target); letter != nil && letter(ctx, d.letter(exhausted)) == nil {
		state = DeadLettered
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	d.State, d.running = state, false
	f.signal()
}

// record returns why the delivery is not tried again, empty when it is done or
// is tried again.
func (f *Fake) record(d *delivery, a Attempt) (exhausted string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d.Attempts = append(d.Attempts, a)
	next := f.now().Add(d.target.wait(len(d.Attempts)))
	switch {
	case a.Err == nil:
		d.State = Delivered
	case errors.Is(a.Err, errNotConnected):
		return "none"
	case len(d.Attempts) > d.target.MaximumRetries:
		return "MaximumRetryAttempts"
	case next.Sub(d.created) > d.target.MaximumAge:
		return "MaximumEventAgeInSeconds"
	default:
		d.Due = next
	}
	d.running = false
	f.signal()
	return ""
}

func (f *Fake) deadLetter(t *target) func(context.Context, DeadLetter) error {
	if t.DeadLetter != nil {
		return t.DeadLetter
	}
	invoke := f.function(t.deadLetterARN)
	if invoke == nil {
		return nil
	}
	return func(ctx context.Context, d DeadLetter) error {
		_, err := invoke(ctx, d.Body)
		return err
	}
}
