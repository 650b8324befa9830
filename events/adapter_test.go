package events_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
)

// A customBus stands for an adapter to an API with 100 entries in a request that
// suppresses duplicates by an id of its own: it finds one in the metadata.
type customBus struct {
	eventstest.Unimplemented
	requests  []int
	accepted  map[string]bool
	throttled map[string]bool // refused once
}

func (b *customBus) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	b.requests = append(b.requests, len(in.Entries))
	out := &eventbridge.PutEventsOutput{Entries: make([]types.PutEventsResultEntry, len(in.Entries))}
	for i, e := range in.Entries {
		var detail struct{ Metadata events.Metadata }
		if err := json.Unmarshal([]byte(*e.Detail), &detail); err != nil {
			return nil, err
		}
		id := detail.Metadata.ID
		b.accepted[id] = true
		if !b.throttled[id] && len(b.throttled) < 3 { // taken, but the answer says otherwise
			b.throttled[id] = true
			out.Entries[i].ErrorCode = aws.String("InternalFailure")
		}
	}
	return out, nil
}

func TestAnAPIOfYourOwnHasItsLimitsAndADeduplicationID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := &customBus{accepted: map[string]bool{}, throttled: map[string]bool{}}
		p := newPublisher(t, bus, &events.PublisherOptions{
			Limits: events.Limits{Entries: 100}, Concurrency: 1,
		})
		all := make([]events.Event, 250)
		for i := range all { // without ids of their own
			all[i] = events.Event{Source: "s", DetailType: "d", Detail: fmt.Appendf(nil, `{"n":%d}`, i)}
		}
		require.NoError(t, p.Publish(t.Context(), all...))
		require.Equal(t, []int{100, 3, 100, 50}, bus.requests)
		require.Len(t, bus.accepted, 250, "an event that is sent again carries the id of the first time")
		require.Empty(t, all[0].Metadata.ID, "the caller's events stay as they are")
	})
}

func TestAFailedEventKeepsTheIDThatWasSent(t *testing.T) {
	fake := eventstest.New(nil)
	sent := ""
	fake.FailEntriesFunc(func(e *events.Envelope) string {
		sent = e.Metadata().ID
		return "MalformedDetail"
	})
	ctx := context.WithValue(t.Context(), "x-amzn-trace-id", "Root=1-2-3") //nolint:staticcheck // the runtime's key
	err := newPublisher(t, fake.Client(), nil).Publish(ctx, events.Event{Source: "s", DetailType: "d", Detail: []byte(`{}`)})
	failed := publishError(t, err).Failed[0]
	require.NotEmpty(t, sent)
	require.Equal(t, events.Metadata{ID: sent, CorrelationID: sent}, failed.Event.Metadata)
	require.Equal(t, "Root=1-2-3", failed.Event.TraceHeader)
}

func TestTheDefaultBudgetIsAMillionBytes(t *testing.T) {
	sized := func(size int) events.Event {
		e := orderPlaced.New(order{ID: "o", Note: "x"})
		return orderPlaced.New(order{ID: "o", Note: strings.Repeat("x", size-e.Size()+1)})
	}
	fake := eventstest.New(nil)
	p := newPublisher(t, fake.Client(), nil)
	require.Equal(t, 1_000_000, sized(1_000_000).Size())
	require.NoError(t, p.Publish(t.Context(), sized(1_000_000)))
	require.NoError(t, p.Publish(t.Context(), sized(999_600), sized(400)))
	require.Len(t, fake.Calls("PutEvents"), 2, "together just as large")
	require.NoError(t, p.Publish(t.Context(), sized(999_601), sized(400)))
	require.Len(t, fake.Calls("PutEvents"), 4)

	failed := publishError(t, p.Publish(t.Context(), sized(400), sized(1_000_001), sized(400))).Failed
	require.Len(t, failed, 1)
	require.Equal(t, 1, failed[0].Index)
	require.ErrorIs(t, failed[0], events.ErrTooLarge)
	require.Len(t, fake.Events(""), 7)
}

func TestNumbersThatEventBridgeRefusesAreFoundByNew(t *testing.T) {
	d := events.Define[map[string]any]("shop", "Anything")
	for name, value := range map[string]any{
		"NaN": math.NaN(), "infinite": math.Inf(-1), "above int64": uint64(math.MaxInt64) + 1, "deep": []any{map[string]any{"n": uint64(math.MaxUint64)}},
	} {
		e := d.New(map[string]any{"value": value})
		var failed *events.DetailError
		require.ErrorAs(t, e.Err(), &failed, name)
		require.Equal(t, "encode", failed.Op, name)
		fake := eventstest.New(nil)
		err := newPublisher(t, fake.Client(), nil).Publish(t.Context(), e)
		require.ErrorIs(t, err, events.ErrInvalid, name)
		require.False(t, events.IsRetryable(err), name)
		require.Empty(t, fake.Calls(), name)
	}
	require.NoError(t, d.New(map[string]any{"least": int64(math.MinInt64), "most": int64(math.MaxInt64), "float": 1e300}).Err())
}
