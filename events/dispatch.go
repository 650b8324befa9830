package events

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/go-thaw/thaw/events/pattern"
)

// routePatterns matches an event against all patterns of a router at once.
type routePatterns struct {
	set    *pattern.Set
	routes []*route // by index in the set
}

func newRoutePatterns(routes []*route) *routePatterns {
	p := &routePatterns{}
	var patterns []*Pattern
	for _, x := range routes {
		if x.pattern != nil {
			patterns = append(patterns, x.pattern)
			p.routes = append(p.routes, x)
		}
	}
	if len(patterns) > 0 {
		p.set = pattern.NewSet(patterns...)
	}
	return p
}

func (p *routePatterns) match(e *Envelope) ([]*route, error) {
	if p == nil || p.set == nil {
		return nil, nil
	}
	indexes, err := p.set.Match(e.Raw)
	var matched []*route
	for _, i := range indexes {
		matched = append(matched, p.routes[i])
	}
	return matched, err
}

// A dispatch is one invocation's run over its events.
type dispatch struct {
	options  RouterOptions
	router   *Router
	routes   []*route
	patterns *routePatterns
	fallback *route
	slots    chan struct{} // one per running handler
	failures []*HandlerError
}

func (r *Router) newDispatch() *dispatch {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return &dispatch{
		options: r.options, router: r,
		routes: r.routes, patterns: r.patterns, fallback: r.fallback,
		slots: make(chan struct{}, r.options.Concurrency),
	}
}

// run handles all messages, groups of them in parallel.
func (d *dispatch) run(ctx context.Context, p *payload) {
	groups := p.groups()
	if len(groups) == 1 {
		d.failures = d.group(ctx, groups[0])
		return
	}
	d.failures = d.parallel(ctx, groups)
}

func (d *dispatch) parallel(ctx context.Context, groups [][]*message) []*HandlerError {
	failures := make([][]*HandlerError, len(groups))
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; int(i) < len(groups); i = next.Add(1) - 1 {
			failures[i] = d.group(ctx, groups[i])
		}
	}
	var others sync.WaitGroup
	for range min(d.options.Concurrency, len(groups)) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
	return slices.Concat(failures...)
}

// group handles messages in order, up to the first that fails.
func (d *dispatch) group(ctx context.Context, messages []*message) []*HandlerError {
	for i, m := range messages {
		failures := d.message(ctx, m)
		if len(failures) == 0 {
			continue
		}
		for _, skipped := range messages[i+1:] {
			failures = append(failures, &HandlerError{MessageID: skipped.id, Err: ErrSkipped})
		}
		return failures
	}
	return nil
}

// message handles the events of one message, all of them even when one fails.
func (d *dispatch) message(ctx context.Context, m *message) []*HandlerError {
	var failures []*HandlerError
	for _, e := range m.events {
		failures = append(failures, d.event(ctx, e)...)
	}
	if m.err != nil {
		failures = append(failures, &HandlerError{Err: m.err})
	}
	for _, f := range failures {
		f.MessageID = m.id
	}
	return failures
}

// event runs the handlers of one event.
func (d *dispatch) event(ctx context.Context, e *Envelope) []*HandlerError {
	if err := ctx.Err(); err != nil {
		return []*HandlerError{failed(e, "", err)}
	}
	if err := d.load(ctx, e); err != nil {
		return []*HandlerError{failed(e, "", err)}
	}
	routes, err := d.find(e)
	if err != nil {
		return []*HandlerError{failed(e, "", err)}
	}
	failures := make([]*HandlerError, len(routes))
	d.fanOut(ctx, e, routes, failures)
	return slices.DeleteFunc(failures, func(f *HandlerError) bool { return f == nil })
}

// fanOut runs handlers in parallel, the last one on this goroutine.
func (d *dispatch) fanOut(ctx context.Context, e *Envelope, routes []*route, failures []*HandlerError) {
	var others sync.WaitGroup
	for i, x := range routes {
		if err := d.acquire(ctx); err != nil {
			failures[i] = d.judge(ctx, x, e, err)
			continue
		}
		if i == len(routes)-1 {
			d.handle(ctx, x, e, &failures[i])
			break
		}
		others.Go(func() { d.handle(ctx, x, e, &failures[i]) })
	}
	others.Wait()
}

func failed(e *Envelope, handler string, err error) *HandlerError {
	return &HandlerError{Handler: handler, EventID: e.ID, Source: e.Source, DetailType: e.DetailType, Err: err}
}

// load fetches a detail that was offloaded.
func (d *dispatch) load(ctx context.Context, e *Envelope) error {
	reference := e.metadata.ClaimCheck
	if reference == "" {
		return nil
	}
	if d.options.Load == nil {
		return errors.New("the detail was offloaded to " + reference + " and RouterOptions.Load is nil")
	}
	detail, err := d.options.Load(ctx, reference)
	if err == nil {
		err = e.restore(detail)
	}
	if err != nil {
		return fmt.Errorf("load detail %s: %w", reference, err)
	}
	return nil
}

// find returns the handlers that take e, in the order in which they were added.
func (d *dispatch) find(e *Envelope) ([]*route, error) {
	byPattern, err := d.patterns.match(e)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var routes []*route
	for _, x := range d.routes {
		if x.pattern == nil && x.takes(e) || slices.Contains(byPattern, x) {
			routes = append(routes, x)
		}
	}
	switch {
	case len(routes) > 0:
		return routes, nil
	case d.fallback != nil:
		return []*route{d.fallback}, nil
	case d.options.AcknowledgeUnmatched:
		d.router.logger().Info("events: no handler takes the event",
			"id", e.ID, "source", e.Source, "detailType", e.DetailType, "version", e.metadata.Version)
		return nil, nil
	default:
		return nil, d.unmatched(e)
	}
}

func (d *dispatch) unmatched(e *Envelope) error {
	u := &UnmatchedError{Source: e.Source, DetailType: e.DetailType, Version: e.metadata.Version}
	for _, x := range d.routes {
		if x.pattern == nil && x.takesType(e) && !slices.Contains(u.Handled, x.version) {
			u.Handled = append(u.Handled, x.version)
		}
	}
	return u
}

// acquire waits for the turn of a handler.
func (d *dispatch) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case d.slots <- struct{}{}:
		return nil
	default: // Done allocates, and a slot is usually free
	}
	select {
	case d.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// errExited is the failure of a handler that ended its goroutine.
var errExited = errors.New("the handler called runtime.Goexit")

// handle runs one handler and gives its turn back. The failure is there before
// the handler runs, because runtime.Goexit (t.FailNow in a test) returns no
// result.
func (d *dispatch) handle(ctx context.Context, x *route, e *Envelope, failure **HandlerError) {
	err := errExited
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
		<-d.slots
		*failure = d.judge(ctx, x, e, err)
	}()
	err = x.run(context.WithValue(ctx, runningKey{}, &running{e, x.name}), e)
}

// judge returns the failure of a handler, nil when it is none.
func (d *dispatch) judge(ctx context.Context, x *route, e *Envelope, err error) *HandlerError {
	if err == nil {
		return nil
	}
	failure := failed(e, x.name, err)
	if x.optional {
		d.router.logger().WarnContext(ctx, "events: optional handler failed", "error", failure)
		return nil
	}
	return failure
}
