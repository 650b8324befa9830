package queue

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a batch costs above its handlers and their decoding. That is not visible
// from outside, so that these tests are inside of the package.

// idle returns a batch of records whose attempts do nothing.
func idle(records, groups int) *batch {
	b := &batch{tasks: make([]task, records)}
	if groups > 0 {
		b.lanes = make([][]int, groups)
		for i := range b.tasks {
			b.lanes[i%groups] = append(b.lanes[i%groups], i)
		}
	}
	return b
}

func (b *batch) again() {
	clear(b.tasks)
}

// runIdle runs the tasks of a batch whose handlers return at once. Where its
// results are kept exists before, as the caller's own does.
func runIdle(ctx context.Context, p *pool, b *batch, concurrency int) {
	*p = pool{}
	p.prepare(ctx, b)
	p.attempt = nothing
	p.run(concurrency, time.Time{})
}

func nothing(context.Context, *task) {}

func TestDispatchAllocatesLittle(t *testing.T) {
	for _, c := range []struct {
		records, groups, concurrency int
		most                         float64
	}{{10, 0, 10, 25}, {10_000, 0, 10, 25}, {10, 4, 10, 25}, {10, 0, 1, 2}, {10_000, 0, 1, 2}} {
		b := idle(c.records, c.groups)
		var p pool
		got := testing.AllocsPerRun(50, func() {
			b.again()
			runIdle(t.Context(), &p, b, c.concurrency)
		})
		require.LessOrEqual(t, got, c.most, "%+v", c)
		for i := range b.tasks {
			require.Equal(t, stateDone, b.tasks[i].state.Load())
		}
	}
}
