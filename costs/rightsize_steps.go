package costs

import "math"

// A step is a sudden fall of the time at some size, such as from where on the
// function has enough memory. Elasticity does not foresee it. What bounds its
// worth is that more memory hardly ever makes a function slower: no size between
// two known ones is faster than the larger one.
const (
	// tolerable is how much cheaper a missed size may be, as a factor: less than
	// two, since both times are noisy.
	tolerable = 1.8
	// highestStep is the most that a step above everything measured is thought
	// to speed a function up.
	highestStep = 32
	// lastStep is the size above which no step is looked for: what is left up to
	// one processor is less than an octave.
	lastStep = coreMB * 3 / 4
	// relaxed is the size, in floors, at which a function that lacked memory at
	// its floor lacks none: with the usual headroom two and a half times what it
	// uses. From lastRelaxed on that is known.
	relaxed     = 2
	lastRelaxed = 1.75
)

// nextStep looks at where a step may hide that would make a size cost about half
// of the best one: between any two known sizes, below the smallest one and above the
// largest one.
func (s *sizing) nextStep(best *measured) int {
	points := s.knownPoints()
	for i := 1; i < len(points); i++ {
		between := s.sizesBetween(points[i-1].MemoryMB, points[i].MemoryMB)
		if size := s.hidden(best, between, s.time(points[i])); size > 0 {
			return size
		}
	}
	if size := s.nextBelowStep(best, points[0]); size > 0 {
		return size
	}
	return s.nextAboveStep(best, points[len(points)-1])
}

// nextAboveStep looks above the largest size, once: at one processor, or where a
// function that uses much memory has plenty. With plenty already, the processor time
// bounds what there is to gain; without, it may be that of collecting garbage.
func (s *sizing) nextAboveStep(best, largest *measured) int {
	plenty := int(lastRelaxed * float64(s.floor))
	size := s.largestSize(largest.MemoryMB, max(coreMB, relaxed*s.floor))
	if size == 0 || largest.MemoryMB >= max(lastStep, plenty) || s.measuredWithin(largest.MemoryMB+1, s.options.MaxMemoryMB) {
		return 0
	}
	least := s.time(largest) / highestStep
	if largest.MemoryMB >= plenty {
		least = max(least, largest.cpu)
	}
	return s.hidden(best, []int{size}, least)
}

// nextBelowStep looks below the smallest size: if the time fell by a step above it, it
// may be the same below.
func (s *sizing) nextBelowStep(best, smallest *measured) int {
	size := s.lowerSize(smallest.MemoryMB, 2)
	if smallest == best || size == 0 || s.measuredWithin(s.floor, smallest.MemoryMB-1) {
		return 0
	}
	least := size
	for next := size; next > 0; next = s.lowerSize(next, 2) {
		least = next
	}
	if s.hidden(best, []int{least}, s.time(smallest)) == 0 {
		return 0
	}
	return size
}

// hidden returns the middle one of those sizes that would be far better than the
// best one if they took only the given time; zero if none would.
func (s *sizing) hidden(best *measured, sizes []int, least float64) int {
	n := 0
	for n < len(sizes) && s.scoreAt(sizes[n], least) < s.score(best)-math.Log(tolerable) {
		n++
	}
	if n == 0 {
		return 0
	}
	return sizes[(n-1)/2]
}
