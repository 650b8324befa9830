package events_test

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
)

var uuidv7 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestNewChoosesAnIDThatSortsByTime(t *testing.T) {
	first := orderPlaced.New(order{}).Metadata.ID
	<-time.After(2 * time.Millisecond)
	second := orderPlaced.New(order{}).Metadata.ID
	require.Regexp(t, uuidv7, first)
	require.Less(t, first, second)
}

func TestDetailCarriesTheMetadataFirst(t *testing.T) {
	fake := eventstest.New(nil)
	e := orderPlaced.WithVersion(2).New(order{ID: "a<b>", Price: 3})
	require.NoError(t, newPublisher(t, fake.Client(), nil).Publish(t.Context(), e))
	got := fake.Events("default")[0]
	require.Equal(t, `{"metadata":{"id":"`+e.Metadata.ID+`","correlationId":"`+e.Metadata.ID+`","version":2},"id":"a<b>","price":3}`, string(got.Detail))
	require.Equal(t, events.Metadata{ID: e.Metadata.ID, CorrelationID: e.Metadata.ID, Version: 2}, got.Metadata())
}

func TestSizeIsWhatAWSCounts(t *testing.T) {
	at := time.Now()
	e := events.Event{Source: "é", DetailType: "T", Detail: []byte(`{"a":1}`), Metadata: events.Metadata{ID: "i", CorrelationID: "c"}}
	// 2 (é) + 1 (T) + len({"metadata":{"id":"i","correlationId":"c"},"a":1})
	require.Equal(t, 2+1+49, e.Size())
	e.Time = at
	require.Equal(t, 2+1+49+14, e.Size())
	e.Resources = []string{"arn:1", "arn:22"}
	require.Equal(t, 2+1+49+14+11, e.Size())
	e.TraceHeader = strings.Repeat("x", 99)
	require.Equal(t, 2+1+49+14+11, e.Size())
}

func TestSizeIsExactForThePublisher(t *testing.T) {
	for _, detail := range []string{`{}`, ` {  } `, `{"a":1}`, " {\n\"a\":[1,2]} "} {
		e := events.Event{Source: "shop", DetailType: "T", Detail: []byte(detail)}.Correlate(t.Context())
		fake := eventstest.New(&eventstest.Options{MaxBytes: e.Size()})
		require.NoError(t, newPublisher(t, fake.Client(), nil).Publish(t.Context(), e), detail)
		smaller := eventstest.New(&eventstest.Options{MaxBytes: e.Size() - 1})
		require.Error(t, newPublisher(t, smaller.Client(), nil).Publish(t.Context(), e), detail)
	}
}

func TestVersionsAreRoutedApart(t *testing.T) {
	v1, v2 := orderPlaced.WithVersion(1), orderPlaced.WithVersion(2)
	fake := eventstest.New(nil)
	pub := newPublisher(t, fake.Client(), nil)
	require.NoError(t, pub.Publish(t.Context(), v1.New(order{}), v2.New(order{}), orderPlaced.WithVersion(3).New(order{})))

	var got []int
	r := events.NewRouter(&events.RouterOptions{Concurrency: 1})
	handle := func(ctx context.Context, _ order) error {
		e, _ := events.FromContext(ctx)
		got = append(got, e.Metadata().Version)
		return nil
	}
	r.Handle("one", v1.Handler(handle))
	r.Handle("two", v2.Handler(handle))
	all := fake.Events("default")
	for _, e := range all[:2] {
		_, err := r.Invoke(t.Context(), e.Raw)
		require.NoError(t, err)
	}
	require.Equal(t, []int{1, 2}, got)

	_, err := r.Invoke(t.Context(), all[2].Raw)
	var unmatched *events.UnmatchedError
	require.ErrorAs(t, err, &unmatched)
	require.Equal(t, 3, unmatched.Version)
	require.Equal(t, []int{1, 2}, unmatched.Handled)

	matched, err := v2.Pattern().Match(all[1].Raw)
	require.NoError(t, err)
	require.True(t, matched)
	eventstest.RequireNoMatch(t, v2.Pattern(), all[0].Raw)
}

func TestHandlerRefusesADetailThatDoesNotFit(t *testing.T) {
	r := events.NewRouter(nil)
	r.Handle("h", orderPlaced.Handler(func(context.Context, order) error { panic("must not run") }))
	for detail, op := range map[string]string{`{"price":"x"}`: "decode", `{"price":-1}`: "validate", `[]`: "decode", `null`: "decode"} {
		payload := strings.Replace(envelope("a", 1), `{"id":"a","price":1}`, detail, 1)
		_, err := r.Invoke(t.Context(), []byte(payload))
		var failed *events.DetailError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, op, failed.Op)
	}
}

func TestNewReportsADetailThatDoesNotEncode(t *testing.T) {
	d := events.Define[map[string]any]("shop", "Anything")
	var failed *events.DetailError
	require.ErrorAs(t, d.New(map[string]any{"f": func() {}}).Err(), &failed)
	require.Equal(t, "encode", failed.Op)
	require.ErrorIs(t, orderPlaced.New(order{Price: -1}).Err(), errNegative)
	require.NoError(t, orderPlaced.New(order{}).Err())
}

func TestDefinePanicsOnNamesThatEventBridgeRefuses(t *testing.T) {
	for _, names := range [][2]string{{"", "T"}, {"aws.x", "T"}, {"shop", ""}, {"shop", strings.Repeat("x", 129)}} {
		require.Panics(t, func() { events.Define[order](names[0], names[1]) })
	}
	require.Panics(t, func() { orderPlaced.WithVersion(0) })
}

func TestEventsOfAHandlerInheritTheCorrelation(t *testing.T) {
	fake := eventstest.New(nil)
	pub := newPublisher(t, fake.Client(), nil)
	shipped := events.Define[order]("shop", "OrderShipped")
	r := events.NewRouter(nil)
	r.Handle("ship", orderPlaced.Handler(func(ctx context.Context, o order) error { return pub.Publish(ctx, shipped.New(o)) }))
	fake.AddRule("default", "orders", orderPlaced.Pattern().String(), eventstest.Target{Invoke: r.Invoke})

	first := orderPlaced.New(order{ID: "o"})
	require.NoError(t, pub.Publish(t.Context(), first))
	_, err := fake.Deliver(t.Context())
	require.NoError(t, err)

	second := fake.Events("default")[1].Metadata()
	require.Equal(t, first.Metadata.ID, second.CorrelationID)
	require.Equal(t, first.Metadata.ID, second.CausationID)
	require.NotEqual(t, first.Metadata.ID, second.ID)
}

func TestTheTraceContextTravelsAlong(t *testing.T) {
	fake := eventstest.New(nil)
	pub := newPublisher(t, fake.Client(), nil)
	next := func(detailType, traceParent string) events.Event {
		e := events.Define[order]("shop", detailType).New(order{})
		e.Metadata.TraceParent = traceParent
		return e
	}
	r := events.NewRouter(nil)
	r.Handle("no tracer", orderPlaced.Handler(func(ctx context.Context, _ order) error {
		apart := next("Apart", "")
		apart.Metadata.CorrelationID = "another chain"
		return pub.Publish(ctx, next("PassedOn", ""), next("Own", "00-own-1-01"), apart)
	}))
	fake.AddRule("default", "orders", orderPlaced.Pattern().String(), eventstest.Target{Invoke: r.Invoke})

	first := orderPlaced.New(order{})
	first.Metadata.TraceParent, first.Metadata.TraceState = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", `vendor="t<1>"`
	require.NoError(t, pub.Publish(t.Context(), first))
	_, err := fake.Deliver(t.Context())
	require.NoError(t, err)

	got := map[string]events.Metadata{}
	for _, e := range fake.Events("default") {
		got[e.DetailType] = e.Metadata()
	}
	want := first.Metadata
	want.CorrelationID = want.ID
	require.Equal(t, want, got[orderPlaced.DetailType()])
	require.Equal(t, first.Metadata.TraceParent, got["PassedOn"].TraceParent)
	require.Equal(t, first.Metadata.TraceState, got["PassedOn"].TraceState)
	require.Equal(t, "00-own-1-01", got["Own"].TraceParent)
	require.Empty(t, got["Own"].TraceState, "the state belongs to its parent")
	require.Empty(t, got["Apart"].TraceParent, "another chain is another trace")
}

func TestForeignMetadataIsNotTakenForAnIdentity(t *testing.T) {
	for _, metadata := range []string{`{"id":"entity-7"}`, `{"correlationId":"c"}`, `"text"`, `null`, `[1]`, `{"id":3,"correlationId":"c"}`} {
		payload := strings.Replace(envelope("envelope-id", 1), `"price":1`, `"metadata":`+metadata, 1)
		e, err := events.ParseEnvelope([]byte(payload))
		require.NoError(t, err)
		require.Equal(t, events.Metadata{ID: "envelope-id", CorrelationID: "envelope-id"}, e.Metadata(), metadata)
	}
}

func TestAnEventSurvivesAnOutbox(t *testing.T) {
	e := orderPlaced.WithVersion(4).New(order{ID: "o"}).Correlate(t.Context())
	encoded, err := json.Marshal(e)
	require.NoError(t, err)
	var back events.Event
	require.NoError(t, json.Unmarshal(encoded, &back))
	require.Equal(t, e.Metadata, back.Metadata)
	require.JSONEq(t, string(e.Detail), string(back.Detail))
	require.True(t, e.Time.Equal(back.Time))
}

func TestDetailErrorUnwraps(t *testing.T) {
	require.ErrorIs(t, error(&events.DetailError{Op: "decode", Err: errHandler}), errHandler)
	require.False(t, errors.Is(&events.DetailError{Op: "decode", Err: errHandler}, errNegative))
}
