package engine

import (
	"slices"
	"time"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// StreamLife is how long the records of a stream are kept.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
const StreamLife = 24 * time.Hour

// A Stream holds the changes of a table's items, the oldest first. It has one
// shard. A stream outlives its table and the specification that it was made by.
type Stream struct {
	Table   string
	ARN     string
	Label   string
	View    string
	Key     Key
	Created time.Time
	// Closed tells that nothing will be added any more.
	Closed  bool
	Records []*Record
	// First is the number of the first record there ever was, or will be.
	First uint64
}

// A Record is a change of one item.
type Record struct {
	// Number orders the records of all streams.
	Number   uint64
	At       time.Time
	Old, New value.Item // nil for one that does not exist
	// Expired tells a removal by time to live.
	Expired bool
}

// A Change is a record on its way to the stream of its table.
type Change struct {
	Stream *Stream
	Record *Record
}

// Streams returns all streams in the order of their creation.
func (tx *Tx) Streams() []*Stream { return tx.db.streams }

// OpenStream starts a stream for the table.
func (tx *Tx) OpenStream(t *Table, s *Stream) {
	s.First = tx.db.number + 1
	t.Stream = s
	tx.db.streams = append(tx.db.streams, s)
}

// CloseStream ends the table's stream, which stays readable.
func (tx *Tx) CloseStream(t *Table) {
	if t.Stream != nil {
		t.Stream.Closed = true
	}
}

// note remembers a change for the table's stream. Writing an item that is there
// already is no change.
func (tx *Tx) note(t *Table, old, now *Row) {
	if t.Stream == nil || t.Stream.Closed || old == nil && now == nil {
		return
	}
	if old != nil && now != nil && old.Item.Equal(now.Item) {
		return
	}
	r := &Record{Expired: tx.Expiring}
	if old != nil {
		r.Old = old.Item
	}
	if now != nil {
		r.New = now.Item
	}
	tx.changes = append(tx.changes, Change{t.Stream, r})
}

// publish moves the changes of a successful transaction to their streams.
func (tx *Tx) publish() {
	if len(tx.changes) == 0 {
		return
	}
	now := tx.db.Now()
	for _, c := range tx.changes {
		tx.db.number++
		c.Record.Number, c.Record.At = tx.db.number, now
		c.Stream.Records = append(c.Stream.Records, c.Record)
	}
	for _, s := range tx.db.streams {
		s.trim(now)
	}
	if tx.db.Published != nil {
		tx.db.Published(tx.changes)
	}
}

// trim drops the records that are too old.
func (s *Stream) trim(now time.Time) { s.Records = s.Kept(now) }

// Kept returns the records that are not too old to be read.
func (s *Stream) Kept(now time.Time) []*Record {
	keep := slices.IndexFunc(s.Records, func(r *Record) bool { return now.Sub(r.At) < StreamLife })
	if keep < 0 {
		keep = len(s.Records)
	}
	return s.Records[keep:]
}

// Trimmed tells that a number is that of a record, or from before one, that is too
// old to be read.
func (s *Stream) Trimmed(number uint64, now time.Time) bool {
	kept := s.Kept(now)
	if len(kept) < len(s.Records) {
		return number <= s.Records[len(s.Records)-len(kept)-1].Number
	}
	return len(kept) > 0 && number < kept[0].Number && kept[0].Number > s.First
}

// From returns the records from a number on that are not too old to be read.
func (s *Stream) From(number uint64, now time.Time) []*Record {
	kept := s.Kept(now)
	i, _ := slices.BinarySearchFunc(kept, number, func(r *Record, n uint64) int {
		switch {
		case r.Number < n:
			return -1
		case r.Number > n:
			return 1
		}
		return 0
	})
	return kept[i:]
}

// Next returns the number that the next record of any stream will be above.
func (tx *Tx) Next() uint64 { return tx.db.number }
