package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/outbox"
)

const done = `{"batchItemFailures":[]}`

func TestItemAndEventAreWrittenTogetherOrNotAtAll(t *testing.T) {
	p := setup(t, nil)
	p.mustWrite("a", "")
	require.Equal(t, done, p.deliver(p.box, 0))
	require.Equal(t, []string{"a-1"}, ids(p.sent))

	a := thing{ID: "a"} // exists
	err := dynamo.Transact(t.Context(), p.client, p.things.CreateOp(&a), p.box.Op(outbox.Event{ID: "x", Key: "a"}))
	require.ErrorIs(t, err, dynamo.ErrExists)
	fresh := thing{ID: "b"} // whose event exists
	err = dynamo.Transact(t.Context(), p.client, p.things.CreateOp(&fresh), p.box.Op(outbox.Event{Key: "a", Sequence: 1}))
	require.ErrorIs(t, err, dynamo.ErrExists)
	_, err = p.things.Get(t.Context(), dynamo.Key{"b"})
	require.ErrorIs(t, err, dynamo.ErrNotFound)
	p.deliver(p.box, 0)
	require.Len(t, p.sent, 1)
}

func TestAnEventArrivesAsItWasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := setup(t, nil)
		want := outbox.Event{
			ID: "e#1", Key: "user#7%", Source: "gigs", Type: "UserRegistered", Data: []byte("\x00{}"),
			Headers: map[string]string{"trace": "1"}, Time: time.Date(2026, 11, 1, 2, 3, 4, 5, time.UTC),
		}
		require.NoError(t, dynamo.Transact(t.Context(), p.client, p.box.Op(want)))
		require.NoError(t, dynamo.Transact(t.Context(), p.client, p.box.Op(outbox.Event{Type: "Ping"})))
		p.deliver(p.box, 0)
		require.Equal(t, want, p.sent[0])
		require.Len(t, p.sent[1].ID, 26)
		p.sent[1].ID = ""
		require.Equal(t, outbox.Event{Type: "Ping", Time: time.Now().UTC()}, p.sent[1])
	})
}

func TestAnOpCanBeTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := setup(t, nil)
		op := p.box.Op(outbox.Event{Key: "a"})
		p.fake.Inject("TransactWriteItems", dynamotest.Fault{Times: 4, Cut: dynamotest.CutAfter})
		require.Error(t, dynamo.Transact(t.Context(), p.client, op))
		require.ErrorIs(t, dynamo.Transact(t.Context(), p.client, op), dynamo.ErrExists, "it is there")
		p.deliver(p.box, 0)
		require.Len(t, p.sent, 1)
	})
}

func TestEventsOfAKeyComeInOrder(t *testing.T) {
	for name, sequence := range map[string]uint64{"by sequence": 1, "by time": 0} {
		t.Run(name, func(t *testing.T) {
			p := setup(t, nil)
			var want []string
			for n := range uint64(12) {
				id := fmt.Sprint("e", n)
				want = append(want, id)
				require.NoError(t, dynamo.Transact(t.Context(), p.client, p.box.Op(outbox.Event{ID: id, Key: "a", Sequence: sequence * (n + 1)})))
			}
			p.publish = func(_ context.Context, events []outbox.Event) []error {
				require.Len(t, events, 1, "never two of one key")
				p.sent = append(p.sent, events...)
				return nil
			}
			p.records = p.records[11:] // even if the stream knows of the last one only
			require.Equal(t, done, p.deliver(p.box, 0))
			require.Equal(t, want, ids(p.sent))
		})
	}
}

func TestWhatWasSentIsNotSentAgain(t *testing.T) {
	for name, keep := range map[string]time.Duration{"marked": time.Hour, "deleted": -1} {
		t.Run(name, func(t *testing.T) {
			p := setup(t, &outbox.Options{Keep: keep})
			p.mustWrite("a", "")
			p.mustWrite("a", "")
			batch := p.records
			p.deliver(p.box, 0)
			p.records = append(batch, p.records...) // the answer was lost, and the marks are changes too
			require.Equal(t, done, p.deliver(p.box, 0))
			require.Equal(t, []string{"a-1", "a-2"}, ids(p.sent))
			require.Equal(t, keep < 0, !strings.Contains(p.fake.Dump(), "OUTBOX#"))
		})
	}
}

func TestSentEventsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := setup(t, &outbox.Options{Keep: time.Hour})
		p.mustWrite("a", "")
		wait(2 * time.Hour)
		require.Zero(t, p.fake.DeleteExpired(), "what waits does not expire")
		p.deliver(p.box, 0)
		require.Zero(t, p.fake.DeleteExpired())
		wait(time.Hour + time.Second)
		require.Equal(t, 1, p.fake.DeleteExpired())
		p.deliver(p.box, 0)
		require.Len(t, p.sent, 1)
	})
}

// failing fails the events of the types in turn.
func (p *platform) failing(err error, kinds ...string) {
	p.publish = func(_ context.Context, events []outbox.Event) []error {
		failures := make([]error, len(events))
		for i, e := range events {
			failures[i] = err
			for _, kind := range kinds {
				if e.Type != kind {
					failures[i] = nil
				}
			}
			if failures[i] == nil {
				p.sent = append(p.sent, e)
			}
		}
		return failures
	}
}

func TestAFailureStopsItsKeyOnly(t *testing.T) {
	var result outbox.Result
	var failure error
	p := setup(t, &outbox.Options{OnResult: func(_ context.Context, r outbox.Result, err error) { result, failure = r, err }})
	p.mustWrite("a", "")
	p.mustWrite("b", "bad")
	p.mustWrite("b", "")
	p.mustWrite("c", "")
	busy := errors.New("busy")
	p.failing(busy, "bad")

	total := len(p.records)
	response := p.deliver(p.box, 0)
	require.NotEqual(t, done, response)
	require.ElementsMatch(t, []string{"a-1", "c-1"}, ids(p.sent))
	require.Equal(t, outbox.Result{Published: 2, Failed: 1}, result)
	var relay *outbox.RelayError
	require.ErrorAs(t, failure, &relay)
	require.ErrorIs(t, failure, busy)
	require.Equal(t, "b", relay.Failed[0].Key)
	require.Equal(t, "b-1bad", relay.Failed[0].ID)
	require.Equal(t, total-3+2, len(p.records), "from b's first event on, and two marks")

	p.publish = nil
	require.Equal(t, done, p.deliver(p.box, 0))
	require.Equal(t, []string{"b-1bad", "b-2"}, ids(p.sent[2:]))
}

func TestPoisonIsParked(t *testing.T) {
	for name, hold := range map[string]bool{"and its key goes on": false, "and its key is held": true} {
		t.Run(name, func(t *testing.T) {
			var hook []outbox.Parked
			p := setup(t, &outbox.Options{HoldKey: hold, OnParked: func(_ context.Context, e outbox.Parked) { hook = append(hook, e) }})
			p.mustWrite("a", "poison")
			p.mustWrite("a", "")
			p.mustWrite("b", "")
			p.failing(outbox.Permanent(errors.New("not JSON")), "poison")
			require.Equal(t, done, p.deliver(p.box, 0))
			p.deliver(p.box, 0)
			want := []string{"b-1", "a-2"}
			if hold {
				want = want[:1]
			}
			require.ElementsMatch(t, want, ids(p.sent))
			require.Len(t, hook, 1)
			require.Equal(t, "not JSON", hook[0].Reason)
			require.Equal(t, []string{"a-1poison"}, p.parkedIDs(p.box))

			p.publish = nil
			for e, err := range p.box.Parked(t.Context()) {
				require.NoError(t, err)
				require.Equal(t, "not JSON", e.Reason)
				require.NoError(t, p.box.Requeue(t.Context(), e))
				require.NoError(t, p.box.Discard(t.Context(), e), "no more parked: left alone")
			}
			require.Equal(t, done, p.deliver(p.box, 0))
			require.ElementsMatch(t, []string{"a-1poison", "a-2", "b-1"}, ids(p.sent))
			require.Empty(t, p.parkedIDs(p.box))
		})
	}
}

func TestAnEventThatFailsForTooLongIsParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := setup(t, &outbox.Options{MaxAge: time.Hour})
		p.mustWrite("a", "bad")
		p.failing(errors.New("busy"), "bad")
		p.deliver(p.box, 0)
		require.Empty(t, p.parkedIDs(p.box))
		wait(time.Hour + time.Second)
		p.deliver(p.box, 0)
		require.Equal(t, []string{"a-1bad"}, p.parkedIDs(p.box))
		for e := range p.box.Parked(t.Context()) {
			require.NoError(t, p.box.Discard(t.Context(), e))
		}
		require.NotContains(t, p.fake.Dump(), "OUTBOX#")
	})
}

func TestASweepFindsWhatTheStreamMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := setup(t, nil)
		for i := range 250 {
			p.mustWrite(fmt.Sprint("k", i%125), "")
		}
		p.records = nil
		r, err := p.box.Sweep(t.Context())
		require.NoError(t, err)
		require.Zero(t, r, "they are too young")
		wait(time.Minute)
		r, err = p.box.Sweep(t.Context())
		require.NoError(t, err)
		require.Equal(t, outbox.Result{Published: 250}, r)
		p.fake.ResetCalls()
		r, err = p.box.Sweep(t.Context())
		require.NoError(t, err)
		require.Zero(t, r)
		require.Len(t, p.fake.Calls(), 8, "an idle sweep is one query to a shard")
	})
}

func TestASweepReportsWhatFails(t *testing.T) {
	p := setup(t, &outbox.Options{MinAge: -1})
	p.mustWrite("a", "bad")
	p.mustWrite("b", "")
	p.failing(errors.New("busy"), "bad")
	r, err := p.box.Sweep(t.Context())
	require.Equal(t, outbox.Result{Published: 1, Failed: 1}, r)
	require.EqualError(t, err, `outbox: 1 keys are not finished, the first: key "a", event a-1bad: busy`)
}

func TestAMarkThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := setup(t, nil)
		p.mustWrite("a", "")
		p.fake.Throttle("UpdateItem", 100)
		require.NotEqual(t, done, p.deliver(p.box, 0))
		p.fake.ClearFaults()
		require.Equal(t, done, p.deliver(p.box, 0))
		require.Equal(t, []string{"a-1", "a-1"}, ids(p.sent), "at least once, and by the same id")
	})
}

func TestNothingIsBegunShortlyBeforeTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := setup(t, &outbox.Options{Batch: 1, MinAge: -1})
		for i := range 5 {
			p.mustWrite(fmt.Sprint("k", i), "")
		}
		p.publish = func(_ context.Context, events []outbox.Event) []error {
			p.sent = append(p.sent, events...)
			wait(time.Second)
			return nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		r, err := p.box.Sweep(ctx)
		require.Equal(t, outbox.Result{Published: 2, Failed: 3}, r)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestPayloads(t *testing.T) {
	p := setup(t, nil)
	for _, payload := range []string{`{`, `{}`, `{"Records":[{}]}`, `{"Records":[7]}`, `[]`} {
		_, err := p.box.Invoke(t.Context(), []byte(payload))
		require.Error(t, err, payload)
	}
	for payload, want := range map[string]string{
		`{"Records":[]}`: done,
		`{"Records":[{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","Keys":{"id":{"N":"7"}}}}]}`: done,
		`{"Records":[{"eventName":7,"dynamodb":{"SequenceNumber":"1"}}]}`:                                `{"batchItemFailures":[{"itemIdentifier":"1"}]}`,
	} {
		response, err := p.box.Invoke(t.Context(), []byte(payload))
		require.NoError(t, err)
		require.JSONEq(t, want, string(response))
	}
}

func TestAStreamOfKeysOnlyWillDo(t *testing.T) {
	p := setup(t, nil)
	p.mustWrite("a", "")
	for i, raw := range p.records {
		var r map[string]any
		require.NoError(t, json.Unmarshal(raw, &r))
		delete(r["dynamodb"].(map[string]any), "NewImage")
		var err error
		p.records[i], err = json.Marshal(r)
		require.NoError(t, err)
	}
	require.Equal(t, done, p.deliver(p.box, 0))
	require.Equal(t, []string{"a-1"}, ids(p.sent))
}

func TestPublishMustAnswerForEachEvent(t *testing.T) {
	p := setup(t, nil)
	p.mustWrite("a", "")
	p.publish = func(context.Context, []outbox.Event) []error { return make([]error, 2) }
	require.NotEqual(t, done, p.deliver(p.box, 0))
}

func TestRequests(t *testing.T) {
	p := setup(t, nil)
	for range 3 {
		p.mustWrite("a", "")
	}
	p.mustWrite("b", "")
	p.fake.ResetCalls()
	p.deliver(p.box, 0)
	require.Len(t, p.fake.Calls("Query"), 2, "one to a key")
	require.Len(t, p.fake.Calls("UpdateItem"), 4, "one to an event")
	require.Len(t, p.fake.Calls(), 6)
}

func TestALongKeyIsRelayedInParts(t *testing.T) {
	p := setup(t, &outbox.Options{MinAge: -1, Keep: -1})
	const many = 230
	for n := range uint64(many) {
		require.NoError(t, dynamo.Transact(t.Context(), p.client, p.box.Op(outbox.Event{ID: fmt.Sprint(n), Key: "a", Sequence: n + 1})))
	}
	_, err := p.box.Sweep(t.Context())
	require.NoError(t, err)
	require.Len(t, p.sent, many)
	for i, e := range p.sent {
		require.Equal(t, fmt.Sprint(i), e.ID)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	client := dynamotest.New(nil).Client()
	publish := func(context.Context, []outbox.Event) []error { return nil }
	for want, o := range map[string]outbox.Options{
		"outbox: Options.Batch: must be at least 1, got -1":  {Batch: -1},
		"outbox: Options.Margin: must be at least 0, got -1": {Margin: -1},
	} {
		_, err := outbox.New(client, "platform", publish, &o)
		require.EqualError(t, err, want)
	}
	_, err := outbox.New(client, "platform", nil, nil)
	require.Error(t, err)
	_, err = outbox.New(nil, "platform", publish, nil)
	require.Error(t, err)
	_, err = outbox.New(client, "", publish, nil)
	require.Error(t, err)
	require.NoError(t, outbox.Permanent(nil))
}
