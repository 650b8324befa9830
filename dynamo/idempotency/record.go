package idempotency

import "time"

// A record is what is stored of one key. Times are in milliseconds since 1970.
type record struct {
	token     string // of the attempt that wrote it
	completed bool   // otherwise it is a lock
	started   int64  // when the attempt began
	until     int64  // a lock: its deadline and what it is held after it; a result: its expiry
	payload   string // hash, empty when the payload is not validated
	failed    bool   // the result is the message of a remembered error
	encoding  string // of result
	result    []byte
}

// The encodings of a result.
const (
	plain     = ""
	gzipped   = "gzip"
	offloaded = "offloaded" // result is the reference that the hook returned
	absent    = "none"      // the operation has completed, its result was not kept
)

// A condition is what a write expects of the stored record.
type condition uint8

const (
	// free: there is none, or its time is over. One clause covers results that
	// have expired and locks whose deadline has passed.
	free condition = iota
	// mine: it is the lock of the attempt that writes.
	mine
	// mineOrNone: as mine, or there is none.
	mineOrNone
	// idle: nobody runs.
	idle
)

// holds tells whether stored, nil if there is none, meets c. It says in Go what
// the table's condition expressions say.
func (c condition) holds(stored *record, token string, now int64) bool {
	over := stored == nil || stored.until <= now
	own := stored != nil && !stored.completed && stored.token == token
	switch c {
	case free:
		return over
	case mine:
		return own
	case mineOrNone:
		return own || stored == nil
	default:
		return over || stored.completed
	}
}

// millis returns t in milliseconds, rounded up: nothing ends before its time.
func millis(t time.Time) int64 {
	ms := t.UnixMilli()
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		ms++
	}
	return ms
}
