package idempotency

import (
	"context"
	"fmt"
	"sync"
)

// A backend keeps records. A write whose condition fails reports false and
// returns the record that stands in its way, nil if there is none.
type backend interface {
	put(ctx context.Context, id string, r *record, c condition, now int64) (stored *record, ok bool, err error)
	remove(ctx context.Context, id, token string, c condition, now int64) (stored *record, ok bool, err error)
	get(ctx context.Context, id string) (*record, error)
}

// NewMemory returns a store that keeps its records in memory, for tests and for
// development. All but the table's attributes applies as in [New]: it is the
// same code over another backend. It panics on invalid options.
//
// Records whose time is over are dropped when their key comes again.
func NewMemory(o *Options) *Store {
	s, err := newStore(&memory{records: make(map[string]*record)}, o)
	if err != nil {
		panic(fmt.Sprintf("idempotency: NewMemory: %v", err))
	}
	return s
}

// memory is a backend for one process. Records are never changed once they are
// in the map.
type memory struct {
	mu      sync.Mutex
	records map[string]*record
}

func (m *memory) put(ctx context.Context, id string, r *record, c condition, now int64) (*record, bool, error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if stored := m.records[id]; !c.holds(stored, r.token, now) {
		return stored, false, nil
	}
	m.records[id] = r
	return nil, true, nil
}

func (m *memory) remove(ctx context.Context, id, token string, c condition, now int64) (*record, bool, error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if stored := m.records[id]; !c.holds(stored, token, now) {
		return stored, false, nil
	}
	delete(m.records, id)
	return nil, true, nil
}

func (m *memory) get(ctx context.Context, id string) (*record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.records[id], nil
}
