package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// API is what a limiter needs of DynamoDB. A *dynamodb.Client has it.
type API interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
}

// A Limiter holds every key to one limit, in all processes that use the same
// table and name. It is safe for concurrent use. Make one per process.
type Limiter struct {
	api     API
	table   string
	limit   Limit
	options Options
	fill    int64 // the time in which an empty bucket becomes full
	slack   int64 // how far stamps of requests under way at once may differ
	ahead   int64 // how far a mark may be ahead of the clock
	clock   *clock
	memory  *memory
}

// New returns a limiter on table, which has a string as its partition key. It
// sends nothing. Nil options mean the defaults.
func New(client API, table string, limit Limit, options *Options) (*Limiter, error) {
	if client == nil {
		return nil, errors.New("ratelimit: New: client must not be nil")
	}
	if table == "" {
		return nil, errors.New("ratelimit: New: table must not be empty")
	}
	limit, err := limit.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("ratelimit: New: %w", err)
	}
	o, err := options.withDefaults(&limit)
	if err != nil {
		return nil, fmt.Errorf("ratelimit: New: %w", err)
	}
	slack := int64(o.Skew + o.Timeout)
	return &Limiter{
		api: client, table: table, limit: limit, options: o,
		fill:   limit.cost(limit.Burst),
		slack:  slack,
		ahead:  slack + limit.cost(o.Batch),
		clock:  &clock{source: o.Now, tolerance: o.Skew},
		memory: newMemory(o.Keys),
	}, nil
}

// Limit returns the limit with its defaults filled in.
func (l *Limiter) Limit() Limit { return l.limit }

// Overshoot returns how many tokens more than the bucket's own may be granted
// for one key: over any time t, and over all processes together, at most
//
//	Burst + Rate·t/Per + Overshoot()
//
// where Overshoot is Rate/Per · (Hold + 2·Timeout + 2·Skew), rounded up, and Hold
// counts only with a Batch over 1. The package's doc says where each part comes
// from, and what is not covered.
func (l *Limiter) Overshoot() int {
	d := 2 * l.slack
	if l.options.Batch > 1 {
		d += int64(l.options.Hold)
	}
	return l.limit.tokens(d) + 1
}

// Allow is AllowN for one token.
func (l *Limiter) Allow(ctx context.Context, key string) (Decision, error) {
	return l.AllowN(ctx, key, 1)
}

// AllowN takes n tokens from the bucket of key, or none. A refusal is a Decision
// and not an error.
//
// The error is that of ctx, [ErrKey], [ErrTokens] or, under [FailClosed], a
// [*StoreError]; nothing is allowed then.
func (l *Limiter) AllowN(ctx context.Context, key string, n int) (Decision, error) {
	refused := Decision{Limit: l.limit.Burst}
	if err := ctx.Err(); err != nil {
		return refused, err
	}
	if n < 1 || n > l.limit.Burst {
		return refused, fmt.Errorf("ratelimit: key %q: %w: %d of a burst of %d", key, ErrTokens, n, l.limit.Burst)
	}
	if key == "" {
		return refused, fmt.Errorf("ratelimit: %w", ErrKey)
	}
	now, steady := l.clock.now()
	known := level{}
	if steady {
		d, decided, latest := l.local(key, now, n)
		if decided {
			return d, nil
		}
		known = latest
	}
	limited, cancel := context.WithTimeout(ctx, l.options.Timeout)
	defer cancel()
	d, err := l.shared(limited, key, n, known)
	if err == nil {
		return d, nil
	}
	if ctx.Err() != nil {
		return refused, ctx.Err()
	}
	if limited.Err() != nil {
		err = context.DeadlineExceeded
	}
	return l.fail(ctx, &StoreError{Key: key, Err: err}, n)
}

// shared decides with the table: at most one read and one write.
func (l *Limiter) shared(ctx context.Context, key string, n int, known level) (Decision, error) {
	now, _ := l.clock.now()
	if !l.certain(known, now) {
		var err error
		if known, err = l.read(ctx, key); err != nil {
			return Decision{}, err
		}
		now, _ = l.clock.now()
		l.memory.learn(key, known, now+l.ahead)
		if known.exists && known.mark <= now+l.ahead && now-known.mark < l.limit.cost(n) {
			return l.answer(known.mark, now, n, false), nil
		}
	}
	return l.write(ctx, key, n, l.plan(known, now, n))
}

// certain tells whether a write can rely on what is known without reading: the
// bucket is so far from full that no other process, with another clock, may have
// found it full and put its mark into the other slot.
func (l *Limiter) certain(known level, now int64) bool {
	margin := min(2*int64(l.options.Skew), l.fill/4)
	return known.exists && known.mark > now-l.fill+margin && known.mark <= now+l.ahead
}

// fail is the decision without the table.
func (l *Limiter) fail(ctx context.Context, err *StoreError, n int) (Decision, error) {
	if l.options.OnError != nil {
		l.options.OnError(ctx, err)
	}
	d := Decision{Limit: l.limit.Burst, Local: true, Err: err}
	switch l.options.Failure {
	case FailOpen:
		d.Allowed = true
		d.Remaining = l.limit.Burst
		return d, nil
	case FailLocal:
		own := l.memory.own(err.Key, l.limit)
		now := l.options.Now()
		d.Allowed = own.AllowN(now, n)
		held := own.TokensAt(now)
		d.Remaining = max(0, int(held))
		d.ResetAfter = time.Duration(max(0, float64(l.fill)*(1-held/float64(l.limit.Burst))))
		if !d.Allowed {
			d.RetryAfter = max(1, time.Duration((float64(n)-held)*float64(l.fill)/float64(l.limit.Burst)))
		}
		return d, nil
	}
	d.RetryAfter = l.options.Timeout
	return d, err
}
