package cache

import "time"

// Stats counts what a cache has done since it was made. Read it with
// [Cache.Stats].
type Stats struct {
	// Hits is the number of reads answered by an unexpired entry.
	Hits uint64
	// Misses is the number of reads that found no unexpired entry: those of Get
	// that had to wait for a load, and those of Lookup that answered false.
	Misses uint64
	// Loads is the number of loads started. It is below Misses where several
	// callers shared one load.
	Loads uint64
	// LoadErrors is the number of loads that failed.
	LoadErrors uint64
	// LoadTime is the total duration of the loads that ended.
	LoadTime time.Duration
	// Evictions is the number of entries removed to make room.
	Evictions uint64
	// Expirations is the number of entries removed because they had expired.
	// An expired entry that nobody has come across yet is not counted.
	Expirations uint64
}

// HitRate returns the share of reads that were hits, between 0 and 1; 0 when
// there were none.
func (s Stats) HitRate() float64 {
	total := s.Hits + s.Misses
	if total == 0 {
		return 0
	}
	return float64(s.Hits) / float64(total)
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
	if reads <= 0 || ttl <= 0 {
		return 0
	}
	hits := reads * ttl.Seconds()
	return hits / (1 + hits)
}
