package costs_test

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

// clock is a clock that a test steps.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// handlerFunc is a lambda.Handler.
type handlerFunc func(context.Context, []byte) ([]byte, error)

func (f handlerFunc) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return f(ctx, payload)
}

type trackerTest struct {
	*costs.Tracker
	sink  *coststest.Sink
	clock *clock
}

// setup returns a tracker of a 128 MB x86 function in us-east-1 that writes to a
// sink; change adapts its options.
func setup(t *testing.T, change func(*costs.TrackerOptions)) *trackerTest {
	t.Helper()
	c := newClock()
	sink := &coststest.Sink{Now: c.Now}
	options := &costs.TrackerOptions{
		Region: "us-east-1", Architecture: costs.X86, MemoryMB: 128, Function: "gigs",
		Init: -1, Output: sink, Now: c.Now,
	}
	if change != nil {
		change(options)
	}
	tracker, err := costs.NewTracker(options)
	require.NoError(t, err)
	return &trackerTest{Tracker: tracker, sink: sink, clock: c}
}

// invoke runs a wrapped handler that takes d on the clock.
func (tt *trackerTest) invoke(t *testing.T, d time.Duration, h func(ctx context.Context)) {
	t.Helper()
	_, err := tt.Wrap(handlerFunc(func(ctx context.Context, _ []byte) ([]byte, error) {
		h(ctx)
		tt.clock.step(d)
		return nil, nil
	})).Invoke(t.Context(), nil)
	require.NoError(t, err)
}

func TestWrapPassesEverythingThrough(t *testing.T) {
	tt := setup(t, nil)
	boom := errors.New("boom")
	type key struct{}
	h := tt.Wrap(handlerFunc(func(ctx context.Context, payload []byte) ([]byte, error) {
		require.Equal(t, "value", ctx.Value(key{}))
		return append(payload, '!'), boom
	}))
	out, err := h.Invoke(context.WithValue(t.Context(), key{}, "value"), []byte("in"))
	require.Equal(t, "in!", string(out))
	require.Equal(t, boom, err)
	require.Equal(t, int64(1), tt.Totals().Total.Invocations)
}

func TestWrapRecordsAPanicAndLetsItPass(t *testing.T) {
	tt := setup(t, nil)
	h := tt.Wrap(handlerFunc(func(context.Context, []byte) ([]byte, error) {
		tt.clock.step(50 * ms)
		panic("boom")
	}))
	require.PanicsWithValue(t, "boom", func() { _, _ = h.Invoke(t.Context(), nil) })
	require.Equal(t, "$0.000000304166875", tt.Totals().Total.Cost.Total().String())
}

func TestAttribution(t *testing.T) {
	tt := setup(t, func(o *costs.TrackerOptions) { o.Init = 850 * ms })
	tt.invoke(t, 50*ms, func(ctx context.Context) {
		costs.SetRoute(ctx, "GET /gigs")
	})
	tt.invoke(t, 50*ms, func(ctx context.Context) {
		costs.SetRoute(ctx, "POST /gigs")
		costs.SetTenant(ctx, "acme")
		costs.SetOperation(ctx, "create")
		costs.AddDynamoDB(ctx, 0.5, 2)
		costs.AddDynamoDB(ctx, 0.5, 0)
		costs.AddMessages(ctx, 3)
		costs.AddEvents(ctx, 1)
	})

	totals := tt.Totals()
	require.Equal(t, int64(2), totals.Total.Invocations)
	require.Equal(t, int64(1), totals.Total.ColdStarts)
	require.Equal(t, 950*ms, totals.Total.Billed)
	require.Len(t, totals.Lines, 2)

	post := totals.Lines[0] // the dearest first
	require.Equal(t, costs.Labels{Route: "POST /gigs", Tenant: "acme", Operation: "create"}, post.Labels)
	require.Equal(t, costs.Cost{
		Compute:  usd(t, "0.000000104166875"),
		Request:  usd(t, "0.0000002"),
		Services: usd(t, "0.000003575"), // 1 · 0.125 + 2 · 0.625 + 3 · 0.4 + 1 · 1 millionths
	}, post.Cost)
	require.Equal(t, costs.ServiceCost{
		Use: costs.Use{Item: costs.DynamoDBReads, Quantity: 1}, Cost: usd(t, "0.000000125"), Priced: true,
	}, post.Services[0])
	require.Equal(t, "$3.879166875", post.PerMillion().String())

	get := totals.Lines[1]
	require.Equal(t, "$0.00000207500375", get.Cost.Total().String())
	require.Equal(t, usd(t, "0.00000177083688").Cmp(get.Cost.Init), 1)
	require.Equal(t, totals.Total.Cost.Total(), post.Cost.Total().Add(get.Cost.Total()))
}

func TestLabelsOutsideAWrappedHandlerDoNothing(t *testing.T) {
	costs.SetRoute(t.Context(), "GET /")
	costs.SetTenant(t.Context(), "acme")
	costs.SetOperation(t.Context(), "op")
	costs.AddDynamoDB(t.Context(), 1, 1)
}

func TestUseAfterTheHandlerReturnedIsCounted(t *testing.T) {
	tt := setup(t, nil)
	var kept context.Context
	tt.invoke(t, ms, func(ctx context.Context) {
		costs.SetRoute(ctx, "GET /")
		kept = ctx
	})
	tt.invoke(t, ms, func(ctx context.Context) { costs.SetRoute(ctx, "other") })
	costs.AddMessages(kept, 1)
	require.Equal(t, costs.SQSRequests, tt.Totals().Lines[0].Services[0].Item)
	require.Equal(t, "GET /", tt.Totals().Lines[0].Route)
}

func TestRefusedAndUnpricedQuantities(t *testing.T) {
	tt := setup(t, func(o *costs.TrackerOptions) { o.Region = "eu-west-1" })
	tt.invoke(t, 50*ms, func(ctx context.Context) {
		costs.Add(ctx, costs.SQSRequests, 2)
		costs.Add(ctx, costs.SQSRequests, math.NaN())
		costs.Add(ctx, costs.SQSRequests, -1)
		costs.Add(ctx, costs.SQSRequests, math.Inf(1))
	})
	total := tt.Totals().Total
	require.Equal(t, int64(3), total.Refused)
	require.Equal(t, []costs.ServiceCost{{Use: costs.Use{Item: costs.SQSRequests, Quantity: 2}}}, total.Services)
	require.Equal(t, costs.USD{}, total.Cost.Services)
	require.Contains(t, tt.Totals().String(), "Not in the cost: 2 sqs.requests, no price known in eu-west-1")
}

func TestCardinalityIsCapped(t *testing.T) {
	tt := setup(t, func(o *costs.TrackerOptions) { o.MaxLabels = 2 })
	for i := range 10 {
		tt.Record(t.Context(), costs.Observation{Labels: costs.Labels{Tenant: strconv.Itoa(i)}, Duration: ms})
	}
	totals := tt.Totals()
	require.Len(t, totals.Lines, 3)
	require.Equal(t, int64(8), totals.Overflowed)
	require.Equal(t, costs.OtherLabel, totals.Lines[0].Tenant)
	require.Equal(t, int64(8), totals.Lines[0].Invocations)
	require.Equal(t, int64(10), totals.Total.Invocations)
}

func TestAnyLabelMakesAValidLine(t *testing.T) {
	tt := setup(t, nil)
	for _, label := range []string{"", " ", ":x", "naïve", "\x00\xff", strings.Repeat("x", 5000), `"\`} {
		tt.Record(t.Context(), costs.Observation{Labels: costs.Labels{Route: label, Tenant: label}, Duration: ms})
	}
	require.NoError(t, tt.Flush(t.Context()))
	require.Len(t, tt.sink.Lines(), 7)
}

func TestUnpricedEnvironmentsHaveNoFigure(t *testing.T) {
	for _, environment := range []costs.Environment{costs.ManagedInstances, "one of next year"} {
		tt := setup(t, func(o *costs.TrackerOptions) {
			o.Environment = environment
			o.MemoryMB = 32 << 10
		})
		tt.invoke(t, 50*ms, func(context.Context) {})
		require.NoError(t, tt.Flush(t.Context()))

		require.Equal(t, int64(1), tt.Totals().Total.Unknown)
		require.Equal(t, []float64{50}, tt.sink.Values(costs.MetricBilledDuration, nil))
		require.Empty(t, tt.sink.Values(costs.MetricCost, nil))
		require.Contains(t, tt.Totals().String(), "unknown")
	}
}

func TestBudgetsFireOnce(t *testing.T) {
	var fired []costs.USD
	hook := func(_ context.Context, limit costs.USD) { fired = append(fired, limit) }
	low, high := usd(t, "0.000001"), usd(t, "0.000002")
	tt := setup(t, func(o *costs.TrackerOptions) {
		o.Budgets = []costs.Budget{{Limit: high, Exceeded: hook}, {Limit: low, Exceeded: hook}}
	})
	var after []int
	for range 10 { // $0.000000304 each
		tt.invoke(t, 50*ms, func(context.Context) {})
		after = append(after, len(fired))
	}
	require.Equal(t, []int{0, 0, 0, 1, 1, 1, 2, 2, 2, 2}, after)
	require.Equal(t, []costs.USD{low, high}, fired)
}

func TestOverlappingInvocations(t *testing.T) {
	tt := setup(t, func(o *costs.TrackerOptions) { o.FlushCount = 3 })
	h := tt.Wrap(handlerFunc(func(ctx context.Context, payload []byte) ([]byte, error) {
		costs.SetRoute(ctx, string(payload))
		var inner sync.WaitGroup
		for range 3 {
			inner.Go(func() { costs.AddMessages(ctx, 1) })
		}
		inner.Wait()
		return nil, nil
	}))
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 50 {
				_, _ = h.Invoke(t.Context(), []byte("route "+strconv.Itoa(i%4)))
				_ = tt.Totals()
			}
		})
	}
	group.Wait()
	require.NoError(t, tt.Flush(t.Context()))
	totals := tt.Totals()
	require.Equal(t, int64(400), totals.Total.Invocations)
	require.InDelta(t, 1200, totals.Total.Services[0].Quantity, 0)
	require.Len(t, tt.sink.Values(costs.MetricBilledDuration, nil), 400)
	require.InEpsilon(t, totals.Total.Cost.Total().Float64(), tt.sink.Sum(costs.MetricCost, nil), 1e-9)
}

func BenchmarkWrap(b *testing.B) {
	tracker, err := costs.NewTracker(&costs.TrackerOptions{Region: "us-east-1", MemoryMB: 128, Architecture: costs.X86, Output: discard{}})
	require.NoError(b, err)
	h := tracker.Wrap(handlerFunc(func(ctx context.Context, _ []byte) ([]byte, error) {
		costs.SetRoute(ctx, "GET /gigs")
		return nil, nil
	}))
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = h.Invoke(ctx, nil)
	}
}
