package events_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events"
)

var errHandler = errors.New("handler failed")

// envelope returns an event of orderPlaced as EventBridge delivers it.
func envelope(id string, price int) string {
	return fmt.Sprintf(`{"version":"0","id":%q,"detail-type":"OrderPlaced","source":"shop","account":"123456789012",`+
		`"time":"2026-11-24T10:00:00Z","region":"eu-west-1","resources":["arn:x"],"detail":{"id":%q,"price":%d}}`, id, id, price)
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func sqsRecord(id, group, queue, body string) string {
	return fmt.Sprintf(`{"messageId":%q,"eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-west-1:1:%s",`+
		`"attributes":{"MessageGroupId":%q},"body":%s}`, id, queue, group, quoted(body))
}

func records(r ...string) string { return `{"Records":[` + strings.Join(r, ",") + `]}` }

// seen collects the ids of the orders that a handler got.
type seen struct {
	mu  sync.Mutex
	ids []string
}

func (s *seen) add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids = append(s.ids, id)
}

// handler fails for orders of a negative price, which Validate would refuse.
func (s *seen) handler(_ context.Context, e *events.Envelope) error {
	s.add(e.ID)
	var o struct{ Price int }
	if err := json.Unmarshal(e.Detail, &o); err != nil || o.Price < 0 {
		return errHandler
	}
	return nil
}

func TestRouterTakesEveryFormOfPayload(t *testing.T) {
	sns := `{"Type":"Notification","MessageId":"n","Message":` + quoted(envelope("a", 1)) + `}`
	withMetadata := `{"Data":` + envelope("a", 1) + `,"Metadata":null,"SystemMetadata":{"aws:EventId":"v2"}}`
	for name, c := range map[string]struct {
		payload string
		want    []string
		answer  string
	}{
		"one event":          {envelope("a", 1), []string{"a"}, "null"},
		"an array":           {"[" + envelope("a", 1) + "," + envelope("b", 2) + "]", []string{"a", "b"}, "null"},
		"an empty array":     {"[]", nil, "null"},
		"with metadata":      {"[" + withMetadata + "]", []string{"a"}, "null"},
		"SQS":                {records(sqsRecord("m", "", "q", envelope("a", 1))), []string{"a"}, `{"batchItemFailures":[]}`},
		"an array in SQS":    {records(sqsRecord("m", "", "q", "["+envelope("a", 1)+","+envelope("b", 1)+"]")), []string{"a", "b"}, `{"batchItemFailures":[]}`},
		"metadata in SQS":    {records(sqsRecord("m", "", "q", "["+withMetadata+"]")), []string{"a"}, `{"batchItemFailures":[]}`},
		"SNS in SQS":         {records(sqsRecord("m", "", "q", sns)), []string{"a"}, `{"batchItemFailures":[]}`},
		"SNS":                {records(`{"EventSource":"aws:sns","EventVersion":"1.0","Sns":` + sns + `}`), []string{"a"}, "null"},
		"a replay":           {strings.Replace(envelope("a", 1), `"version"`, `"replay-name":"again","version"`, 1), []string{"a"}, "null"},
		"escaped and spaced": {" \n" + strings.Replace(envelope("a", 1), "OrderPlaced", `\u004frderPlaced`, 1), []string{"a"}, "null"},
	} {
		t.Run(name, func(t *testing.T) {
			var s seen
			r := events.NewRouter(&events.RouterOptions{Concurrency: 1})
			r.Handle("h", events.Match("shop", "OrderPlaced", s.handler))
			answer, err := r.Invoke(t.Context(), []byte(c.payload))
			require.NoError(t, err)
			require.Equal(t, c.answer, string(answer))
			require.Equal(t, c.want, s.ids)
		})
	}
}

func TestRouterRefusesWhatIsNoEvent(t *testing.T) {
	for _, payload := range []string{
		``, `null`, `3`, `{}`, `{`, `[`, `[3]`, `[{}]`, `{"Records":[{"eventSource":"aws:kinesis"}]}`, `{"Records":[3]}`,
		`{"source":"a","detail-type":"b"}`, `{"source":"a","detail-type":"b","detail":{}}x`,
		strings.Replace(envelope("a", 1), "2026-11-24", "yesterday", 1), `{"Data":{"a":1}}`,
	} {
		r := events.NewRouter(nil)
		r.HandleDefault("any", func(context.Context, *events.Envelope) error { return nil })
		_, err := r.Invoke(t.Context(), []byte(payload))
		require.ErrorIs(t, err, events.ErrMalformed, payload)
	}
}

func TestEnvelopeHasTheWholeEvent(t *testing.T) {
	raw := []byte(envelope("a", 1))
	e, err := events.ParseEnvelope(raw)
	require.NoError(t, err)
	require.Equal(t, "a", e.Metadata().ID)
	require.Equal(t, json.RawMessage(`{"id":"a","price":1}`), e.Detail)
	require.Equal(t, json.RawMessage(raw), e.Raw)
	require.Equal(t, []string{"arn:x"}, e.Resources)
	require.Equal(t, time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC), e.Time)
	require.Equal(t, []string{"shop", "OrderPlaced", "123456789012", "eu-west-1"}, []string{e.Source, e.DetailType, e.Account, e.Region})
}

func TestRawEventsOfACustomBusGoToPatterns(t *testing.T) {
	payload := `[{"Data":{"total":900},"Metadata":{"kind":"sale"},"SystemMetadata":{"aws:EventId":"v2-1"}}]`
	var got *events.Envelope
	r := events.NewRouter(nil)
	p := events.MustParsePattern(`{"total":[{"numeric":[">",500]}]}`)
	r.Handle("big", events.MatchPattern(p, func(_ context.Context, e *events.Envelope) error { got = e; return nil }))
	_, err := r.Invoke(t.Context(), []byte(payload))
	require.NoError(t, err)
	require.Equal(t, "v2-1", got.ID)
	require.Equal(t, map[string]string{"kind": "sale", "aws:EventId": "v2-1"}, got.Attributes)
	require.Equal(t, json.RawMessage(`{"total":900}`), got.Detail)
}

func TestRouterRunsAllMatchingHandlersAndJoinsTheirErrors(t *testing.T) {
	var s seen
	errLast := errors.New("last")
	r := events.NewRouter(nil)
	r.Handle("typed", orderPlaced.Handler(func(context.Context, order) error { s.add("typed"); return errHandler }))
	r.Handle("other", events.Match("shop", "OrderShipped", s.handler))
	r.Handle("pattern", events.MatchPattern(events.MustParsePattern(`{"detail":{"price":[{"numeric":["<",5]}]}}`),
		func(context.Context, *events.Envelope) error { s.add("pattern"); panic("boom") }))
	r.Handle("any", events.Match("", "", func(context.Context, *events.Envelope) error { s.add("any"); return errLast }))
	r.HandleDefault("default", s.handler)
	_, err := r.Invoke(t.Context(), []byte(envelope("a", 1)))

	slices.Sort(s.ids)
	require.Equal(t, []string{"any", "pattern", "typed"}, s.ids)
	require.ErrorIs(t, err, errHandler)
	require.ErrorIs(t, err, errLast)
	var invoke *events.InvokeError
	require.ErrorAs(t, err, &invoke)
	var failed []string
	for _, f := range invoke.Failures {
		failed = append(failed, f.Handler+" "+f.EventID)
	}
	require.Equal(t, []string{"typed a", "pattern a", "any a"}, failed)
	var panicked *events.PanicError
	require.ErrorAs(t, err, &panicked)
	require.Equal(t, "boom", panicked.Value)
	require.Contains(t, string(panicked.Stack), "router_test.go")
}

func TestRouterCountsAHandlerThatExitsAsFailed(t *testing.T) {
	r := events.NewRouter(nil)
	r.Handle("exits", events.Match("", "", func(context.Context, *events.Envelope) error { runtime.Goexit(); return nil }))
	r.Handle("works", events.Match("", "", func(context.Context, *events.Envelope) error { return nil }))
	_, err := r.Invoke(t.Context(), []byte(envelope("a", 1)))
	var failed *events.HandlerError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "exits", failed.Handler)
}

func TestRouterBoundsParallelism(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		running, most := 0, 0
		work := func(context.Context, *events.Envelope) error {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			<-time.After(time.Second)
			mu.Lock()
			running--
			mu.Unlock()
			return nil
		}
		r := events.NewRouter(&events.RouterOptions{Concurrency: 3})
		for i := range 4 {
			r.Handle(fmt.Sprint(i), events.Match("", "", work))
		}
		start := time.Now()
		_, err := r.Invoke(t.Context(), []byte("["+envelope("a", 1)+","+envelope("b", 1)+","+envelope("c", 1)+"]"))
		require.NoError(t, err)
		require.Equal(t, 3, most)
		require.Equal(t, 4*time.Second, time.Since(start)) // 12 runs, 3 at a time
	})
}

func TestRouterHandlesWhatNobodyTakes(t *testing.T) {
	payload := []byte(envelope("a", 1))
	empty := events.NewRouter(nil)
	_, err := empty.Invoke(t.Context(), payload)
	require.ErrorIs(t, err, events.ErrUnmatched)

	var log strings.Builder
	lenient := events.NewRouter(&events.RouterOptions{
		AcknowledgeUnmatched: true, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	_, err = lenient.Invoke(t.Context(), payload)
	require.NoError(t, err)
	require.Contains(t, log.String(), "detailType=OrderPlaced")

	var s seen
	empty.HandleDefault("default", s.handler)
	_, err = empty.Invoke(t.Context(), payload)
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, s.ids)
}

func TestRouterLogsOptionalHandlersAndGoesOn(t *testing.T) {
	var log strings.Builder
	r := events.NewRouter(&events.RouterOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	r.Handle("analytics", orderPlaced.Handler(func(context.Context, order) error { return errHandler }).Optional())
	_, err := r.Invoke(t.Context(), []byte(envelope("a", 1)))
	require.NoError(t, err)
	require.Contains(t, log.String(), "analytics")

	r.Handle("crash", events.Match("", "", func(context.Context, *events.Envelope) error { panic("boom") }).Optional())
	_, err = r.Invoke(t.Context(), []byte(envelope("a", 1)))
	require.NoError(t, err)
	require.Contains(t, log.String(), "boom")

	r.Handle("needed", events.Match("", "", func(context.Context, *events.Envelope) error { return errHandler }))
	_, err = r.Invoke(t.Context(), []byte(envelope("a", 1)))
	var invoke *events.InvokeError
	require.ErrorAs(t, err, &invoke)
	require.Len(t, invoke.Failures, 1)
	require.Equal(t, "needed", invoke.Failures[0].Handler)
}

func TestRouterAnswersWithThePartialBatchOfSQS(t *testing.T) {
	var s seen
	r := events.NewRouter(&events.RouterOptions{Logger: slog.New(slog.DiscardHandler)})
	r.Handle("h", events.Match("shop", "", s.handler))
	answer, err := r.Invoke(t.Context(), []byte(records(
		sqsRecord("good", "", "q", envelope("a", 1)),
		sqsRecord("fails", "", "q", envelope("b", -1)),
		sqsRecord("malformed", "", "q", "no JSON"),
		sqsRecord("half", "", "q", "["+envelope("c", 1)+","+envelope("d", -1)+",{}]"),
		sqsRecord("tenant", "group", "q", envelope("e", -1)),
		sqsRecord("same tenant", "group", "q", envelope("f", 1)),
	)))
	require.NoError(t, err)
	require.JSONEq(t, `{"batchItemFailures":[{"itemIdentifier":"fails"},{"itemIdentifier":"malformed"},`+
		`{"itemIdentifier":"half"},{"itemIdentifier":"tenant"}]}`, string(answer))
	slices.Sort(s.ids)
	require.Equal(t, []string{"a", "b", "c", "d", "e", "f"}, s.ids)
}

func TestRouterNeverAnswersWithAnEmptyID(t *testing.T) {
	r := events.NewRouter(nil)
	r.Handle("h", events.Match("", "", func(context.Context, *events.Envelope) error { return errHandler }))
	_, err := r.Invoke(t.Context(), []byte(records(sqsRecord("", "", "q", envelope("a", 1)))))
	require.ErrorIs(t, err, errHandler)
}

func TestRouterKeepsTheOrderOfFIFOGroups(t *testing.T) {
	var s seen
	r := events.NewRouter(&events.RouterOptions{Logger: slog.New(slog.DiscardHandler)})
	r.Handle("h", events.Match("shop", "", s.handler))
	answer, err := r.Invoke(t.Context(), []byte(records(
		sqsRecord("1", "x", "q.fifo", envelope("x1", 1)),
		sqsRecord("2", "y", "q.fifo", envelope("y1", 1)),
		sqsRecord("3", "x", "q.fifo", envelope("x2", -1)),
		sqsRecord("4", "y", "q.fifo", envelope("y2", 1)),
		sqsRecord("5", "x", "q.fifo", envelope("x3", 1)),
	)))
	require.NoError(t, err)
	require.JSONEq(t, `{"batchItemFailures":[{"itemIdentifier":"3"},{"itemIdentifier":"5"}]}`, string(answer))
	require.Equal(t, []string{"x1", "x2"}, slices.DeleteFunc(slices.Clone(s.ids), func(id string) bool { return id[0] != 'x' }))
	require.Equal(t, []string{"y1", "y2"}, slices.DeleteFunc(slices.Clone(s.ids), func(id string) bool { return id[0] != 'y' }))
}

func TestRouterEndsTheHandlersBeforeTheInvocation(t *testing.T) {
	for name, c := range map[string]struct {
		margin time.Duration
		want   time.Duration
	}{
		"default":      {0, 9500 * time.Millisecond},
		"own":          {2 * time.Second, 8 * time.Second},
		"switched off": {-1, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				r := events.NewRouter(&events.RouterOptions{DeadlineMargin: c.margin, Logger: slog.New(slog.DiscardHandler), Concurrency: 1})
				start := time.Now()
				r.Handle("slow", events.Match("", "", func(ctx context.Context, _ *events.Envelope) error {
					<-ctx.Done()
					return ctx.Err()
				}))
				answer, err := r.Invoke(ctx, []byte(records(
					sqsRecord("started", "", "q", envelope("a", 1)), sqsRecord("not started", "", "q", envelope("b", 1)))))
				require.NoError(t, err)
				require.Equal(t, c.want, time.Since(start))
				require.JSONEq(t, `{"batchItemFailures":[{"itemIdentifier":"started"},{"itemIdentifier":"not started"}]}`, string(answer))
			})
		})
	}
}

func TestIdempotencyKeyIsStableAcrossPublications(t *testing.T) {
	e := orderPlaced.New(order{ID: "o"}).Correlate(t.Context())
	keys := map[string]bool{}
	r := events.NewRouter(&events.RouterOptions{Concurrency: 1})
	for _, name := range []string{"one", "two"} {
		r.Handle(name, orderPlaced.Handler(func(ctx context.Context, _ order) error {
			keys[events.IdempotencyKey(ctx)] = true
			return nil
		}))
	}
	detail, err := json.Marshal(map[string]any{"id": "o", "price": 0, "metadata": e.Metadata})
	require.NoError(t, err)
	for _, id := range []string{"first", "second"} {
		payload := strings.Replace(envelope(id, 0), `{"id":"`+id+`","price":0}`, string(detail), 1)
		_, err := r.Invoke(t.Context(), []byte(payload))
		require.NoError(t, err)
	}
	require.Equal(t, map[string]bool{"one/" + e.Metadata.ID: true, "two/" + e.Metadata.ID: true}, keys)
	require.Empty(t, events.IdempotencyKey(t.Context()))
}

func TestRouterPanicsOnMistakesAtSetUp(t *testing.T) {
	ok := events.Match("", "", func(context.Context, *events.Envelope) error { return nil })
	for name, set := range map[string]func(r *events.Router){
		"no name":       func(r *events.Router) { r.Handle("", ok) },
		"taken":         func(r *events.Router) { r.Handle("a", ok); r.Handle("a", ok) },
		"zero":          func(r *events.Router) { r.Handle("a", events.Handler{}) },
		"two default":   func(r *events.Router) { r.HandleDefault("a", nop); r.HandleDefault("b", nop) },
		"default taken": func(r *events.Router) { r.HandleDefault("a", nop); r.Handle("a", ok) },
	} {
		t.Run(name, func(t *testing.T) { require.Panics(t, func() { set(events.NewRouter(nil)) }) })
	}
	require.Panics(t, func() { events.NewRouter(&events.RouterOptions{Concurrency: -1}) })
}

func nop(context.Context, *events.Envelope) error { return nil }

func TestRouterIsSafeForOverlappingInvocations(t *testing.T) {
	var s seen
	r := events.NewRouter(nil)
	r.Handle("h", events.Match("shop", "", s.handler))
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			_, err := r.Invoke(t.Context(), []byte(envelope(fmt.Sprint(i), 1)))
			require.NoError(t, err)
		})
		wg.Go(func() { r.Handle(fmt.Sprint("more ", i), events.Match("elsewhere", "", s.handler)) })
	}
	wg.Wait()
	require.Len(t, s.ids, 20)
}
