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
// apart read both clocks, as everything else does, and pay next to nothing for this.
type system struct{ start time.Time }

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

// read returns what both clocks showed at now.
func (s *system) read(now time.Time) Reading {
	// Sub uses the monotonic readings, which both times have.
	return Reading{Wall: now.UnixNano(), Mono: int64(now.Sub(s.start))}
}

// hit returns what the clocks show, for a hit, with the help of a recent reading.
func (s *system) hit(last *recent) Reading {
	if last.on.Load() {
		if r, ok := last.at(int64(time.Since(s.start))); ok {
			return r
		}
	}
	r := s.Now()
	last.note(r)
	return r
}

// recent is a reading of both clocks that is written and read without a lock. The
// writer makes version odd while it writes, so that readers see a whole reading or
// none.
type recent struct {
	on         atomic.Bool  // readings are close to each other
	latest     atomic.Int64 // monotonic reading when both clocks were last read
	version    atomic.Uint32
	wall, mono atomic.Int64
}

// note keeps r, for which both clocks were read, if another one was just before it.
func (l *recent) note(r Reading) {
	between := r.Mono - l.latest.Load()
	l.latest.Store(r.Mono)
	if between < int64(moment) {
		l.set(r)
	} else if l.on.Load() {
		l.on.Store(false)
	}
}

// at returns what both clocks show when the monotonic one shows mono, or false if
// that is not a moment after the reading. A monotonic clock that has not moved at
// all may be one that does not run.
func (l *recent) at(mono int64) (Reading, bool) {
	version := l.version.Load()
	since := mono - l.mono.Load()
	wall := l.wall.Load() + since
	if since <= 0 || since >= int64(moment) || version%2 != 0 || l.version.Load() != version {
		return Reading{}, false
	}
	return Reading{Wall: wall, Mono: mono}, true
}

// set gives up if somebody else is at it.
func (l *recent) set(r Reading) {
	version := l.version.Load()
	if version%2 != 0 || !l.version.CompareAndSwap(version, version+1) {
		return
	}
	l.wall.Store(r.Wall)
	l.mono.Store(r.Mono)
	l.version.Store(version + 2)
	l.on.Store(true)
}
