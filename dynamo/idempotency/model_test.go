package idempotency_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/dynamo/internal/proof"
)

// TestRandomSchedules lets several processes call one operation with few keys,
// in random interleavings: every request takes its time in both directions,
// answers are lost, the table throttles and fails, processes die, clocks are
// stepped, runs overstay their deadline, fail, panic and remember, results
// expire. What came of it must be explained by at most one completed run per
// live key. THAW_IDEMPOTENCY_SCHEDULES is how many schedules.
func TestRandomSchedules(t *testing.T) {
	var total tally
	proof.Schedules(t, "THAW_IDEMPOTENCY_SCHEDULES", func(t *testing.T, seed uint64) {
		w := newWorld(t, seed)
		w.play()
		close(w.requests)
		w.check()
		total.add(&w.tally)
	})
	t.Logf("%+v", total.counts)
	for name, n := range total.counts {
		require.Positive(t, n, name)
	}
}

// A tally counts what happened, which shows that the schedules reach what they
// are made for.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (t *tally) count(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = make(map[string]int)
	}
	t.counts[what]++
}

func (t *tally) add(more *tally) {
	for what, n := range more.counts {
		for range n {
			t.count(what)
		}
	}
}

// skew bounds how far a process's clock is off.
const skew = 40 * time.Millisecond

// A world is one schedule.
type world struct {
	t         *testing.T
	rng       *rand.Rand // used by the one goroutine that plays the schedule
	seed      uint64
	fake      *dynamotest.Fake
	o         idempotency.Options
	processes []*process

	mu         sync.Mutex
	executions []*execution
	answers    []answer
	tally      tally

	requests chan func() // for goroutines that have made one already
}

// do calls f on a goroutine, if possible on one whose stack has grown to what
// the SDK needs: to copy it takes longer than the request.
func (w *world) do(f func()) {
	select {
	case w.requests <- f:
	default:
		go func() {
			f()
			for f := range w.requests {
				f()
			}
		}()
	}
}

// A process is one execution environment.
type process struct {
	w *world
	idempotency.API
	call  func(context.Context, *plan) (int, error)
	quick bool // its requests take no time

	mu     sync.Mutex
	rng    *rand.Rand
	offset time.Duration // of its clock
	dead   time.Time     // zero: it lives
}

// A plan is one call and what the operation is going to do in it.
type plan struct {
	process  *process
	key      string
	at       time.Duration // when it is called
	timeout  time.Duration // of its context, 0: none
	work     time.Duration
	stubborn bool // it ignores its context
	end      string
	started  bool
}

// An execution is one run of the operation.
type execution struct {
	id                   int
	key                  string
	process              *process
	start, end, deadline time.Time
	canceled             time.Time // when its context ended
	result               string    // how it ended
	unsaved              bool
}

// An answer is what a caller got.
type answer struct {
	key string
	id  int // of the execution
	err error
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 1)), seed: seed, fake: newFake(), requests: make(chan func())}
	pick := func(choices ...time.Duration) time.Duration { return choices[w.rng.IntN(len(choices))] }
	w.o = idempotency.Options{
		Timeout: pick(300*time.Millisecond, time.Second), Expiry: pick(time.Second, 3*time.Second, time.Minute),
		Hold: pick(0, 0, 700*time.Millisecond), Renew: w.rng.IntN(4) == 0, Wait: w.rng.IntN(3) == 0, Local: w.rng.IntN(2) * 10,
	}
	for i := range 3 {
		w.processes = append(w.processes, w.newProcess(seed*10+uint64(i)))
	}
	return w
}

func (w *world) newProcess(seed uint64) *process {
	p := &process{w: w, API: w.fake.Client(unsigned), rng: rand.New(rand.NewPCG(seed, 2))}
	o := w.o
	o.Now = func() time.Time {
		p.mu.Lock()
		defer p.mu.Unlock()
		return time.Now().Add(p.offset)
	}
	store, err := idempotency.New(p, table, &o)
	require.NoError(w.t, err)
	p.call = idempotency.Wrap(store, "op/v1", func(p *plan) idempotency.Key { return idempotency.Key{p.key} }, w.operation)
	return p
}

var errDead = errors.New("the process is dead")

// linger passes a random time on the way to or from the table.
func (p *process) linger() error {
	if p.quick {
		return nil
	}
	p.mu.Lock()
	d := time.Duration(p.rng.Int64N(int64(20 * time.Millisecond)))
	if p.rng.IntN(8) == 0 {
		d = time.Duration(p.rng.Int64N(int64(600 * time.Millisecond)))
	}
	p.mu.Unlock()
	<-time.After(d)
	if p.died() {
		return errDead
	}
	return nil
}

func (p *process) died() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.dead.IsZero()
}

func (p *process) PutItem(ctx context.Context, in *dynamodb.PutItemInput, o ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	return lingering(ctx, p, func(ctx context.Context) (*dynamodb.PutItemOutput, error) { return p.API.PutItem(ctx, in, o...) })
}

func (p *process) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	return lingering(ctx, p, func(ctx context.Context) (*dynamodb.DeleteItemOutput, error) { return p.API.DeleteItem(ctx, in, o...) })
}

func (p *process) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return lingering(ctx, p, func(ctx context.Context) (*dynamodb.GetItemOutput, error) { return p.API.GetItem(ctx, in, o...) })
}

// lingering makes a request of p. One that was on its way when p died or its
// context ended arrives all the same, later.
func lingering[Out any](ctx context.Context, p *process, request func(context.Context) (*Out, error)) (*Out, error) {
	if p.died() {
		return nil, errDead
	}
	type answer struct {
		out *Out
		err error
	}
	answered := make(chan answer, 1)
	p.w.do(func() {
		_ = p.linger()
		out, err := request(context.WithoutCancel(ctx))
		if dead := p.linger(); dead != nil {
			out, err = nil, dead
		}
		answered <- answer{out, err}
	})
	select {
	case a := <-answered:
		return a.out, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// operation is what is called.
func (w *world) operation(ctx context.Context, p *plan) (int, error) {
	e := w.begin(ctx, p)
	stop := context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		e.canceled = time.Now()
	})
	defer stop()
	end := p.end
	if p.stubborn {
		<-time.After(p.work)
	} else {
		select {
		case <-time.After(p.work):
		case <-ctx.Done():
			end = "canceled"
		}
	}
	if end == "die" {
		p.process.mu.Lock()
		p.process.dead = time.Now()
		p.process.mu.Unlock()
	}
	w.mu.Lock()
	e.end, e.result = time.Now(), end
	if p.process.died() {
		e.result = "die"
		w.tally.count("crashes")
	}
	w.mu.Unlock()
	switch end {
	case "remember":
		return 0, idempotency.Remember(errors.New(strconv.Itoa(e.id)))
	case "fail":
		return e.id, errors.New("it failed")
	case "canceled":
		return 0, ctx.Err()
	case "panic":
		panic("it panicked")
	}
	return e.id, nil
}

func (w *world) begin(ctx context.Context, p *plan) *execution {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := &execution{id: len(w.executions) + 1, key: p.key, process: p.process, start: time.Now(), result: "running"}
	e.deadline, _ = ctx.Deadline()
	w.executions = append(w.executions, e)
	p.started = true
	return e
}

// play runs the schedule to its end.
func (w *world) play() {
	ends := []string{"ok", "ok", "ok", "ok", "ok", "fail", "panic", "remember", "die"}
	var group sync.WaitGroup
	for range 12 {
		p := &plan{
			process: w.processes[w.rng.IntN(len(w.processes))], key: []string{"a", "b"}[w.rng.IntN(2)],
			at: w.duration(4 * time.Second), work: w.duration(200 * time.Millisecond), end: ends[w.rng.IntN(len(ends))],
			stubborn: w.rng.IntN(2) == 0,
		}
		if w.rng.IntN(3) == 0 {
			p.work = w.duration(2 * time.Second)
		}
		if w.rng.IntN(2) == 0 {
			p.timeout = 50*time.Millisecond + w.duration(900*time.Millisecond)
		}
		group.Go(func() { <-time.After(p.at); w.make(p) })
	}
	group.Go(w.disturb)
	group.Wait()
	w.fake.ClearFaults()
	<-time.After(2*time.Second + w.o.Hold + 2*skew) // every lock has ended

	healthy := w.newProcess(w.seed*10 + 9)
	healthy.quick = true
	for _, key := range []string{"a", "b"} {
		w.make(&plan{process: healthy, key: key, end: "ok"})
		last := w.answers[len(w.answers)-1]
		var remembered *idempotency.RememberedError
		require.True(w.t, last.err == nil || errors.As(last.err, &remembered), "key %s is stuck: %v", key, last.err)
	}
}

func (w *world) duration(below time.Duration) time.Duration {
	return time.Duration(w.rng.Int64N(int64(below)))
}

// disturb injects faults and steps clocks.
func (w *world) disturb() {
	rng := rand.New(rand.NewPCG(w.seed, 3))
	faults := []dynamotest.Fault{
		{Cut: dynamotest.CutAfter}, {Cut: dynamotest.CutBefore}, {Cut: dynamotest.CutAfter, Times: 3},
		{Error: &dynamotest.Error{Code: "InternalServerError", Status: 500}, Times: 2},
		{Error: &dynamotest.Error{Code: "ProvisionedThroughputExceededException"}},
		{Cut: dynamotest.CutAfter, Times: 30},
	}
	for range 8 {
		<-time.After(time.Duration(rng.Int64N(int64(600 * time.Millisecond))))
		p := w.processes[rng.IntN(len(w.processes))]
		p.mu.Lock()
		p.offset = time.Duration(rng.Int64N(int64(2*skew))) - skew
		p.mu.Unlock()
		if rng.IntN(4) == 0 {
			w.fake.ClearFaults()
		}
		w.fake.Inject([]string{"PutItem", "PutItem", "DeleteItem", ""}[rng.IntN(4)], faults[rng.IntN(len(faults))])
	}
}

// make makes a call and notes its answer, if its process lives to get it.
func (w *world) make(p *plan) {
	defer func() { _ = recover() }() // of the operation's own panic
	ctx := context.Background()
	if p.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.timeout)
		defer cancel()
	}
	id, err := p.process.call(ctx, p)
	if p.process.died() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(p, id, err)
}

func (w *world) note(p *plan, id int, err error) {
	var remembered *idempotency.RememberedError
	var unsaved *idempotency.UnsavedError
	var busy *idempotency.InProgressError
	w.tally.count("calls")
	switch {
	case errors.As(err, &remembered):
		id, _ = strconv.Atoi(remembered.Message)
	case errors.As(err, &busy):
		w.tally.count("in progress")
	}
	if errors.As(err, &unsaved) {
		if id > 0 {
			w.executions[id-1].unsaved = true
		}
		w.tally.count("unsaved")
	}
	if errors.Is(err, idempotency.ErrLockLost) {
		w.tally.count("locks lost")
	}
	if !p.started && (err == nil || remembered != nil) {
		w.tally.count("replays")
	}
	w.answers = append(w.answers, answer{p.key, id, err})
}

// check holds what happened against the guarantees.
func (w *world) check() {
	good := w.checkAnswers()
	for i, first := range w.executions {
		for _, second := range w.executions[i+1:] {
			if first.key == second.key {
				w.checkPair(first, second, good[first.id] && good[second.id])
			}
		}
	}
}

// checkAnswers checks each by itself, and returns which executions somebody got
// the outcome of.
func (w *world) checkAnswers() map[int]bool {
	good := make(map[int]bool)
	for _, a := range w.answers {
		var remembered *idempotency.RememberedError
		isRemembered := errors.As(a.err, &remembered)
		if a.err != nil && !isRemembered || errors.Is(a.err, idempotency.ErrLockLost) {
			continue
		}
		require.Positive(w.t, a.id, w.describe())
		require.LessOrEqual(w.t, a.id, len(w.executions), w.describe())
		e := w.executions[a.id-1]
		require.Equal(w.t, a.key, e.key, "a result of another key\n%s", w.describe())
		switch e.result {
		case "ok":
			require.False(w.t, isRemembered, w.describe())
		case "remember":
			require.True(w.t, isRemembered, w.describe())
		default:
			// A process that died after its outcome had been sent.
			require.Equal(w.t, "die", e.result, "the result of a run that did not complete\n%s", w.describe())
		}
		good[a.id] = !e.unsaved
	}
	return good
}

// checkPair checks two runs with one key, the first of which began before the
// second.
func (w *world) checkPair(first, second *execution, both bool) {
	const tolerance = 2*skew + time.Millisecond
	if both {
		require.False(w.t, second.start.Add(tolerance).Before(first.end.Add(w.o.Expiry)),
			"runs %d and %d have both completed while the key was alive\n%s", first.id, second.id, w.describe())
		w.tally.count("expired")
	}
	holds := first.deadline.Add(w.o.Hold)
	if w.o.Renew {
		holds = first.canceled
		if first.result == "die" {
			return // its lock ended after Timeout, which is not known here
		}
	}
	if second.start.Before(first.end) || first.result == "die" {
		require.False(w.t, holds.IsZero(), "run %d began during run %d, whose lock is being renewed\n%s", second.id, first.id, w.describe())
		require.False(w.t, second.start.Add(tolerance).Before(holds),
			"run %d began while run %d had the lock, until %v\n%s", second.id, first.id, holds, w.describe())
		w.tally.count("overlaps")
	}
}

func (w *world) describe() string {
	out := fmt.Sprintf("seed %d, %+v\n", w.seed, w.o)
	for _, e := range w.executions {
		out += fmt.Sprintf("run %d of %s in %p: %s to %s, deadline %s, ended %s: %s, unsaved %t\n", e.id, e.key, e.process,
			clock(e.start), clock(e.end), clock(e.deadline), clock(e.canceled), e.result, e.unsaved)
	}
	for _, a := range w.answers {
		out += fmt.Sprintf("answer for %s: %d %v\n", a.key, a.id, a.err)
	}
	return out
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format("05.000")
}

// Both backends have the same conditions: one says them in Go, the other to
// DynamoDB.
func TestMemoryAgreesWithTheTable(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	memory, inTable := idempotency.RecordsInMemory(), idempotency.RecordsInTable(newFake().Client(), table)
	seen := make(map[string]bool)
	for i := range 1000 {
		what, condition, now := rng.IntN(5), rng.IntN(4), 1000+rng.Int64N(10)
		id, token := strconv.Itoa(rng.IntN(3)), "t"+strconv.Itoa(rng.IntN(3))
		completed, until := rng.IntN(2) == 0, 1000+rng.Int64N(12)
		want := memory.Act(t.Context(), what, condition, id, token, completed, until, now)
		got := inTable.Act(t.Context(), what, condition, id, token, completed, until, now)
		require.Equal(t, want, got, "step %d: %d %d %s %s %t %d at %d", i, what, condition, id, token, completed, until, now)
		seen[fmt.Sprint(what, condition, want[:4])] = true
	}
	require.Greater(t, len(seen), 30)
}
