package awsfake

import (
	"slices"
	"sync"
	"time"
)

// The journal keeps the newest calls and drops the oldest beyond these bounds,
// so that a fake served for days does not grow without end. A unit test stays
// far below both.
const (
	maxCalls     = 10_000
	maxCallBytes = 64 << 20
)

// A Call is one request that reached a fake.
type Call struct {
	// Operation is the name of the operation, such as "PutItem".
	Operation string
	// Input and Output are the JSON documents that were received and answered;
	// Output is nil when the connection was cut. Neither may be changed.
	Input, Output []byte
	// Err is the error that was answered, nil for a success.
	Err *Error
	// Faulty tells that an injected fault applied to the call.
	Faulty bool
	// Time is when the call arrived.
	Time time.Time
}

// journal records calls in their order of arrival.
type journal struct {
	mu     sync.Mutex
	calls  []*Call
	bytes  int
	counts map[string]int
}

func (j *journal) add(c *Call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.counts == nil {
		j.counts = make(map[string]int)
	}
	j.counts[c.Operation]++
	j.calls = append(j.calls, c)
	j.bytes += len(c.Input)
	j.trim()
}

// finish notes the answer to c.
func (j *journal) finish(c *Call, output []byte, err *Error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c.Output, c.Err = output, err
	j.bytes += len(output)
	j.trim()
}

func (j *journal) trim() {
	drop := 0
	for len(j.calls)-drop > maxCalls || (j.bytes > maxCallBytes && len(j.calls)-drop > 1) {
		j.bytes -= len(j.calls[drop].Input) + len(j.calls[drop].Output)
		j.calls[drop] = nil
		drop++
	}
	j.calls = j.calls[drop:]
}

// list returns copies of the calls of the named operations, of all when none is
// named.
func (j *journal) list(operations []string) []Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []Call
	for _, c := range j.calls {
		if len(operations) == 0 || slices.Contains(operations, c.Operation) {
			out = append(out, *c)
		}
	}
	return out
}

func (j *journal) count(operation string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.counts[operation]
}

func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls, j.bytes, j.counts = nil, 0, nil
}
