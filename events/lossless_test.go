package events_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
)

// Whatever happens to requests and entries, every event is on the bus or in the
// error, one that is on the bus for certain is not in the error, and all copies
// of an event carry the same id.
func TestPublishLosesNothingSilently(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 1))
				fake := eventstest.New(nil)
				cuts := misbehave(fake, r)
				sent := orders(r.IntN(60))
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+r.IntN(20_000))*time.Millisecond)
				defer cancel()
				p := newPublisher(t, fake.Client(), randomOptions(r))
				requireAccountedFor(t, fake, sent, p.Publish(ctx, sent...), cuts)
			})
		})
	}
}

func randomOptions(r *rand.Rand) *events.PublisherOptions {
	return &events.PublisherOptions{
		Concurrency: 1 + r.IntN(5),
		Attempts:    r.IntN(6),
		Limits:      events.Limits{Bytes: 500 + r.IntN(3000)},
	}
}

// misbehave makes calls and entries fail at random, and reports whether
// connections are cut, so that an event may be on the bus and in the error.
func misbehave(fake *eventstest.Fake, r *rand.Rand) (cuts bool) {
	for range r.IntN(12) {
		switch r.IntN(4) {
		case 0:
			fake.Inject("PutEvents", eventstest.Fault{Error: &eventstest.Error{Code: "ThrottlingException"}, Times: r.IntN(8)})
		case 1:
			fake.Inject("PutEvents", eventstest.Fault{Error: &eventstest.Error{Code: "InternalException", Status: 500}})
		case 2:
			fake.Inject("PutEvents", eventstest.Fault{Cut: []eventstest.Cut{eventstest.CutBefore, eventstest.CutAfter}[r.IntN(2)]})
			cuts = true
		default:
			fake.Inject("PutEvents", eventstest.Fault{Delay: time.Duration(r.IntN(3000)) * time.Millisecond})
		}
	}
	chance := r.Float64()
	codes := []string{"ThrottlingException", "InternalFailure", "MalformedDetail", "SomethingNew"}
	fake.FailEntriesFunc(func(*events.Envelope) string {
		if r.Float64() < chance {
			return codes[r.IntN(len(codes))]
		}
		return ""
	})
	return cuts
}

func requireAccountedFor(t *testing.T, fake *eventstest.Fake, all []events.Event, err error, cuts bool) {
	t.Helper()
	failed := map[string]bool{}
	if err != nil {
		last := -1
		for _, f := range publishError(t, err).Failed {
			require.Equal(t, all[f.Index].Metadata.ID, f.Event.Metadata.ID)
			require.Greater(t, f.Index, last, "the order is kept and nothing is named twice")
			last = f.Index
			failed[f.Event.Metadata.ID] = true
		}
	}
	copies := map[string]int{}
	for _, e := range fake.Events("default") {
		copies[e.Metadata().ID]++
	}
	for i, e := range all {
		id := e.Metadata.ID
		require.True(t, failed[id] || copies[id] > 0, "event %d is lost", i)
		if !cuts {
			require.Equal(t, !failed[id], copies[id] == 1, "event %d is on the bus %d times, failed: %v", i, copies[id], failed[id])
		}
		delete(copies, id)
	}
	require.Empty(t, copies, "ids that nobody chose")
}
