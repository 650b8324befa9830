package dynamotest

import "github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"

// A Snapshot is the tables of a fake with their items, indexes and streams at
// one time.
type Snapshot struct{ state engine.Snapshot }

// Snapshot returns the present state. It takes next to no time or memory,
// however many items there are: what does not change afterwards is shared.
func (f *Fake) Snapshot() Snapshot { return Snapshot{f.db.Snapshot()} }

// Restore goes back to a snapshot, of this fake or another one; it can be
// restored any number of times. Recorded calls, faults and request tokens stay
// as they are.
func (f *Fake) Restore(s Snapshot) { f.db.Restore(s.state) }

// StaleReads has the next n eventually consistent reads answer from the state
// at this moment, whatever is written until then. GetItem, BatchGetItem, Query
// and Scan without ConsistentRead are such reads, and all reads of a global
// secondary index. n of 0 ends it.
func (f *Fake) StaleReads(n int) {
	past := f.db.Snapshot()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stale, f.past = max(n, 0), engine.NewDB()
	f.past.Restore(past)
}

// view runs a read on the present state, or on an older one when the read is
// eventually consistent and a fault wants it so.
func (f *Fake) view(consistent bool, read func(*engine.Tx) error) error {
	db := f.db
	f.mu.Lock()
	if !consistent && f.stale > 0 {
		f.stale--
		db = f.past
	}
	f.mu.Unlock()
	return db.View(read)
}
