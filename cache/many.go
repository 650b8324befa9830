package cache

import (
	"context"
	"errors"
)

// GetMany returns the values of several keys, as [Cache.Get] does for one. What
// is missing is loaded with one call of Options.LoadMany, except for keys that
// are being loaded already; without LoadMany each is loaded with Load, all at
// once.
//
// Keys that have no value are missing from the result. If other keys fail,
// GetMany returns those that did not, and a [*ManyError]; if ctx ends, those
// that came in time, and ctx's error as it is.
func (c *Cache[K, V]) GetMany(ctx context.Context, keys []K) (map[K]V, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	plans := c.askMany(ctx, keys)
	c.runAll(plans)
	values := make(map[K]V, len(plans))
	failed := make(map[K]error)
	for key, p := range plans {
		n, err := c.answer(ctx, p)
		switch {
		case err == nil:
			values[key] = c.give(n.value)
		case !errors.Is(err, ErrNotFound):
			failed[key] = err
		}
	}
	if ctx.Err() != nil && len(failed) > 0 {
		return values, ctx.Err()
	}
	if len(failed) > 0 {
		return values, &ManyError[K]{Errors: failed}
	}
	return values, nil
}

// askMany decides what to do for each distinct key, in one step, so that the
// soft timeouts of all begin now.
func (c *Cache[K, V]) askMany(ctx context.Context, keys []K) map[K]plan[K, V] {
	c.mu.Lock()
	defer c.unlock()
	plans := make(map[K]plan[K, V], len(keys))
	for _, key := range keys {
		if _, twice := plans[key]; !twice {
			plans[key] = c.plan(ctx, key)
		}
	}
	return plans
}

// runAll starts the flights that the plans need.
func (c *Cache[K, V]) runAll(plans map[K]plan[K, V]) {
	var flights []*flight[K, V]
	for _, p := range plans {
		if p.run {
			flights = append(flights, p.flight)
		}
	}
	if c.options.LoadMany != nil && len(flights) > 0 {
		go c.flyTogether(flights)
		return
	}
	for _, f := range flights {
		go c.fly(f)
	}
}
