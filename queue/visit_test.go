package queue_test

import (
	"context"
	"sync"
	"time"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// A visit is one invocation of the processor in TestNoMessageIsLost. Its rules:
//
//   - no handler starts after the margin or after the invocation has returned, and
//     contexts end with the margin;
//   - there are never more handlers than Concurrency, on a FIFO queue one of a
//     group, and each record has one;
//   - the invocation returns before its deadline, and its result adds up.
type visit struct {
	deadline, soft time.Time
	concurrency    int

	mu      sync.Mutex
	over    bool
	running int
	busy    map[string]bool // groups
	started map[string]bool // ids
}

type visitKey struct{}

// visited is a processor with its visits watched.
type visited struct {
	world       *world
	inner       queuetest.Handler
	concurrency int
}

func (p visited) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	deadline, _ := ctx.Deadline()
	left := time.Until(deadline)
	margin := min(max(left/20, 500*time.Millisecond), 5*time.Second, left/4)
	v := &visit{
		deadline: deadline, soft: deadline.Add(-margin), concurrency: p.concurrency,
		busy: make(map[string]bool), started: make(map[string]bool),
	}
	response, err := p.inner.Invoke(context.WithValue(ctx, visitKey{}, v), payload)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.over = true
	if !time.Now().Before(deadline) {
		p.world.breaks("an invocation returned after its deadline")
	}
	return response, err
}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// enter holds the start of a handler against the rules and returns what notes its
// end.
func (w *world) enter(ctx context.Context, m queue.Message[job]) (leave func()) {
	v := visitOf(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	end, _ := ctx.Deadline()
	for rule, broken := range map[string]bool{
		"started after the margin":                         time.Now().After(v.soft),
		"started after its invocation":                     v.over,
		"has time after the margin":                        end.After(v.soft),
		"started although as many run as may":              v.running >= v.concurrency,
		"started beside another of its group":              w.fifo() && v.busy[m.Group],
		"started twice in an invocation":                   v.started[m.ReceiptHandle],
		"got a context that had ended when there was time": ctx.Err() != nil && time.Now().Before(v.soft),
	} {
		if broken {
			w.breaks("message %d %s", m.Body.Number, rule)
		}
	}
	v.running++
	v.busy[m.Group], v.started[m.ReceiptHandle] = true, true
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.running--
		v.busy[m.Group] = false
	}
}

func (w *world) checkResult(ctx context.Context, r queue.Result) {
	v := visitOf(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	if r.Succeeded+r.Failed+r.Skipped+r.Permanent != r.Records || len(r.Failures) != r.Failed+r.Permanent {
		w.breaks("a result does not add up: %+v", r)
	}
	if len(v.started) > r.Records-r.Skipped {
		w.breaks("%d records were handled, but of %d %d were skipped", len(v.started), r.Records, r.Skipped)
	}
}
