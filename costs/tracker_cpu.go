package costs

import "time"

// cpuMark is the processor time at the start of an invocation. The time is that
// of the whole process, so it belongs to the invocation only if no other one ran
// beside it: active counts those that run, begun those that have begun.
type cpuMark struct {
	at    time.Duration
	begun int64
	alone bool
}

// beginCPU notes the start of an invocation.
func (t *Tracker) beginCPU(s *scope) {
	if !t.options.CPU {
		return
	}
	t.mu.Lock()
	t.active++
	t.begun++
	s.cpu.alone, s.cpu.begun = t.active == 1, t.begun
	t.mu.Unlock()
	if at, ok := cpuTime(); ok {
		s.cpu.at = at
	} else {
		s.cpu.alone = false
	}
}

// endCPU returns the processor time of an invocation, zero if it is not known.
// The caller holds mu; now was read before that, to leave out the wait for it.
func (t *Tracker) endCPU(s *scope, now time.Duration) time.Duration {
	if !t.options.CPU {
		return 0
	}
	t.active--
	if !s.cpu.alone || s.cpu.begun != t.begun {
		return 0
	}
	return max(now-s.cpu.at, 1) // the clock may be coarse; zero would mean unknown
}

// nowCPU is the processor time if it is asked for.
func (t *Tracker) nowCPU() time.Duration {
	if !t.options.CPU {
		return 0
	}
	now, _ := cpuTime()
	return now
}
