package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/internal/proof"
	"github.com/go-thaw/thaw/dynamo/outbox"
)

// TestNoEventIsLostOrInvented runs random schedules: writers whose transactions
// fail or lose their answer, relays by the stream and by sweeps in the middle of
// each other, publications that fail, that are made though they report a failure,
// or in which the process ends, marks that fail, records that come twice or
// never, poison, time that passes. In the end exactly the events that were
// written have been published, those of a key first in the order in which they
// were written, and poison is parked.
func TestNoEventIsLostOrInvented(t *testing.T) {
	var total outcome
	var mu sync.Mutex
	proof.Schedules(t, "THAW_OUTBOX_SCHEDULES", func(t *testing.T, seed uint64) {
		w := newWorld(t, seed)
		for range 14 {
			w.step()
		}
		w.settle()
		w.check()
		mu.Lock()
		defer mu.Unlock()
		total.add(w.seen)
	})
	t.Logf("%+v", total)
	for _, n := range []int{total.Written, total.Refused, total.Published, total.Twice, total.Poison, total.Crashes, total.Nested} {
		require.Positive(t, n)
	}
}

// outcome counts what happened, so that it shows when nothing does.
type outcome struct{ Written, Refused, Published, Twice, Poison, Crashes, Nested int }

func (o *outcome) add(p outcome) {
	o.Written += p.Written
	o.Refused += p.Refused
	o.Published += p.Published
	o.Twice += p.Twice
	o.Poison += p.Poison
	o.Crashes += p.Crashes
	o.Nested += p.Nested
}

var errCrash = errors.New("the process ended")

// A world is one schedule.
type world struct {
	*platform
	seed    uint64
	random  *rand.Rand
	options outbox.Options
	boxes   []*outbox.Outbox
	cancel  context.CancelFunc // of the relay that is at work
	depth   int
	calm    bool // nothing goes wrong any more
	hook    map[string]bool
	seen    outcome
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{seed: seed, random: rand.New(rand.NewPCG(seed, 3)), hook: make(map[string]bool)}
	w.options = outbox.Options{
		Batch: 1 + w.random.IntN(3), Concurrency: 1 + w.random.IntN(2), Shards: 1 + w.random.IntN(3),
		Keep: []time.Duration{-1, time.Minute, time.Hour}[w.random.IntN(3)], MinAge: time.Duration(w.random.IntN(2)) * time.Minute,
		HoldKey:  w.random.IntN(3) == 0,
		OnParked: func(_ context.Context, p outbox.Parked) { w.hook[p.Event.ID] = true },
	}
	w.platform = setup(t, &w.options)
	w.platform.publish = w.publish
	w.boxes = []*outbox.Outbox{w.box, w.open(&w.options)}
	return w
}

// publish is the world's bus.
func (w *world) publish(_ context.Context, events []outbox.Event) []error {
	failures := make([]error, len(events))
	for i, e := range events {
		chance := w.random.IntN(12)
		switch {
		case e.Type == "poison":
			failures[i] = outbox.Permanent(errors.New("poison"))
		case chance == 0 && !w.calm:
			failures[i] = errors.New("busy")
		default:
			w.sent = append(w.sent, e)
			if chance == 1 && !w.calm {
				failures[i] = errors.New("the answer was lost")
			}
		}
	}
	if w.calm {
		return failures
	}
	if w.depth < 3 && w.random.IntN(4) == 0 {
		w.seen.Nested++
		w.step() // somebody else acts before this one marks
	}
	switch w.random.IntN(12) {
	case 0:
		panic(errCrash)
	case 1:
		w.cancel() // what is published cannot be marked
	}
	return failures
}

// relay runs one that may crash. It reports whether it came to its end.
func (w *world) relay(run func(ctx context.Context) error) (ok bool) {
	ctx, cancel := context.WithCancel(w.t.Context())
	outer := w.cancel
	w.cancel = cancel
	defer func() {
		cancel()
		w.cancel = outer
		if p := recover(); p != nil {
			require.Equal(w.t, errCrash, p)
			w.seen.Crashes++
			ok = false
		}
	}()
	return run(ctx) == nil
}

// step does one thing.
func (w *world) step() {
	w.depth++
	defer func() { w.depth-- }()
	box := w.boxes[w.random.IntN(len(w.boxes))]
	switch w.random.IntN(10) {
	case 0, 1, 2:
		w.change()
	case 3, 4, 5:
		w.stream(box)
	case 6:
		w.relay(func(ctx context.Context) error { _, err := box.Sweep(ctx); return err })
	case 7:
		w.inject()
	case 8:
		wait(time.Duration(w.random.IntN(120)) * time.Second)
		w.fake.DeleteExpired()
	case 9:
		w.boxes[w.random.IntN(len(w.boxes))] = w.open(&w.options)
	}
}

// change writes an item and its event.
func (w *world) change() {
	kind := ""
	if w.random.IntN(8) == 0 {
		kind = "poison"
	}
	if w.write(fmt.Sprint("k", w.random.IntN(3)), kind) != nil {
		w.seen.Refused++
	}
}

// stream delivers some records, as the shard's only batch: nested relays get
// other ones.
func (w *world) stream(box *outbox.Outbox) {
	n := min(1+w.random.IntN(6), len(w.records))
	batch := w.records[:n:n]
	w.records = w.records[n:]
	payload, err := json.Marshal(map[string]any{"Records": append([]json.RawMessage{}, batch...)})
	require.NoError(w.t, err)
	left := batch
	ok := w.relay(func(ctx context.Context) error {
		response, err := box.Invoke(ctx, payload)
		if err == nil {
			left = again(w.t, batch, response)
		}
		return err
	})
	switch chance := w.random.IntN(10); {
	case chance == 0:
		left = nil // the mapping gives up on the batch
	case chance == 1 || !ok:
		left = batch // its answer was lost
	}
	w.records = append(slices.Clone(left), w.records...)
}

func (w *world) inject() {
	operation := []string{"TransactWriteItems", "TransactWriteItems", "UpdateItem", "DeleteItem", "Query", ""}[w.random.IntN(6)]
	fault := dynamotest.Fault{Times: 1 + w.random.IntN(6)}
	switch w.random.IntN(3) {
	case 0:
		fault.Cut = dynamotest.CutBefore
	case 1:
		fault.Cut = dynamotest.CutAfter
	case 2:
		fault.Error = &dynamotest.Error{Code: "InternalServerError", Status: 500}
	}
	w.fake.Inject(operation, fault)
}

// settle ends all faults and sweeps until nothing waits.
func (w *world) settle() {
	w.calm = true
	w.fake.ClearFaults()
	wait(2 * time.Minute)
	_, err := w.box.Sweep(w.t.Context())
	require.NoError(w.t, err, "seed %d", w.seed)
	if !w.options.HoldKey {
		return
	}
	w.checkHeld()
	// What a poison holds up follows when it is discarded.
	for range 100 {
		left := 0
		for e, err := range w.box.Parked(w.t.Context()) {
			require.NoError(w.t, err)
			require.NoError(w.t, w.box.Discard(w.t.Context(), e))
			left++
		}
		if left == 0 {
			return
		}
		_, err := w.box.Sweep(w.t.Context())
		require.NoError(w.t, err, "seed %d", w.seed)
	}
	require.Fail(w.t, "poison without end")
}

// checkHeld looks that nothing behind a parked event was published.
func (w *world) checkHeld() {
	for e := range w.box.Parked(w.t.Context()) {
		for _, sent := range w.sent {
			require.False(w.t, sent.Key == e.Event.Key && sent.Sequence > e.Event.Sequence, "seed %d: %s was published behind %s", w.seed, sent.ID, e.Event.ID)
		}
	}
}

// check compares what was published with what the items say was written.
func (w *world) check() {
	var poison []string
	for k := range 3 {
		key := fmt.Sprint("k", k)
		item, err := w.things.Get(w.t.Context(), dynamo.Key{key})
		if errors.Is(err, dynamo.ErrNotFound) {
			item, err = thing{}, nil
		}
		require.NoError(w.t, err)
		w.seen.Written += len(item.Events)
		want := []string{}
		for _, id := range item.Events {
			if strings.HasSuffix(id, "poison") {
				poison = append(poison, id)
				continue
			}
			want = append(want, id)
		}
		require.Equal(w.t, want, w.firsts(key), "seed %d, key %s", w.seed, key)
	}
	w.seen.Poison += len(poison)
	if w.options.HoldKey {
		require.Empty(w.t, w.parkedIDs(w.box))
	} else {
		require.ElementsMatch(w.t, poison, w.parkedIDs(w.box), "seed %d", w.seed)
	}
	require.NotContains(w.t, w.fake.Dump(), "PENDING", "seed %d", w.seed)
}

// firsts returns the ids of a key's events in the order of their first
// publication, as consumers see them that know the ids they have seen.
func (w *world) firsts(key string) []string {
	all := []string{}
	for _, e := range w.sent {
		if e.Key != key {
			continue
		}
		w.seen.Published++
		if slices.Contains(all, e.ID) {
			w.seen.Twice++
			continue
		}
		all = append(all, e.ID)
	}
	return all
}
