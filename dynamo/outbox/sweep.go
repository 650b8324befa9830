package outbox

import (
	"context"
	"strconv"

	"github.com/go-thaw/thaw/dynamo"
)

// perRelay is how many keys a sweep relays at once.
const perRelay = 100

// Sweep publishes what has waited for longer than MinAge: what the stream has
// given up on or never got. Call it every few minutes, by a schedule. The error
// is a [*RelayError], or that of reading the index; what it does not reach is
// taken up by the next sweep.
func (o *Outbox) Sweep(ctx context.Context) (Result, error) {
	s := sweep{Outbox: o, seen: make(map[string]*lane)}
	var err error
	for shard := 0; shard < o.options.Shards && err == nil; shard++ {
		err = s.shard(ctx, pendingPrefix+strconv.Itoa(shard))
	}
	s.relay(ctx)
	if failures := o.finish(ctx, s.result, s.lanes); failures != nil && err == nil {
		err = failures
	}
	return s.result, err
}

type sweep struct {
	*Outbox
	seen   map[string]*lane
	next   []*lane // to be relayed
	lanes  []*lane // that were
	result Result
}

// shard collects the keys of a partition of the index.
func (s *sweep) shard(ctx context.Context, state string) error {
	oldest := s.options.Now().Add(-max(s.options.MinAge, 0)).UnixMilli()
	query := dynamo.Query{Index: index, Partition: dynamo.Key{state}, Sort: dynamo.AtMost(oldest)}
	for i, err := range s.events.Query(ctx, query) {
		if err != nil {
			return err
		}
		if err := s.late(ctx); err != nil {
			return err
		}
		l, seen := s.seen[i.Key]
		switch {
		case !seen:
			l = &lane{key: i.Key, from: i.Seq}
			s.seen[i.Key] = l
			s.next = append(s.next, l)
		case l.done == "":
			l.from = min(l.from, i.Seq)
		}
		if len(s.next) == perRelay {
			s.relay(ctx)
		}
	}
	return nil
}

// relay relays the keys that were collected.
func (s *sweep) relay(ctx context.Context) {
	r := s.Outbox.relay(ctx, s.next)
	s.result.Published += r.Published
	s.result.Parked += r.Parked
	s.result.Failed += r.Failed
	s.lanes = append(s.lanes, s.next...)
	s.next = nil
}
