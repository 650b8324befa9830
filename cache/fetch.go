package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// fly runs the load of one key. It is the whole life of its goroutine.
//
// Whatever the functions of the options do, the flight ends: if they return,
// panic, or end the goroutine. A panic is not passed on, because on this
// goroutine it would end the process, whoever recovers elsewhere.
func (c *Cache[K, V]) fly(f *flight[K, V]) {
	began, returned := time.Now(), false
	defer func() {
		if !returned {
			f.fail(recovered(recover()))
		}
		defer c.end(f) // whatever Store.Put does
		if c.land(f, time.Since(began)) && c.changed != nil {
			c.putStore(f)
		}
	}()
	f.value, f.err = c.fetch(f)
	c.prepare(f)
	returned = true
}

// flyTogether is fly for one load of several keys, under the context of the
// first.
func (c *Cache[K, V]) flyTogether(flights []*flight[K, V]) {
	began, returned := time.Now(), false
	defer func() {
		if !returned {
			err := recovered(recover())
			for _, f := range flights {
				f.fail(err)
			}
		}
		c.landTogether(flights, time.Since(began))
	}()
	c.fetchMany(flights)
	for _, f := range flights {
		c.prepare(f)
	}
	returned = true
}

// recovered returns the error of a load that did not return.
func recovered(panicked any) error {
	if panicked == nil {
		return ErrLoaderExited
	}
	return &PanicError{Value: panicked, Stack: debug.Stack()}
}

// landTogether lands flights whose load took a time, and then gives the store
// what is new, when nobody has to wait for it.
func (c *Cache[K, V]) landTogether(flights []*flight[K, V], took time.Duration) {
	var put []*flight[K, V]
	for _, f := range flights {
		defer c.end(f) // whatever Store.Put does
		if c.land(f, took) && c.changed != nil {
			put = append(put, f)
		}
		took = 0 // counted once
	}
	for _, f := range put {
		c.putStore(f)
	}
}

// fetch gets the value of one key, from the store or from the origin.
func (c *Cache[K, V]) fetch(f *flight[K, V]) (V, error) {
	if value, ok := c.getStore(f); ok {
		return value, nil
	}
	var none V
	switch o := &c.options; {
	case o.Load != nil:
		value, err := o.Load(f.ctx, f.key)
		return value, timedOut(f.ctx, err)
	case o.LoadMany != nil:
		values, err := o.LoadMany(f.ctx, []K{f.key})
		if value, ok := values[f.key]; ok && err == nil {
			return value, nil
		} else if err == nil {
			return none, ErrNotFound
		}
		return none, timedOut(f.ctx, err)
	}
	return none, ErrNoLoader
}

// fetchMany gets the values of several keys in one call of LoadMany, after
// asking the store for each.
func (c *Cache[K, V]) fetchMany(flights []*flight[K, V]) {
	var missing []*flight[K, V]
	var keys []K
	for _, f := range flights {
		value, ok := c.getStore(f)
		if !ok {
			missing, keys = append(missing, f), append(keys, f.key)
		}
		f.value = value
	}
	if len(keys) == 0 {
		return
	}
	ctx := missing[0].ctx
	values, err := c.options.LoadMany(ctx, keys)
	for _, f := range missing {
		value, ok := values[f.key]
		switch {
		case err != nil:
			f.err = timedOut(ctx, err)
		case !ok:
			f.err = ErrNotFound
		default:
			f.value = value
		}
	}
}

// timedOut returns the error of a load, marked as a timeout if it came after
// the context had ended: that can only be the load timeout.
func timedOut(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("%w: %w", ErrLoadTimeout, err)
}

// prepare makes the node that the flight's result is to be stored as, with the
// functions of the options.
func (c *Cache[K, V]) prepare(f *flight[K, V]) {
	o := &c.options
	if f.err == nil {
		f.node = c.newNode(f.key, f.value, f.started, f.limit)
		return
	}
	var none V
	f.value = none
	f.gone = errors.Is(f.err, ErrNotFound) || o.NotFound != nil && o.NotFound(f.err)
	if f.gone && o.NegativeTTL > 0 {
		f.node = &node[K, V]{
			key:    f.key,
			absent: &LoadError{Key: f.key, Err: f.err, notFound: true},
			stored: f.started,
			ttl:    jittered(o.NegativeTTL, o.Jitter),
		}
	}
}
