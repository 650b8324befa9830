package cache

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultPin is how long a [PinnedClock] keeps a reading by default.
const DefaultPin = time.Second

// A PinnedClock reads the clocks once per invocation and answers with that
// reading until the invocation ends. Reading the clocks is more than half of
// the price of a hit; a handler that reads many entries saves it.
//
// While pinned, time stands still for the cache: an entry may be served longer
// than its TTL by the time for which one reading is kept, and no longer,
// because the clock is read again after that. Between invocations, when the
// environment may be frozen, nothing is pinned.
//
// All methods may be called concurrently.
type PinnedClock struct {
	clock  Clock
	atMost time.Duration
	pinned atomic.Pointer[Reading] // nil: read clock

	mu          sync.Mutex
	invocations int // that hold the pin
	timer       *time.Timer
}

// NewPinnedClock returns a clock that keeps a reading of clock for at most the
// given time. A nil clock means the system's clocks, 0 means DefaultPin (one
// second). It panics if atMost is negative.
func NewPinnedClock(clock Clock, atMost time.Duration) *PinnedClock {
	if atMost < 0 {
		panic(fmt.Sprintf("cache: NewPinnedClock: atMost: cannot be negative, got %v", atMost))
	}
	if atMost == 0 {
		atMost = DefaultPin
	}
	if clock == nil {
		clock = newSystem()
	}
	return &PinnedClock{clock: clock, atMost: atMost}
}

// Now returns the pinned reading during an invocation, and otherwise reads the
// clock.
func (p *PinnedClock) Now() Reading {
	if r := p.pinned.Load(); r != nil {
		return *r
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.invocations == 0 {
		return p.clock.Now()
	}
	return p.pin()
}

// Wrap returns a handler that pins the clock for the duration of each
// invocation of h.
func (p *PinnedClock) Wrap(h Handler) Handler { return &pinning{p, h} }

type pinning struct {
	clock *PinnedClock
	next  Handler
}

func (p *pinning) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	defer p.clock.Pin()()
	return p.next.Invoke(ctx, payload)
}

// Pin reads the clock, and keeps the reading until release is called or its
// time is over; then the clock is read once more and kept, and so on. If
// several invocations overlap, each reads the clock anew when it begins, and
// the last to end releases it. Calling release again does nothing.
func (p *PinnedClock) Pin() (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.invocations++
	p.pin()
	return sync.OnceFunc(p.release)
}

// pin reads the clock and keeps the reading. p.mu is held.
//
// What ends the reading is a timer and not a count of uses, as a long batch may
// use the cache rarely; and not a comparison with the clock either, as reading
// it is what a pin saves. The timer stops with the process, but between
// invocations the pin is released anyway.
func (p *PinnedClock) pin() Reading {
	r := p.clock.Now()
	p.pinned.Store(&r)
	if p.timer != nil {
		p.timer.Stop()
	}
	p.timer = time.AfterFunc(p.atMost, func() { p.pinned.CompareAndSwap(&r, nil) })
	return r
}

func (p *PinnedClock) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.invocations--; p.invocations > 0 {
		return
	}
	p.timer.Stop()
	p.pinned.Store(nil)
}
