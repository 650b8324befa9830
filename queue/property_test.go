package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// schedules is how many random schedules TestNoMessageIsLost runs; the variable
// THAW_QUEUE_SCHEDULES overrides it.
func schedules(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("THAW_QUEUE_SCHEDULES"))
	if os.Getenv("THAW_QUEUE_SCHEDULES") == "" {
		return 200
	}
	require.NoError(t, err)
	return n
}

// Batches of random sizes meet handlers that fail, panic, exit, hang and give up,
// a sink that fails, duplicates, redeliveries and visibility timeouts that run out
// in the middle. Whatever happens, no message is lost, none is deleted unless its
// handler or the sink had succeeded for that very delivery, groups keep their
// order, and every invocation keeps the rules of a visit.
func TestNoMessageIsLost(t *testing.T) {
	for seed := range schedules(t) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, uint64(seed))
			w.run()
			w.check()
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

type world struct {
	t       *testing.T
	seed    uint64
	random  *rand.Rand // of the test's goroutine
	name    string
	fake    *queuetest.Fake
	mapping *queuetest.Mapping
	sent    map[string][]int // numbers of the messages by group

	mu      sync.Mutex
	good    map[string]bool // receipt handles of deliveries that may be deleted
	settled map[int]bool    // numbers of messages that were handled or sunk
	broken  []string        // rules that were broken
}

type job struct{ Number int }

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{
		t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 0)), name: "jobs", fake: queuetest.New(nil),
		sent: make(map[string][]int), good: make(map[string]bool), settled: make(map[int]bool),
	}
	suffix := ""
	if w.random.IntN(2) == 0 {
		suffix = ".fifo"
	}
	w.name += suffix
	w.fake.CreateQueue("dead"+suffix, nil)
	url := w.fake.CreateQueue(w.name, &queuetest.QueueOptions{
		VisibilityTimeout: 30 * time.Second, DeadLetterQueue: "dead" + suffix, MaxReceiveCount: 1 + w.random.IntN(5),
	})
	w.send(url)

	options := quiet(queue.Options{
		Concurrency: 1 + w.random.IntN(12), StopOnFailure: w.random.IntN(3) == 0, RetryMalformed: w.random.IntN(2) == 0,
		ErrorOnFullFailure: w.random.IntN(4) == 0,
	})
	if w.random.IntN(3) > 0 {
		options.Client = w.fake.Client()
	}
	if w.random.IntN(3) > 0 {
		options.DeadLetter = w.sink
	}
	options.OnBatch = w.checkResult
	p := visited{w, queue.NewProcessor(w.handle, options), options.Concurrency}
	mapping, err := queuetest.NewMapping(w.fake, w.name, p, &queuetest.MappingOptions{
		BatchSize: 1 + w.random.IntN(10), Concurrency: 1 + w.random.IntN(4), Timeout: time.Duration(1+w.random.IntN(20)) * time.Second,
		OnInvoke: w.invoked,
	})
	require.NoError(t, err)
	w.mapping = mapping
	if w.random.IntN(3) == 0 {
		w.shorten(url)
	}
	return w
}

// shorten gives the queue a visibility timeout that runs out while handlers are at
// work, which a mapping would not have been created with.
func (w *world) shorten(url string) {
	_, err := w.fake.Client().SetQueueAttributes(w.t.Context(), &sqs.SetQueueAttributesInput{
		QueueUrl: &url, Attributes: map[string]string{"VisibilityTimeout": strconv.Itoa(1 + w.random.IntN(5))},
	})
	require.NoError(w.t, err)
}

// send sends up to 60 messages, of up to 6 groups, one in twenty malformed.
func (w *world) send(url string) {
	groups := 1 + w.random.IntN(6)
	sender, err := queue.NewSender[json.RawMessage](w.fake.Client(), url, nil)
	require.NoError(w.t, err)
	var entries []queue.Entry[json.RawMessage]
	for n := range 1 + w.random.IntN(60) {
		e := queue.Entry[json.RawMessage]{Body: fmt.Appendf(nil, `{"Number":%d}`, n), Group: fmt.Sprint("g", w.random.IntN(groups))}
		if w.random.IntN(20) == 0 {
			e.Body = fmt.Appendf(nil, `{"Number":"%d"}`, n) // text where a number belongs
		}
		if w.fifo() {
			e.DeduplicationID = fmt.Sprint(n)
		}
		w.sent[e.Group] = append(w.sent[e.Group], n)
		entries = append(entries, e)
	}
	require.NoError(w.t, sender.SendEntries(w.t.Context(), entries...))
}

func (w *world) fifo() bool { return w.name == "jobs.fifo" }

// fate is a random number that depends on the delivery alone, whatever the order
// in which goroutines run.
func (w *world) fate(r queue.Record, n int) int {
	var number uint64
	for _, c := range r.ID {
		number = number*31 + uint64(c)
	}
	return rand.New(rand.NewPCG(w.seed, number+uint64(r.ReceiveCount)<<32)).IntN(n)
}

func (w *world) handle(ctx context.Context, m queue.Message[job]) error {
	defer w.enter(ctx, m)()
	if w.fifo() {
		w.checkOrder(m)
	}
	switch w.fate(m.Record, 13) {
	case 0:
		return errTest
	case 1:
		panic("random panic")
	case 2:
		return queue.Permanent(errTest)
	case 3:
		return queue.RetryAfter(time.Duration(w.fate(m.Record, 100))*time.Second, errTest)
	case 4:
		<-ctx.Done()
		return ctx.Err()
	case 5:
		<-time.After(25 * time.Second) // deaf to its context
		return nil
	case 6:
		runtime.Goexit()
	case 7, 8:
		<-time.After(time.Duration(w.fate(m.Record, 5000)) * time.Millisecond) // also into the margin
	}
	w.settle(m.Record, m.Body.Number)
	return nil
}

func (w *world) sink(_ context.Context, r queue.Record, _ error) error {
	if w.fate(r, 5) == 0 {
		return errors.New("random sink failure")
	}
	var body struct{ Number json.Number }
	if err := json.Unmarshal([]byte(r.Text), &body); err != nil {
		return err
	}
	number, err := strconv.Atoi(body.Number.String())
	w.settle(r, number)
	return err
}

func (w *world) settle(r queue.Record, number int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.good[r.ReceiptHandle], w.settled[number] = true, true
}

func (w *world) breaks(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = append(w.broken, fmt.Sprintf(format, args...))
}

// checkOrder makes sure that everything that was sent before m in its group is
// done with.
func (w *world) checkOrder(m queue.Message[job]) {
	for _, earlier := range w.sent[m.Group] {
		if earlier == m.Body.Number {
			return
		}
		w.mu.Lock()
		settled := w.settled[earlier]
		w.mu.Unlock()
		if !settled && !w.dead()[earlier] {
			w.breaks("message %d started before %d of its group", m.Body.Number, earlier)
		}
	}
}

// dead returns the numbers of the messages in the dead-letter queue.
func (w *world) dead() map[int]bool {
	dead := make(map[int]bool)
	for _, m := range w.fake.Messages("dead" + w.name[len("jobs"):]) {
		var body struct{ Number json.Number }
		_ = json.Unmarshal([]byte(m.Body), &body)
		number, _ := strconv.Atoi(body.Number.String())
		dead[number] = true
	}
	return dead
}

// invoked checks that only good deliveries were deleted, and makes trouble on
// standard queues.
func (w *world) invoked(v queuetest.Invocation) {
	var event struct {
		Records []struct{ MessageID, ReceiptHandle string }
	}
	_ = json.Unmarshal(v.Payload, &event)
	handles := make(map[string]string)
	for _, r := range event.Records {
		handles[r.MessageID] = r.ReceiptHandle
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range v.Deleted {
		if !w.good[handles[id]] {
			w.broken = append(w.broken, "deleted "+id+" although nobody had handled it")
		}
	}
	if w.fifo() || len(v.Returned) == 0 {
		return
	}
	switch w.random.IntN(5) {
	case 0:
		w.fake.Redeliver(w.name, v.Returned[0])
	case 1:
		w.fake.Duplicate(w.name, v.Returned[0])
	}
}

// run lets the mapping work until the queue is empty: the redrive policy sees to
// that. Half of the time it polls in rounds; the other half invocations begin and
// end as messages become visible.
func (w *world) run() {
	rounds := func(ctx context.Context) error { _, err := w.mapping.Poll(ctx); return err }
	if w.random.IntN(2) == 0 {
		ctx, cancel := context.WithCancel(w.t.Context())
		done := make(chan error, 1)
		go func() { done <- w.mapping.Run(ctx) }()
		defer func() {
			cancel()
			require.ErrorIs(w.t, <-done, context.Canceled)
		}()
		rounds = func(context.Context) error { return nil }
	}
	for range 1000 {
		require.NoError(w.t, rounds(w.t.Context()))
		if w.fake.Counts(w.name).Total() == 0 {
			<-time.After(time.Minute) // for handlers that are deaf to their contexts
			return
		}
		<-time.After(5 * time.Second)
	}
	w.breaks("the queue does not run empty: %+v", w.fake.Counts(w.name))
}

func (w *world) check() {
	dead := w.dead()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, numbers := range w.sent {
		for _, n := range numbers {
			if !w.settled[n] && !dead[n] {
				w.broken = append(w.broken, fmt.Sprintf("message %d is lost", n))
			}
		}
	}
	require.Empty(w.t, w.broken, "seed %d", w.seed)
}
