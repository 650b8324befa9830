package dynamo

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/go-thaw/thaw/internal/backoff"
)

// A batch is a list of requests that are sent in chunks, several at a time,
// until all are done or the context ends.
type batch struct {
	core  *core
	op    string
	ids   []string // of the items, to refuse duplicates and to find what is left
	keys  []Key
	chunk int // requests in a chunk
	// send does the requests at positions and returns those it did not do.
	send func(ctx context.Context, positions []int) (left []int, err error)

	mu     sync.Mutex
	undone []int
	err    error // the first
}

// Unprocessed requests are usually throttled ones. A batch that gets nowhere
// waits up to 50, 100, … ms, at most 5 s.
var batchBackoff = backoff.Policy{Base: 50 * time.Millisecond, Max: 5 * time.Second}

// add registers the item with attributes under key.
func (b *batch) add(key Key, attributes map[string]types.AttributeValue) {
	b.ids = append(b.ids, b.core.key.identity(attributes))
	b.keys = append(b.keys, key)
}

// refuseDuplicates fails when two items have one key.
func (b *batch) refuseDuplicates() error {
	seen := make(map[string]int, len(b.ids))
	for i, id := range b.ids {
		if twin, ok := seen[id]; ok {
			return b.core.fail(b.op, b.keys[i], fmt.Errorf("%w: at positions %d and %d", ErrDuplicate, twin, i))
		}
		seen[id] = i
	}
	return nil
}

// run sends everything and returns nil or an [Error] around a [*BatchError].
func (b *batch) run(ctx context.Context) error {
	chunks := make(chan []int)
	var workers sync.WaitGroup
	for range min(b.core.workers, (len(b.ids)+b.chunk-1)/b.chunk) {
		workers.Go(func() {
			for positions := range chunks {
				b.runChunk(ctx, positions)
			}
		})
	}
	all := make([]int, len(b.ids))
	for i := range all {
		all[i] = i
	}
	for positions := range slices.Chunk(all, b.chunk) {
		chunks <- positions
	}
	close(chunks)
	workers.Wait()
	if len(b.undone) == 0 {
		return nil
	}
	slices.Sort(b.undone)
	left := &BatchError{Left: b.undone, Err: b.err}
	for _, i := range b.undone {
		left.Keys = append(left.Keys, b.keys[i])
	}
	return b.core.fail(b.op, nil, left)
}

// runChunk sends the requests at positions until none is left. Once a chunk has
// failed for good, further ones are not begun.
func (b *batch) runChunk(ctx context.Context, positions []int) {
	if b.failed() {
		b.leave(positions, nil)
		return
	}
	for attempt := 1; ; attempt++ {
		left, err := b.send(ctx, positions)
		if err != nil {
			b.leave(left, err)
			return
		}
		if len(left) == 0 {
			return
		}
		if len(left) < len(positions) {
			attempt = 1
		}
		positions = left
		if err := batchBackoff.Wait(ctx, attempt); err != nil {
			b.leave(left, err)
			return
		}
	}
}

func (b *batch) failed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err != nil
}

// leave notes what is not done, and the first reason.
func (b *batch) leave(positions []int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.undone = append(b.undone, positions...)
	if b.err == nil {
		b.err = err
	}
}

// unprocessed returns the positions whose ids are in left.
func (b *batch) unprocessed(positions []int, left map[string]bool) []int {
	var rest []int
	for _, i := range positions {
		if left[b.ids[i]] {
			rest = append(rest, i)
		}
	}
	return rest
}
