package costs

import (
	"context"
	"math"
	"sync"
)

// Labels are what an invocation is attributed to. Each is optional, and every
// distinct combination is one row of [Tracker.Totals] and one set of billed
// CloudWatch metrics: use route patterns and names of plans, never ids.
type Labels struct {
	// Route is the kind of request, such as "POST /gigs".
	Route string `json:"route,omitempty"`
	// Tenant is who it was for.
	Tenant string `json:"tenant,omitempty"`
	// Operation is what was done, for handlers that do several things.
	Operation string `json:"operation,omitempty"`
}

// SetRoute attributes the current invocation to a route. The last call wins. It
// does nothing when ctx does not come from a handler wrapped by [Tracker.Wrap],
// so library code may call it always.
//
// With net/http's ServeMux the pattern is known once the mux has served:
//
//	func route(mux http.Handler) http.Handler {
//		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
//			mux.ServeHTTP(w, r)
//			costs.SetRoute(r.Context(), r.Pattern)
//		})
//	}
func SetRoute(ctx context.Context, route string) {
	setLabel(ctx, func(l *Labels) { l.Route = route })
}

// SetTenant attributes the current invocation to a tenant, as [SetRoute] does to
// a route.
func SetTenant(ctx context.Context, tenant string) {
	setLabel(ctx, func(l *Labels) { l.Tenant = tenant })
}

// SetOperation attributes the current invocation to an operation, as [SetRoute]
// does to a route.
func SetOperation(ctx context.Context, operation string) {
	setLabel(ctx, func(l *Labels) { l.Operation = operation })
}

func setLabel(ctx context.Context, set func(*Labels)) {
	s := scopeFrom(ctx)
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	set(&s.labels)
}

// Add counts what the current invocation used of another service, in the unit
// of the item: Add(ctx, costs.DynamoDBReads, 0.5) is half a read request unit.
// It is priced with the table of the tracker; an item without a price there is
// counted and listed as unpriced. Quantities are kept in thousandths of a unit.
// One that is negative, not a number or beyond 9·10¹⁵ thousandths is counted in
// [Totals] as refused.
//
// Outside a wrapped handler it does nothing. It is safe for concurrent use, and
// what arrives after the handler has returned is still counted.
func Add(ctx context.Context, item Item, quantity float64) {
	s := scopeFrom(ctx)
	if s == nil || quantity == 0 {
		return
	}
	s.add(use{item: item, milli: milli(quantity)})
}

// AddDynamoDB counts consumed on-demand capacity, as DynamoDB returns it in
// ConsumedCapacity: a hook for the dynamo package.
func AddDynamoDB(ctx context.Context, readUnits, writeUnits float64) {
	Add(ctx, DynamoDBReads, readUnits)
	Add(ctx, DynamoDBWrites, writeUnits)
}

// AddMessages counts requests to a standard SQS queue: a hook for the queue
// package. A request of up to 64 KB counts once, also when it sends a batch of
// ten, and each further 64 KB begun once more.
func AddMessages(ctx context.Context, requests int) {
	Add(ctx, SQSRequests, float64(requests))
}

// AddEvents counts events put on a custom EventBridge bus: a hook for the events
// package. Each 64 KB begun of an event counts as one.
func AddEvents(ctx context.Context, events int) {
	Add(ctx, EventBridgeEvents, float64(events))
}

// use is a quantity of an item in thousandths of its unit, exact for DynamoDB's
// half units.
type use struct {
	item  Item
	milli int64
}

// refusedQuantity marks a quantity that is not one.
const refusedQuantity = -1

// milli converts a quantity. 9·10^15 is below 2^53, so the product is exact
// enough to round and cannot overflow.
func milli(quantity float64) int64 {
	thousandths := math.Round(quantity * 1000)
	if !(thousandths >= 0 && thousandths <= 9e15) { // also catches NaN
		return refusedQuantity
	}
	return int64(thousandths)
}

// scope is one invocation of a wrapped handler: its context and what was said
// about it.
type scope struct {
	context.Context //nolint:containedctx // it is a context
	tracker         *Tracker

	mu     sync.Mutex
	labels Labels
	done   bool
	cpu    cpuMark
	uses   []use
	inline [4]use // the usual few items without a second allocation
}

type scopeKey struct{}

// Value makes the scope its own context value: one allocation for both.
func (s *scope) Value(key any) any {
	if key == (scopeKey{}) {
		return s
	}
	return s.Context.Value(key)
}

func scopeFrom(ctx context.Context) *scope {
	s, _ := ctx.Value(scopeKey{}).(*scope)
	return s
}

// add notes a use, or hands it on when the invocation is already recorded.
func (s *scope) add(u use) {
	s.mu.Lock()
	if !s.done {
		s.uses = addUse(s.uses, u)
		s.mu.Unlock()
		return
	}
	labels := s.labels
	s.mu.Unlock()
	s.tracker.late(labels, u)
}

// addUse adds u to the entry of its item. There are a handful of items at most,
// so a scan beats a map.
func addUse(uses []use, u use) []use {
	for i := range uses {
		if uses[i].item == u.item && (uses[i].milli < 0) == (u.milli < 0) {
			uses[i].milli += u.milli // refused ones count themselves, negatively
			return uses
		}
	}
	return append(uses, u)
}
