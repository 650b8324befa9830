package idempotency

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// maxUnsaved is how many results are kept that could not be stored.
const maxUnsaved = 128

// local keeps completed records in this process: those that are stored, if
// Options.Local asks for them, and always those that could not be stored.
type local struct {
	mu             sync.Mutex
	saved, unsaved *simplelru.LRU[string, kept] // nil: none
}

// A kept record is over when either clock says so: a freeze may stop the
// monotonic clock, a correction may move the wall clock.
type kept struct {
	r    *record
	wall int64         // when it was kept, in milliseconds
	mono time.Duration // the same by the monotonic clock
}

func newLocal(size int) *local {
	l := new(local)
	if size > 0 {
		l.saved = newLRU(size)
	}
	return l
}

func newLRU(size int) *simplelru.LRU[string, kept] {
	lru, err := simplelru.NewLRU[string, kept](size, nil)
	if err != nil {
		panic(err) // it only refuses a size below 1
	}
	return lru
}

// empty tells whether there is nothing to find and nothing to keep.
func (l *local) empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.saved == nil && l.unsaved == nil
}

// find returns what is kept of id and whether it has been stored.
func (l *local) find(id string, wall int64, mono time.Duration) (r *record, saved bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := find(l.unsaved, id, wall, mono); r != nil {
		return r, false
	}
	return find(l.saved, id, wall, mono), true
}

func find(lru *simplelru.LRU[string, kept], id string, wall int64, mono time.Duration) *record {
	if lru == nil {
		return nil
	}
	k, ok := lru.Get(id)
	if !ok {
		return nil
	}
	left := time.Duration(k.r.until-k.wall) * time.Millisecond
	if k.r.until <= wall || mono-k.mono >= left {
		lru.Remove(id)
		return nil
	}
	return k.r
}

// keep remembers a completed record.
func (l *local) keep(id string, r *record, saved bool, wall int64, mono time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if saved {
		if l.unsaved != nil {
			l.unsaved.Remove(id)
		}
		if l.saved != nil {
			l.saved.Add(id, kept{r, wall, mono})
		}
		return
	}
	if l.unsaved == nil {
		l.unsaved = newLRU(maxUnsaved)
	}
	l.unsaved.Add(id, kept{r, wall, mono})
}

func (l *local) remove(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lru := range []*simplelru.LRU[string, kept]{l.saved, l.unsaved} {
		if lru != nil {
			lru.Remove(id)
		}
	}
}
