package ratelimit

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// memory is what the process knows of its keys: the newest level that it saw,
// and tokens that it took and has not used.
type memory struct {
	mu   sync.Mutex
	keys *simplelru.LRU[string, *entry]
}

type entry struct {
	level
	held held
	own  *rate.Limiter // of FailLocal, made when it is needed
}

// held are tokens of this process: those that came between from and to, a part
// of the bucket that was cut off. As in the bucket, a token can be used when its
// time has come, which for the last ones of a batch may be a little later. None
// can be used after until.
type held struct{ from, to, until int64 }

func newMemory(keys int) *memory {
	lru, err := simplelru.NewLRU[string, *entry](keys, nil)
	if err != nil {
		panic(err) // the size was checked
	}
	return &memory{keys: lru}
}

// entry returns key's, a new one if it has none. The caller holds the lock.
func (m *memory) entry(key string) *entry {
	e, ok := m.keys.Get(key)
	if !ok {
		e = new(entry)
		m.keys.Add(key, e)
	}
	return e
}

// learn remembers a level. A mark never moves back, so the highest is the
// newest, unless it is one from a clock that is ahead, beyond limit.
func (m *memory) learn(key string, seen level, limit int64) {
	if !seen.exists {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entry(key).learn(seen, limit)
}

func (e *entry) learn(seen level, limit int64) {
	if !e.exists || seen.mark >= e.mark || e.mark > limit {
		e.level = seen
	}
}

// took remembers a level that left tokens with this process. A rest of an
// earlier batch is given up.
func (m *memory) took(key string, seen level, limit int64, h held) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entry(key)
	e.learn(seen, limit)
	if h.to > h.from {
		e.held = h
	}
}

// own returns key's bucket for as long as the table does not answer.
func (m *memory) own(key string, limit Limit) *rate.Limiter {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entry(key)
	if e.own == nil {
		e.own = rate.NewLimiter(rate.Limit(float64(limit.Rate)/limit.Per.Seconds()), limit.Burst)
	}
	return e.own
}

// local decides without a request if it can: with held tokens, or because the
// bucket is known to be too empty, which only time can change. Otherwise it
// returns what is known.
func (l *Limiter) local(key string, now int64, n int) (d Decision, decided bool, known level) {
	cost := l.limit.cost(n)
	m := l.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.keys.Get(key)
	if !ok {
		return d, false, known
	}
	if now > e.held.until || now < e.held.until-int64(l.options.Hold)-l.slack {
		e.held = held{} // over, or the clock was set back
	}
	if h := &e.held; h.from+cost <= min(h.to, now) {
		h.from += cost
		d = l.answer(e.mark-(h.to-h.from), now, n, true)
		d.Local = true
		return d, true, e.level
	}
	if !e.exists || now-e.mark >= cost || e.mark > now+l.ahead {
		return d, false, e.level
	}
	d = l.answer(e.mark-(e.held.to-e.held.from), now, n, false)
	d.RetryAfter = time.Duration(e.mark + cost - now)
	if h := &e.held; h.from+cost <= h.to {
		d.RetryAfter = min(d.RetryAfter, time.Duration(h.from+cost-now))
	}
	d.Local = true
	return d, true, e.level
}
