package costs

import (
	"time"
)

// next returns the size to measure next: the lower neighbour of the best size if
// it is not known, else the upper, where a neighbour is a size within a factor of
// two. So the search halves while that pays and else doubles, as in a descent by
// hand, and ends when both neighbours are known to be no better.
func (s *sizing) next(best *measured) int {
	if s.options.Strategy != Fastest && s.neighbour(best, -1) == nil {
		if size := s.lowerSize(best.MemoryMB); size > 0 {
			return size
		}
	}
	if s.neighbour(best, +1) == nil {
		return s.upperSize(best.MemoryMB)
	}
	return 0
}

// neighbour returns the nearest size that was measured, within a factor of two
// below or above. Sizes that were excluded as unsafe count: they are known to be
// no use.
func (s *sizing) neighbour(of *measured, direction int) (nearest *measured) {
	for _, m := range s.sizes {
		below := m.MemoryMB < of.MemoryMB && m.MemoryMB*2 >= of.MemoryMB
		above := m.MemoryMB > of.MemoryMB && m.MemoryMB <= of.MemoryMB*2
		usable := m.known || m.failing() != ""
		if direction < 0 && below && usable {
			nearest = m // the last is the nearest
		}
		if direction > 0 && above && usable {
			return m
		}
	}
	return nearest
}

// lowerSize proposes half, but not less than the floor; zero if that is no step.
func (s *sizing) lowerSize(from int) int {
	least := max(s.floor, from/2)
	if len(s.options.Sizes) == 0 {
		if least*10 > from*9 {
			return 0
		}
		return least
	}
	for _, size := range s.options.Sizes { // the smallest of at least half
		if size >= least && size < from {
			return size
		}
	}
	return 0
}

// upperSize proposes the double. Above one processor more memory cuts the time
// of few functions, and of none by as much as it costs.
func (s *sizing) upperSize(from int) int {
	if from >= coreMB && s.options.Strategy != Fastest {
		return 0
	}
	most := min(2*from, s.options.MaxMemoryMB)
	if len(s.options.Sizes) == 0 {
		if most*10 < from*11 {
			return 0
		}
		return most
	}
	size := 0
	for _, candidate := range s.options.Sizes { // the largest of at most the double
		if candidate <= most && candidate > from && candidate >= s.floor {
			size = candidate
		}
	}
	return size
}

// forecast bounds the duration at another size from the processor time c: at
// memory m a single thread gets m/1,769 of a processor. The waiting part is
// what is left of the duration once that is taken out; whether it was slowed too
// is unknown, hence two bounds. See [Forecast].
func forecast(m *measured, memoryMB int) *Forecast {
	if m.cpu == 0 {
		return nil
	}
	slowed := func(memory int) float64 { return m.cpu * max(1, float64(coreMB)/float64(memory)) }
	waiting := max(0, m.durations.mean-slowed(m.MemoryMB))
	most := max(0, m.durations.mean-m.cpu) + slowed(memoryMB)
	return &Forecast{
		MemoryMB: memoryMB,
		Least:    time.Duration((waiting + m.cpu) * float64(time.Millisecond)),
		Most:     time.Duration(most * float64(time.Millisecond)),
	}
}
