package events_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
)

type order struct {
	ID    string `json:"id"`
	Note  string `json:"note,omitempty"`
	Price int    `json:"price"`
}

func (o order) Validate() error {
	if o.Price < 0 {
		return errNegative
	}
	return nil
}

var (
	errNegative = errors.New("the price is negative")
	orderPlaced = events.Define[order]("shop", "OrderPlaced")
)

func newPublisher(t *testing.T, api events.API, o *events.PublisherOptions) *events.Publisher {
	t.Helper()
	p, err := events.NewPublisher(api, o)
	require.NoError(t, err)
	return p
}

func orders(n int) []events.Event {
	out := make([]events.Event, n)
	for i := range out {
		out[i] = orderPlaced.New(order{ID: "o", Price: i})
	}
	return out
}

func publishError(t *testing.T, err error) *events.PublishError {
	t.Helper()
	var p *events.PublishError
	require.ErrorAs(t, err, &p)
	return p
}

func TestPublishSplitsByCount(t *testing.T) {
	fake := eventstest.New(nil)
	require.NoError(t, newPublisher(t, fake.Client(), nil).Publish(t.Context(), orders(25)...))

	require.Len(t, fake.Calls("PutEvents"), 3)
	got, err := eventstest.Published(fake, orderPlaced)
	require.NoError(t, err)
	require.Len(t, got, 25)
}

func TestPublishSplitsByBytesUpToTheLimit(t *testing.T) {
	fake := eventstest.New(nil)
	event := orderPlaced.New(order{ID: "o", Note: strings.Repeat("x", 1000)})
	limits := events.Limits{Bytes: 2 * event.Size()}
	p := newPublisher(t, fake.Client(), &events.PublisherOptions{Limits: limits, Concurrency: 1})
	require.NoError(t, p.Publish(t.Context(), event, event, event, event, event))
	require.Len(t, fake.Calls("PutEvents"), 3)

	smaller := newPublisher(t, fake.Client(), &events.PublisherOptions{Limits: events.Limits{Bytes: 2*event.Size() - 1}})
	require.NoError(t, smaller.Publish(t.Context(), event, event))
	require.Len(t, fake.Calls("PutEvents"), 5)
}

func TestPublishRetriesOnlyFailedEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := eventstest.New(nil)
		fake.FailEntries(2, "ThrottlingException")
		require.NoError(t, newPublisher(t, fake.Client(), nil).Publish(t.Context(), orders(10)...))

		calls := fake.Calls("PutEvents")
		require.Equal(t, []int{10, 2}, []int{entries(t, calls[0]), entries(t, calls[1])})
		got, err := eventstest.Published(fake, orderPlaced)
		require.NoError(t, err)
		require.Len(t, got, 10)
	})
}

func entries(t *testing.T, c eventstest.Call) int {
	t.Helper()
	var in struct{ Entries []json.RawMessage }
	require.NoError(t, json.Unmarshal(c.Input, &in))
	return len(in.Entries)
}

func TestPublishReportsPermanentFailuresInOrder(t *testing.T) {
	fake := eventstest.New(nil)
	fake.FailEntriesFunc(func(e *events.Envelope) string {
		o, err := orderPlaced.Decode(e)
		if err != nil || o.Price%7 == 3 {
			return "NotAuthorizedForDetailTypeException"
		}
		return ""
	})
	all := orders(25)
	err := newPublisher(t, fake.Client(), nil).Publish(t.Context(), all...)

	failed := publishError(t, err)
	require.Equal(t, 25, failed.Total)
	var indexes []int
	for _, f := range failed.Failed {
		indexes = append(indexes, f.Index)
		require.Equal(t, "NotAuthorizedForDetailTypeException", f.Code)
		require.Equal(t, 1, f.Attempts)
		require.Equal(t, all[f.Index].Metadata.ID, f.Event.Metadata.ID)
	}
	require.Equal(t, []int{3, 10, 17, 24}, indexes)
	require.Empty(t, failed.Retryable())
	require.False(t, events.IsRetryable(err))
}

func TestPublishGivesUpWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := eventstest.New(nil)
		fake.FailEntries(1_000_000, "InternalFailure")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := newPublisher(t, fake.Client(), nil).Publish(ctx, orders(3)...)

		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.True(t, events.IsRetryable(err))
		failed := publishError(t, err)
		require.Len(t, failed.Retryable(), 3)
		require.Equal(t, "InternalFailure", failed.Failed[0].Code)
		require.Greater(t, failed.Failed[0].Attempts, 10)
	})
}

func TestPublishBoundsTheAttempts(t *testing.T) {
	for code, want := range map[string]int{"ThrottlingException": 5, "SomethingNew": 3, "MalformedDetail": 1} {
		synctest.Test(t, func(t *testing.T) {
			fake := eventstest.New(nil)
			fake.FailEntries(1_000_000, code)
			p := newPublisher(t, fake.Client(), &events.PublisherOptions{Attempts: 5})
			failed := publishError(t, p.Publish(t.Context(), orders(1)...))
			require.Equal(t, want, failed.Failed[0].Attempts, code)
		})
	}
}

func TestPublishNamesEveryEventWhenTheContextHasEnded(t *testing.T) {
	fake := eventstest.New(nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := newPublisher(t, fake.Client(), nil).Publish(ctx, orders(12)...)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, publishError(t, err).Retryable(), 12)
	require.Empty(t, fake.Calls())
}

func TestPublishRefusesBadEventsAloneWithoutARequest(t *testing.T) {
	good := orderPlaced.New(order{ID: "good"})
	with := func(change func(*events.Event)) events.Event {
		e := good
		change(&e)
		return e
	}
	for name, c := range map[string]struct {
		event events.Event
		cause error
	}{
		"no source":   {with(func(e *events.Event) { e.Source = " " }), events.ErrInvalid},
		"aws source":  {with(func(e *events.Event) { e.Source = "aws.s3" }), events.ErrInvalid},
		"no type":     {with(func(e *events.Event) { e.DetailType = "" }), events.ErrInvalid},
		"long type":   {with(func(e *events.Event) { e.DetailType = strings.Repeat("é", 129) }), events.ErrInvalid},
		"no detail":   {with(func(e *events.Event) { e.Detail = nil }), events.ErrInvalid},
		"array":       {with(func(e *events.Event) { e.Detail = []byte(`[]`) }), events.ErrInvalid},
		"not JSON":    {with(func(e *events.Event) { e.Detail = []byte(`{"a":NaN}`) }), events.ErrInvalid},
		"two values":  {with(func(e *events.Event) { e.Detail = []byte(`{}{}`) }), events.ErrInvalid},
		"big integer": {with(func(e *events.Event) { e.Detail = []byte(`{"a":[{"b":9223372036854775808}]}`) }), events.ErrInvalid},
		"too deep": {with(func(e *events.Event) {
			e.Detail = []byte(`{"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`)
		}), events.ErrInvalid},
		"own metadata":  {with(func(e *events.Event) { e.Detail = []byte(`{"metadata":{}}`) }), events.ErrInvalid},
		"in disguise":   {with(func(e *events.Event) { e.Detail = []byte(`{"\u006detadata":{}}`) }), events.ErrInvalid},
		"not validated": {orderPlaced.New(order{Price: -1}), errNegative},
		"too large":     {orderPlaced.New(order{Note: strings.Repeat("x", 1_000_000)}), events.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			fake := eventstest.New(nil)
			err := newPublisher(t, fake.Client(), nil).Publish(t.Context(), good, c.event, good)
			require.ErrorIs(t, err, c.cause)
			failed := publishError(t, err)
			require.Len(t, failed.Failed, 1)
			require.Equal(t, 1, failed.Failed[0].Index)
			require.Zero(t, failed.Failed[0].Attempts)
			require.False(t, failed.Failed[0].Retryable)
			require.Len(t, fake.Events("default"), 2)
		})
	}
}

func TestPublishAcceptsWhatIsJustAllowed(t *testing.T) {
	fake := eventstest.New(nil)
	e := events.Event{
		Source:     "shop",
		DetailType: strings.Repeat("é", 128),
		Detail: []byte(` { "a" : 9223372036854775807, "b": -9223372036854775808, "c": 1e30, "d": 0.12345678901234567890,` +
			`"e": ` + strings.Repeat("[", 999) + strings.Repeat("]", 999) + ` } `),
	}
	require.NoError(t, newPublisher(t, fake.Client(), nil).Publish(t.Context(), e))
	require.Len(t, fake.Events("default"), 1)
}

func TestPublishHalvesARefusedRequest(t *testing.T) {
	fake := eventstest.New(&eventstest.Options{MaxBytes: 1200}) // a region with a lower limit
	all := orders(10)
	all[6] = orderPlaced.New(order{Note: strings.Repeat("x", 1200)})
	failed := publishError(t, newPublisher(t, fake.Client(), nil).Publish(t.Context(), all...))
	require.Len(t, failed.Failed, 1)
	require.Equal(t, 6, failed.Failed[0].Index)
	require.Equal(t, "ValidationException", failed.Failed[0].Code)
	require.Len(t, fake.Events("default"), 9)
}

func TestPublishOffloadsWhatIsTooLarge(t *testing.T) {
	fake := eventstest.New(nil)
	store := map[string][]byte{}
	p := newPublisher(t, fake.Client(), &events.PublisherOptions{
		Offload: func(_ context.Context, e events.Event) (string, error) {
			store[e.Metadata.ID] = e.Detail
			return e.Metadata.ID, nil
		},
	})
	large := order{ID: "large", Note: strings.Repeat("x", 1_000_000)}
	require.NoError(t, p.Publish(t.Context(), orderPlaced.New(large)))
	require.Len(t, store, 1)

	var got order
	var metadata events.Metadata
	r := events.NewRouter(&events.RouterOptions{
		Load: func(_ context.Context, reference string) ([]byte, error) { return store[reference], nil },
	})
	r.Handle("order", orderPlaced.Handler(func(ctx context.Context, o order) error {
		e, _ := events.FromContext(ctx)
		got, metadata = o, e.Metadata()
		return nil
	}))
	onlyDetail := events.MustParsePattern(`{"detail": {"id": ["large"]}}`)
	matched := 0
	r.Handle("by content", events.MatchPattern(onlyDetail, func(context.Context, *events.Envelope) error { matched++; return nil }))
	_, err := r.Invoke(t.Context(), fake.Events("default")[0].Raw)
	require.NoError(t, err)
	require.Equal(t, large, got)
	require.Equal(t, 1, matched)
	require.Contains(t, store, metadata.ID)
	require.Empty(t, metadata.ClaimCheck)
}

func TestOffloadingMayFail(t *testing.T) {
	fake := eventstest.New(nil)
	p := newPublisher(t, fake.Client(), &events.PublisherOptions{
		Offload: func(context.Context, events.Event) (string, error) { return "", errHandler },
	})
	err := p.Publish(t.Context(), orderPlaced.New(order{Note: strings.Repeat("x", 1_000_000)}), orderPlaced.New(order{}))
	require.ErrorIs(t, err, errHandler)
	require.True(t, events.IsRetryable(err))
	require.Len(t, fake.Events("default"), 1)
}

func TestRouterFailsAnEventWhoseDetailItCannotLoad(t *testing.T) {
	payload := strings.Replace(envelope("a", 1), `{"id":"a","price":1}`,
		`{"metadata":{"id":"i","correlationId":"c","claimCheck":"s3://b/k"}}`, 1)
	for name, load := range map[string]func(context.Context, string) ([]byte, error){
		"no Load":   nil,
		"an error":  func(context.Context, string) ([]byte, error) { return nil, errHandler },
		"no object": func(context.Context, string) ([]byte, error) { return []byte("x"), nil },
	} {
		r := events.NewRouter(&events.RouterOptions{Load: load})
		r.HandleDefault("any", func(context.Context, *events.Envelope) error { panic("must not run") })
		_, err := r.Invoke(t.Context(), []byte(payload))
		var failed *events.HandlerError
		require.ErrorAs(t, err, &failed, name)
		require.Empty(t, failed.Handler, name)
	}
}

func TestPublishKeepsTheIDsOfDuplicates(t *testing.T) {
	fake := eventstest.New(nil)
	fake.Inject("PutEvents", eventstest.Fault{Cut: eventstest.CutAfter})
	require.NoError(t, newPublisher(t, fake.Client(), nil).Publish(t.Context(), orders(1)...))

	got := fake.Events("default")
	require.Len(t, got, 2)
	require.NotEqual(t, got[0].ID, got[1].ID)
	require.Equal(t, got[0].Metadata(), got[1].Metadata())
}

func TestPublishTakesTheTraceHeaderFromTheContext(t *testing.T) {
	fake := eventstest.New(nil)
	const header = "Root=1-5759e988-bd862e3fe1be46a994272793"
	ctx := context.WithValue(t.Context(), "x-amzn-trace-id", header) //nolint:staticcheck // the Lambda runtime's key
	require.NoError(t, newPublisher(t, fake.Client(), nil).Publish(ctx, orders(1)...))

	var in struct {
		Entries []struct{ TraceHeader string }
	}
	require.NoError(t, json.Unmarshal(fake.Calls("PutEvents")[0].Input, &in))
	require.Equal(t, header, in.Entries[0].TraceHeader)
}

// shortAnswers answers fewer results than entries.
type shortAnswers struct{ eventstest.Unimplemented }

func (shortAnswers) PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	return &eventbridge.PutEventsOutput{Entries: make([]types.PutEventsResultEntry, 1)}, nil
}

func TestPublishDoesNotTrustAShortAnswer(t *testing.T) {
	err := newPublisher(t, shortAnswers{}, nil).Publish(t.Context(), orders(2)...)
	require.Len(t, publishError(t, err).Failed, 2)
}

func TestVerifyBus(t *testing.T) {
	fake := eventstest.New(nil)
	require.NoError(t, newPublisher(t, fake.Client(), nil).VerifyBus(t.Context()))
	p := newPublisher(t, fake.Client(), &events.PublisherOptions{Bus: "gigs"})
	require.ErrorIs(t, p.VerifyBus(t.Context()), events.ErrNoBus)

	// This is what VerifyBus is for: PutEvents answers success.
	require.NoError(t, p.Publish(t.Context(), orders(1)...))
	require.Len(t, fake.Lost(), 1)

	fake.CreateBus("gigs")
	require.NoError(t, p.VerifyBus(t.Context()))
}

func TestNewPublisherValidatesItsOptions(t *testing.T) {
	fake := eventstest.New(nil)
	_, err := events.NewPublisher(fake.Client(), &events.PublisherOptions{Concurrency: -3})
	require.EqualError(t, err, "events: PublisherOptions.Concurrency: must be at least 1, got -3")
	_, err = events.NewPublisher(nil, nil)
	require.EqualError(t, err, "events: NewPublisher: the client is nil")
}
