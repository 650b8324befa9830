package costs

import (
	"cmp"
	"math"
	"slices"
)

// The search for the next size to measure. It is a descent by halves and doubles
// from the best size so far, as one would do by hand, and then three looks at
// where a descent can be deceived: below and above what was measured, and between
// the best size and its neighbours. Last comes where a step may hide (nextStep). What is to be expected there follows from how
// the time answered to memory so far: its elasticity e, the exponent in
// duration ~ memory^-e, which mostly falls as memory grows and is zero above one
// processor. It decides what is worth measuring and never what is recommended.
const (
	// gain is how much better a size must be expected to be, as a logarithm.
	gain = 0.05
	// slack is how far elasticity may be from what was seen beside it.
	slack = 0.4
	// cliff is an elasticity that no slower processor explains: below some size
	// the function lacks memory, and that says nothing about smaller ones.
	cliff = 2
	// beyondCliff is what to expect of them.
	beyondCliff = 0.75
	// steep is an elasticity that a slower processor hardly explains.
	steep = 1.7
	// flat is an elasticity so small that a step of a quarter is safe.
	flat = 0.15
	// ample is a size that a search has to know: below it cliffs are common.
	ample = 512
	// almostCore is a size from which one processor is not worth a measurement.
	almostCore = coreMB * 7 / 8
	// apart is the factor below which two sizes are one.
	apart = 1.12
)

// next returns the size to measure next, zero when there is none. Sizes that
// were excluded as unsafe count as measured: they are known to be no use.
func (s *sizing) next(best *measured) int {
	looks := []func(*measured) int{s.nextBelow, s.nextAbove, s.nextFarBelow, s.nextFarAbove, s.nextBetween, s.nextStep}
	switch below := s.nextBelow(best); {
	case s.options.Strategy == Fastest:
		looks = []func(*measured) int{s.nextFaster, s.nextAsFast}
	case below*3 > best.MemoryMB*2: // a small step down, as the floor is near: first the large one up
		looks[0], looks[1] = looks[1], looks[0]
	}
	for _, look := range looks {
		if size := look(best); size > 0 {
			return size
		}
	}
	return 0
}

// nextBelow proposes about half of the best size, unless a size between them is
// known.
func (s *sizing) nextBelow(best *measured) int {
	factor := 2
	if above := s.knownFrom(best.MemoryMB + 1); above != nil && s.elasticity(best, above) < flat {
		factor = 4
	}
	size := s.lowerSize(best.MemoryMB, factor)
	if s.measuredWithin(size, best.MemoryMB-1) {
		return 0
	}
	return size
}

// nextAbove proposes up to the double of the best size, unless a size up to there
// is known or even the time of a larger one would not make it cheaper.
func (s *sizing) nextAbove(best *measured) int {
	size := s.upperSize(best.MemoryMB)
	if size == 0 || s.measuredWithin(best.MemoryMB+1, max(size, 2*best.MemoryMB)) {
		return 0
	}
	if above := s.knownFrom(size); above != nil && !s.promising(best, size, s.time(above)) {
		return 0
	}
	if best.MemoryMB >= almostCore && !s.starving(best) {
		return 0
	}
	return size
}

// nextFarBelow looks below the smallest size, where that is not the best one: the
// time may grow less there than it did before.
func (s *sizing) nextFarBelow(best *measured) int {
	points := s.knownPoints()
	smallest := points[0]
	if smallest == best || len(points) < 2 {
		return 0
	}
	e := s.elasticity(smallest, points[1])
	if e > cliff || e > 1 && smallest.MemoryMB >= coreMB {
		e = beyondCliff
	}
	for size := s.lowerSize(smallest.MemoryMB, 2); size > 0; size = s.lowerSize(size, 2) {
		if s.measuredWithin(size, smallest.MemoryMB-1) {
			return 0 // it failed
		}
		if s.promising(best, size, s.time(smallest)*power(size, smallest.MemoryMB, max(0, e-slack))) {
			return size
		}
	}
	return 0
}

// nextFarAbove looks above the largest size, where that is not the best one, up
// to one processor.
func (s *sizing) nextFarAbove(best *measured) int {
	points := s.knownPoints()
	n := len(points)
	largest := points[n-1]
	size := s.upperSize(largest.MemoryMB)
	if largest == best || n < 2 || size == 0 || largest.MemoryMB >= almostCore || s.measuredWithin(largest.MemoryMB+1, size) {
		return 0
	}
	e := s.elasticity(points[n-2], largest) + slack
	if largest.MemoryMB < ample || s.promising(best, size, s.time(largest)*power(min(size, coreMB), largest.MemoryMB, e)) {
		return size
	}
	return 0
}

// nextBetween looks between the best size and the known ones on both sides.
func (s *sizing) nextBetween(best *measured) (size int) {
	points := s.knownPoints()
	i := slices.Index(points, best)
	least := s.score(best) - gain
	for _, low := range []int{i - 1, i} {
		if low < 0 || low+1 >= len(points) {
			continue
		}
		for _, c := range s.sizesBetween(points[low].MemoryMB, points[low+1].MemoryMB) {
			if score := s.expected(points, low, c); score < least {
				size, least = c, score
			}
		}
	}
	return size
}

// expected is the score to be expected of a size between two neighbours. The
// logarithm of the time is mostly a convex function of that of memory. So it is
// below the line through the neighbours, above the lines through each of them and
// the next one, and on average in the middle. At a cliff it is as likely at
// either end.
func (s *sizing) expected(points []*measured, low, size int) float64 {
	a, b := points[low], points[low+1]
	end := b.MemoryMB
	if a.MemoryMB < coreMB {
		end = min(end, coreMB) // from where on the time stays the same
	}
	line := math.Log(s.time(a)/s.time(b)) / math.Log(float64(end)/float64(a.MemoryMB))
	most := s.time(a) * power(min(size, end), a.MemoryMB, line)
	before := line + slack
	if low > 0 {
		before = s.elasticity(points[low-1], a)
	}
	least := max(s.time(b), s.time(a)*power(size, a.MemoryMB, before))
	if low+2 < len(points) {
		least = max(least, s.time(b)*power(size, b.MemoryMB, s.elasticity(b, points[low+2])))
	}
	least = min(least, most)
	if s.elasticity(a, b) > cliff {
		none := min(s.score(a), s.score(b))
		return (none + min(none, s.scoreAt(size, s.time(b)))) / 2
	}
	return s.scoreAt(size, math.Sqrt(least*most))
}

// nextFaster doubles while that makes the function faster.
func (s *sizing) nextFaster(*measured) int {
	fastest := slices.MinFunc(s.candidates(), func(a, b *measured) int {
		return cmp.Compare(a.durations.mean, b.durations.mean)
	})
	size := s.doubleSize(fastest.MemoryMB)
	if s.measuredWithin(fastest.MemoryMB+1, max(size, 2*fastest.MemoryMB)) {
		return 0
	}
	return size
}

// nextAsFast halves while that keeps it as fast.
func (s *sizing) nextAsFast(best *measured) int {
	size := s.lowerSize(best.MemoryMB, 2)
	if s.measuredWithin(size, best.MemoryMB-1) {
		return 0
	}
	return size
}

// promising tells whether a size would be better if it took the given time.
func (s *sizing) promising(best *measured, size int, time float64) bool {
	return s.scoreAt(size, time) < s.score(best)-gain
}

// starving tells whether the last step up to a size gained more than a faster
// processor explains, so that memory above one processor may gain as well.
func (s *sizing) starving(m *measured) bool {
	points := s.knownPoints()
	i := slices.Index(points, m)
	if i < 1 {
		return false
	}
	before := points[i-1]
	if before.MemoryMB >= coreMB {
		return s.elasticity(before, m) > 1
	}
	return math.Log(s.time(before)/s.time(m)) > steep*math.Log(float64(min(m.MemoryMB, coreMB))/float64(before.MemoryMB))
}

// elasticity is that of the time between two sizes.
func (s *sizing) elasticity(a, b *measured) float64 {
	return math.Log(s.time(a)/s.time(b)) / math.Log(float64(b.MemoryMB)/float64(a.MemoryMB))
}

// power is (size/from)^-e.
func power(size, from int, e float64) float64 {
	return math.Pow(float64(size)/float64(from), -e)
}

// knownPoints are the sizes whose time is known, also where they are unsafe.
func (s *sizing) knownPoints() (points []*measured) {
	for _, m := range s.sizes {
		if m.known {
			points = append(points, m)
		}
	}
	return points
}

// knownFrom is the smallest known size of at least the given one.
func (s *sizing) knownFrom(memoryMB int) *measured {
	for _, m := range s.knownPoints() {
		if m.MemoryMB >= memoryMB {
			return m
		}
	}
	return nil
}

// measuredWithin tells whether anything is known of a size from least to most.
func (s *sizing) measuredWithin(least, most int) bool {
	return slices.ContainsFunc(s.sizes, func(m *measured) bool {
		return (m.known || m.failing() != "") && least <= m.MemoryMB && m.MemoryMB <= most
	})
}

// lowerSize proposes a part of a size, but not less than the floor and no less
// than one processor from far above it; zero if that is no step.
func (s *sizing) lowerSize(from, factor int) int {
	least := max(s.floor, from/factor)
	if from > coreMB*7/5 {
		least = max(s.floor, coreMB)
	}
	if len(s.options.Sizes) == 0 {
		if near(least, from) || least > from {
			return 0
		}
		return least
	}
	below := 0
	for _, size := range s.options.Sizes {
		if size >= s.floor && size < from {
			if below = size; size >= least {
				break // the smallest of at least the part
			}
		}
	}
	return below // or else the largest below it
}

// upperSize proposes up to the double of a size, and one processor on the way
// there.
func (s *sizing) upperSize(from int) int {
	if from < almostCore {
		return s.largestSize(from, min(2*from, coreMB))
	}
	return s.doubleSize(from)
}

// doubleSize proposes the double, if the quota allows it.
func (s *sizing) doubleSize(from int) int { return s.largestSize(from, 2*from) }

// largestSize is the largest allowed size above from and up to most, else the
// smallest above that.
func (s *sizing) largestSize(from, most int) (size int) {
	most = min(most, s.options.MaxMemoryMB)
	if len(s.options.Sizes) == 0 {
		if near(from, most) || most < from {
			return 0
		}
		return most
	}
	for _, candidate := range s.options.Sizes {
		if candidate <= from || candidate < s.floor || candidate > s.options.MaxMemoryMB {
			continue
		}
		if size > 0 && candidate > most {
			break
		}
		size = candidate
	}
	return size
}

// sizesBetween lists what may be measured between two sizes: Sizes, or else
// multiples of 64 MB, and one processor in place of those near it.
func (s *sizing) sizesBetween(low, high int) (sizes []int) {
	candidates := s.options.Sizes
	if len(candidates) == 0 {
		candidates = append(candidates, coreMB)
		for size := (low/memoryStep + 1) * memoryStep; size < high; size += memoryStep {
			if !near(size, coreMB) {
				candidates = append(candidates, size)
			}
		}
	}
	for _, size := range candidates {
		inside := low < size && size < high && !near(low, size) && !near(size, high)
		if inside && size >= s.floor && size <= s.options.MaxMemoryMB {
			sizes = append(sizes, size)
		}
	}
	return sizes
}

// near tells whether two sizes are so alike that measuring both is a waste.
func near(a, b int) bool {
	return float64(max(a, b)) < float64(min(a, b))*apart
}
