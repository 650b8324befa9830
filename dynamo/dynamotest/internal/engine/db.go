package engine

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// A DB is a set of tables. One lock guards all of it; it is held for the length
// of a function that does nothing but work in memory.
type DB struct {
	// Now is the clock of stream records.
	Now func() time.Time
	// Published is called with the changes that went to streams, in their
	// order and with the lock held; it must return at once. It may be nil.
	Published func([]Change)

	mu      sync.RWMutex
	tables  map[string]*Table
	streams []*Stream
	number  uint64 // of the last stream record
}

// NewDB returns an empty database.
func NewDB() *DB { return &DB{Now: time.Now, tables: make(map[string]*Table)} }

// A Tx is access to the tables for the length of one function. One for writing
// undoes its writes to rows when the function fails.
type Tx struct {
	// Expiring marks the removals of the transaction as those of time to live.
	Expiring bool

	db      *DB
	undo    []undo
	changes []Change
}

// An undo is what was there before a write to a row.
type undo struct {
	table *Table
	key   string
	row   *Row
}

// View runs f, which must not write, with the tables standing still.
func (db *DB) View(f func(*Tx) error) error {
	db.mu.RLock()
	defer db.mu.RUnlock()
	return f(&Tx{db: db})
}

// Update runs f alone. When it fails or panics, its writes to rows are undone.
func (db *DB) Update(f func(*Tx) error) (err error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	tx := &Tx{db: db}
	done := false
	defer func() {
		if !done || err != nil {
			tx.rollback()
			return
		}
		tx.publish()
	}()
	err = f(tx)
	done = true
	return err
}

func (tx *Tx) rollback() {
	for _, u := range slices.Backward(tx.undo) {
		u.table.put(u.key, u.row)
	}
}

// Table returns the table of that name, nil when there is none.
func (tx *Tx) Table(name string) *Table { return tx.db.tables[name] }

// Names returns the names of all tables in order.
func (tx *Tx) Names() []string { return slices.Sorted(maps.Keys(tx.db.tables)) }

// Create adds a table.
func (tx *Tx) Create(t *Table) { tx.db.tables[t.Name] = t }

// Drop removes a table and ends its stream.
func (tx *Tx) Drop(name string) {
	tx.CloseStream(tx.Table(name))
	delete(tx.db.tables, name)
}

// Put stores row under key, or removes what is there when row is nil, and
// returns what it was.
func (tx *Tx) Put(t *Table, key string, row *Row) (old *Row) {
	old = t.put(key, row)
	tx.undo = append(tx.undo, undo{t, key, old})
	tx.note(t, old, row)
	return old
}

// A Snapshot is the state of a database at one time.
type Snapshot struct {
	tables  map[string]*Table
	streams []*Stream
	number  uint64
}

// Snapshot returns the present state. It shares the rows, so it costs next to
// nothing until the tables change.
func (db *DB) Snapshot() Snapshot {
	db.mu.Lock()
	defer db.mu.Unlock()
	return Snapshot{db.tables, db.streams, db.number}.clone()
}

// Restore goes back to a snapshot, which stays usable. Stream records are not
// numbered anew.
func (db *DB) Restore(s Snapshot) {
	db.mu.Lock()
	defer db.mu.Unlock()
	s = s.clone()
	db.tables, db.streams = s.tables, s.streams
}

func (s Snapshot) clone() Snapshot {
	out := Snapshot{tables: make(map[string]*Table, len(s.tables)), number: s.number}
	streams := make(map[*Stream]*Stream, len(s.streams))
	for _, stream := range s.streams {
		c := *stream
		c.Records = slices.Clone(stream.Records)
		streams[stream] = &c
		out.streams = append(out.streams, &c)
	}
	for name, t := range s.tables {
		c := t.clone()
		c.Stream = streams[t.Stream]
		out.tables[name] = c
	}
	return out
}

func (t *Table) clone() *Table {
	out := *t
	out.rows = t.rows.Clone()
	out.Tags = slices.Clone(t.Tags)
	out.Indexes = make([]*Index, len(t.Indexes))
	for i, x := range t.Indexes {
		y := *x
		y.table, y.entries = &out, x.entries.Clone()
		out.Indexes[i] = &y
	}
	return &out
}
