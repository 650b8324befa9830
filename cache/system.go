package cache

import (
	"sync/atomic"
	"time"
)

// system reads the system's clocks. Both together cost 45 ns, which is more than
// all else that a hit does, and the monotonic one alone half of that.
//
// So what the wall clock showed is used again for hits that follow within a moment
// of running: their wall reading is the one before, plus what the monotonic clock
// counted since. See [moment] for why no freeze fits between. Hits that are further
// apart read both clocks, as everything else does, and pay nothing for this.
type system struct {
	start  time.Time
	latest atomic.Int64 // monotonic reading when both clocks were last read
	shared sharedReading
}

// moment is how long, on the monotonic clock, a reading of the wall clock is used
// again. What matters is that nobody can learn of a thaw in that time. A freeze
// may stop the monotonic clock, so after one it may count less than a moment since
// a reading from before. But the process is thawed for something that comes from
// outside, and that passes through the kernel, a socket and the scheduler before
// anybody reads the clock for its sake: tens of microseconds, during which the
// monotonic clock runs. Whoever reads the clock sooner than that was frozen in the
// middle of what it did, and might as well have read it just before.
//
// A longer time would not do: several short invocations fit into a few
// milliseconds.
const moment = time.Microsecond

func newSystem() *system { return &system{start: time.Now()} }

// Now reads both clocks.
func (s *system) Now() Reading { return s.read(time.Now()) }

// read returns what the clocks show, which is what they showed at now.
func (s *system) read(now time.Time) Reading {
	r := s.both(now)
	s.share(r)
	return r
}

// hit returns what the clocks show, for a hit.
func (s *system) hit() Reading {
	if s.shared.on.Load() {
		if r, ok := s.shared.at(int64(time.Since(s.start))); ok {
			return r
		}
	}
	return s.Now()
}

// both returns what the clocks showed at t.
func (s *system) both(t time.Time) Reading {
	// Sub uses the monotonic readings, which both times have.
	return Reading{Wall: t.UnixNano(), Mono: int64(t.Sub(s.start))}
}

// share offers r, for which both clocks were read, for use by readings that
// follow, if another one was just before it.
func (s *system) share(r Reading) {
	between := r.Mono - s.latest.Load()
	s.latest.Store(r.Mono)
	if between < int64(moment) {
		s.shared.set(r)
	} else if s.shared.on.Load() {
		s.shared.on.Store(false)
	}
}

// sharedReading is a reading that is written and read without a lock. The writer
// makes version odd while it writes, so that readers see a whole reading or none.
type sharedReading struct {
	on         atomic.Bool // readings are close to each other
	version    atomic.Uint32
	wall, mono atomic.Int64
}

// at returns what both clocks show when the monotonic one shows mono, or false if
// that is not a moment after the shared reading. A monotonic clock that has not
// moved at all may be one that does not run.
func (s *sharedReading) at(mono int64) (Reading, bool) {
	version := s.version.Load()
	since := mono - s.mono.Load()
	wall := s.wall.Load() + since
	if since <= 0 || since >= int64(moment) || version%2 != 0 || s.version.Load() != version {
		return Reading{}, false
	}
	return Reading{Wall: wall, Mono: mono}, true
}

// set gives up if somebody else is at it.
func (s *sharedReading) set(r Reading) {
	version := s.version.Load()
	if version%2 != 0 || !s.version.CompareAndSwap(version, version+1) {
		return
	}
	s.wall.Store(r.Wall)
	s.mono.Store(r.Mono)
	s.version.Store(version + 2)
	s.on.Store(true)
}
