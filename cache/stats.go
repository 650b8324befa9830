package cache

import (
	"math"
	"sync/atomic"
	"time"
	"unsafe"
)

// Stats counts what a cache has done since it was made. Read it with
// [Cache.Stats]. Every read is one of Hits, NegativeHits, Stale and Misses.
type Stats struct {
	// Hits is the number of reads answered by an unexpired value.
	Hits uint64
	// NegativeHits is the number of reads answered by the memory that there is
	// no value.
	NegativeHits uint64
	// Stale is the number of reads answered by an expired value, as allowed by
	// StaleWhileRevalidate and StaleIfError.
	Stale uint64
	// Misses is the number of all other reads: those of Get and GetMany that
	// had to wait for a load, and those of Lookup that answered false.
	Misses uint64

	// Loads is the number of loads started. It is below Misses where several
	// callers shared one load.
	Loads uint64
	// LoadErrors is the number of loads that failed. That there is no value is
	// no failure.
	LoadErrors uint64
	// LoadTime is the total duration of the loads that ended.
	LoadTime time.Duration
	// StoreHits is the number of loads that the Store answered.
	StoreHits uint64
	// StoreErrors is the number of failed calls of the Store. They fail no read.
	StoreErrors uint64

	// Evictions is the number of entries removed to make room.
	Evictions uint64
	// Expirations is the number of entries removed because they had expired.
	// An expired entry that nobody has come across yet is not counted.
	Expirations uint64
}

// HitRate returns the share of reads that did not have to wait: the hits of
// each kind and the stale ones, between 0 and 1; 0 when there were none.
func (s Stats) HitRate() float64 {
	served := s.Hits + s.NegativeHits + s.Stale
	if served == 0 {
		return 0
	}
	return float64(served) / float64(served+s.Misses)
}

// ExpectedHitRate returns the share of reads that hit, if one key is read at
// random moments, on average reads times per second in one execution
// environment, and lives for ttl: a load is followed by the reads of the next
// ttl seconds, all hits, so that of every 1 + reads·ttl reads one misses.
//
//	rate = reads·ttl / (1 + reads·ttl)
//
// 85 % at 5 minutes takes one read per 53 seconds, of that key, in every
// environment. Keys that are evicted before they expire do worse.
func ExpectedHitRate(reads float64, ttl time.Duration) float64 {
	if !(reads > 0) || ttl <= 0 { // NaN is not above 0 either
		return 0
	}
	hits := reads * ttl.Seconds()
	if math.IsInf(hits, 1) {
		return 1
	}
	return hits / (1 + hits)
}

// stripes is what parallel hits write, in several places, each on a cache line of
// its own, so that processors that hit at the same time do not wait for each other.
type stripes [8]stripe

type stripe struct {
	hits   atomic.Uint64
	recent recent
	_      [16]byte // up to 64
}

// own returns the place to use. It depends on where the goroutine's stack is: the
// runtime does not tell which processor we are on, and a random number or a hash
// would cost more than the counting. Stacks are at least 2 KB apart.
func (s *stripes) own() *stripe {
	var here byte
	return &s[uintptr(unsafe.Pointer(&here))>>11%uintptr(len(s))]
}

func (s *stripes) sum() uint64 {
	var sum uint64
	for i := range s {
		sum += s[i].hits.Load()
	}
	return sum
}
