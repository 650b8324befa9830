package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/internal/proof"
	"github.com/go-thaw/thaw/dynamo/ratelimit"
)

// TestTheLimitHolds runs random schedules: processes with clocks of their own that
// ask at random times and in the middle of each other's requests, requests that
// fail, are slow, or whose answer is lost, processes that end and begin, clocks
// that are set, items that expire. Whatever was allowed must fit the stated
// bound in every interval. In half of the schedules clocks agree and requests
// take no time: there the limit holds exactly, but for what batches hold.
func TestTheLimitHolds(t *testing.T) {
	var total outcome
	var mu sync.Mutex
	proof.Schedules(t, "THAW_RATELIMIT_SCHEDULES", func(t *testing.T, seed uint64) {
		w := newWorld(t, seed)
		w.run()
		w.check()
		mu.Lock()
		defer mu.Unlock()
		total.add(w.seen)
	})
	t.Logf("%+v", total)
	require.Positive(t, total.Allowed)
	require.Positive(t, total.Refused)
	require.Positive(t, total.Local)
	require.Positive(t, total.Failed)
	require.Positive(t, total.Batched)
}

// outcome counts what happened, so that it shows when nothing does.
type outcome struct{ Allowed, Refused, Local, Failed, Batched int }

func (o *outcome) add(p outcome) {
	o.Allowed += p.Allowed
	o.Refused += p.Refused
	o.Local += p.Local
	o.Failed += p.Failed
	o.Batched += p.Batched
}

// A world is one schedule.
type world struct {
	t         *testing.T
	seed      uint64
	random    *rand.Rand
	fake      *dynamotest.Fake
	limit     ratelimit.Limit
	options   ratelimit.Options
	processes []*process
	exact     bool // all clocks agree, and no time passes within a request
	depth     int
	grants    []grant
	seen      outcome
}

type process struct {
	*ratelimit.Limiter
	offset time.Duration // of its clock
}

// A grant is something that was allowed, at a true time.
type grant struct {
	at time.Time
	n  int
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 7)), fake: newFake()}
	_, err := w.fake.Client().UpdateTimeToLive(t.Context(), ttl("limits", "expires"))
	require.NoError(t, err)
	w.exact = w.random.IntN(2) == 0
	burst := 1 + w.random.IntN(20)
	w.limit = ratelimit.Limit{
		Rate: 1 + w.random.IntN(20), Burst: burst,
		Per: []time.Duration{100 * time.Millisecond, time.Second, time.Minute, time.Hour}[w.random.IntN(4)],
	}
	w.options = ratelimit.Options{
		Timeout: []time.Duration{5 * time.Millisecond, 50 * time.Millisecond, time.Second}[w.random.IntN(3)],
		Skew:    []time.Duration{time.Millisecond, 20 * time.Millisecond, 500 * time.Millisecond}[w.random.IntN(3)],
		Hold:    time.Duration(1+w.random.IntN(3000)) * time.Millisecond,
		Keys:    1 + w.random.IntN(3),
	}
	if w.random.IntN(2) == 0 {
		w.options.Batch = 1 + w.random.IntN(burst)
	}
	for range 1 + w.random.IntN(5) {
		w.processes = append(w.processes, w.newProcess())
	}
	return w
}

// newProcess starts one; its clock is within the tolerance.
func (w *world) newProcess() *process {
	p := new(process)
	w.setClock(p)
	o := w.options
	o.Now = func() time.Time { return time.Now().Add(p.offset) }
	client := w.fake.Client(unsigned, func(o *dynamodb.Options) {
		if w.random.IntN(2) == 0 {
			o.HTTPClient = dated{o.HTTPClient, time.Now}
		}
	})
	p.Limiter = newLimiter(w.t, &spy{API: client, before: w.between, after: w.between}, w.limit, &o)
	return p
}

func (w *world) setClock(p *process) {
	if w.exact {
		return
	}
	p.offset = time.Duration(w.random.Int64N(int64(w.options.Skew)+1)) - w.options.Skew/2
}

// between is called around each request: others may act, time may pass.
func (w *world) between(context.Context, bool) {
	if w.depth < 3 && w.random.IntN(6) == 0 {
		for range 1 + w.random.IntN(2) {
			w.step()
		}
	}
	if !w.exact && w.random.IntN(4) == 0 {
		wait(time.Duration(w.random.Int64N(int64(w.options.Timeout))))
	}
}

func (w *world) run() {
	for range 15 {
		w.step()
	}
}

// step does one thing.
func (w *world) step() {
	w.depth++
	defer func() { w.depth-- }()
	i := w.random.IntN(len(w.processes))
	switch w.random.IntN(12) {
	case 0:
		w.processes[i] = w.newProcess()
	case 1:
		w.setClock(w.processes[i])
	case 2:
		w.fake.DeleteExpired()
	case 3:
		w.inject()
	case 4, 5:
		if !w.exact || w.depth == 1 {
			w.pause()
		}
	default:
		for range 1 + w.random.IntN(4) {
			w.ask(w.processes[i])
		}
	}
}

// pause lets up to about the bucket's own time pass.
func (w *world) pause() {
	fill := int64(w.limit.Per) * int64(w.limit.Burst) / int64(w.limit.Rate)
	switch w.random.IntN(8) {
	case 0:
		wait(time.Duration(2 * fill))
	case 1:
		wait(2 * time.Hour)
	default:
		wait(time.Duration(w.random.Int64N(fill/4 + 1)))
	}
}

func (w *world) inject() {
	if w.exact {
		return
	}
	operation := []string{"GetItem", "UpdateItem", ""}[w.random.IntN(3)]
	fault := dynamotest.Fault{Times: 1 + w.random.IntN(3)}
	switch w.random.IntN(5) {
	case 0:
		fault.Cut = dynamotest.CutBefore
	case 1, 2:
		fault.Cut = dynamotest.CutAfter
	case 3:
		fault.Delay = time.Duration(w.random.Int64N(2 * int64(w.options.Timeout)))
	case 4:
		fault.Error = &dynamotest.Error{Code: "InternalServerError", Status: 500}
	}
	w.fake.Inject(operation, fault)
}

// ask asks for tokens and notes the answer.
func (w *world) ask(p *process) {
	n := 1
	if w.random.IntN(4) == 0 {
		n = 1 + w.random.IntN(w.limit.Burst)
	}
	d, err := p.AllowN(w.t.Context(), "ada", n)
	switch {
	case err != nil:
		w.seen.Failed++
		require.False(w.t, d.Allowed)
		var store *ratelimit.StoreError
		require.True(w.t, errors.As(err, &store), "%v", err)
	case d.Allowed:
		w.seen.Allowed++
		if d.Local {
			w.seen.Batched++
		}
		w.grants = append(w.grants, grant{time.Now(), n})
	default:
		w.seen.Refused++
		if d.Local {
			w.seen.Local++
		}
		require.Positive(w.t, d.RetryAfter)
	}
	require.GreaterOrEqual(w.t, d.Remaining, 0)
	require.LessOrEqual(w.t, d.Remaining, w.limit.Burst)
}

// check holds the grants against the bound, in every interval that begins and
// ends with one, and looks whether the bucket comes back.
func (w *world) check() {
	over := w.processes[0].Overshoot()
	if w.exact {
		over = 0
		if w.options.Batch > 1 {
			over = int(w.options.Hold*time.Duration(w.limit.Rate)/w.limit.Per) + 1
		}
	}
	for i := range w.grants {
		sum := 0
		for j := i; j < len(w.grants); j++ {
			sum += w.grants[j].n
			t := w.grants[j].at.Sub(w.grants[i].at)
			// In whole tokens, rounded up: exact enough, and overflows for no t.
			came := int(int64(t/time.Microsecond)*int64(w.limit.Rate)/int64(w.limit.Per/time.Microsecond)) + 1
			if sum > w.limit.Burst+came+over {
				require.Fail(w.t, "above the bound", "seed %d: %d tokens in %v; %+v, overshoot %d\n%s",
					w.seed, sum, t, w.limit, over, w.describe(i, j))
			}
		}
	}
	w.fake.ClearFaults()
	fill := time.Duration(int64(w.limit.Per) * int64(w.limit.Burst) / int64(w.limit.Rate))
	wait(fill + w.options.Hold + 2*w.options.Skew + 2*w.options.Timeout + time.Hour)
	p := w.newProcess()
	p.Limiter = newLimiter(w.t, w.fake.Client(), w.limit, nil)
	d, err := p.AllowN(w.t.Context(), "ada", w.limit.Burst)
	require.NoError(w.t, err)
	require.True(w.t, d.Allowed, "seed %d: the bucket is full again, %+v", w.seed, d)
}

func (w *world) describe(i, j int) (text string) {
	for _, g := range w.grants[i : j+1] {
		text += fmt.Sprintf("%v: %d\n", g.at.Sub(w.grants[i].at), g.n)
	}
	return text
}

// TestRequestsAreBounded counts the requests of every decision, however it ends.
func TestRequestsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for seed := range uint64(50) {
			w := newWorld(t, seed)
			api := &spy{API: w.fake.Client()}
			others := w.processes
			api.before = func(context.Context, bool) {
				if w.random.IntN(2) == 0 {
					w.ask(others[w.random.IntN(len(others))])
				}
			}
			p := &process{Limiter: newLimiter(t, api, w.limit, &w.options)}
			for range 40 {
				api.reads, api.writes = 0, 0
				w.ask(p)
				require.LessOrEqual(t, api.reads, 1)
				require.LessOrEqual(t, api.writes, 1)
				w.pause()
			}
		}
	})
}
