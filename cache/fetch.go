package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// fly runs the load of one key. It is the whole life of its goroutine.
//
// A new goroutine has a stack of 2 KB, and copying it to a larger one costs more
// than all else that is done here. So functions that are called from here hand
// values on in the node, not on the stack, and are not deep.
func (c *Cache[K, V]) fly(f *flight[K, V]) {
	defer c.arrive(f)
	c.fetch(f)
	c.prepare(f)
	f.returned = true
}

// arrive ends a flight, whatever the functions of the options did: return,
// panic, or end the goroutine. A panic is not passed on, because on this
// goroutine it would end the process, whoever recovers elsewhere.
func (c *Cache[K, V]) arrive(f *flight[K, V]) {
	if !f.returned {
		f.fail(recovered(recover()))
	}
	defer c.end(f) // whatever Store.Put does
	if c.land(f, true) && c.changed != nil {
		c.putStore(f)
	}
}

// flyTogether is fly for one load of several keys, under the context of the
// first.
func (c *Cache[K, V]) flyTogether(flights []*flight[K, V]) {
	returned := false
	defer func() {
		if !returned {
			err := recovered(recover())
			for _, f := range flights {
				f.fail(err)
			}
		}
		c.landTogether(flights)
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

// landTogether lands the flights of one load, and then gives the store what is
// new, when nobody has to wait for it.
func (c *Cache[K, V]) landTogether(flights []*flight[K, V]) {
	var put []*flight[K, V]
	for i, f := range flights {
		defer c.end(f) // whatever Store.Put does
		if c.land(f, i == 0) && c.changed != nil {
			put = append(put, f)
		}
	}
	for _, f := range put {
		c.putStore(f)
	}
}

// fetch gets the value of one key, from the store or from the origin.
func (c *Cache[K, V]) fetch(f *flight[K, V]) {
	if c.changed != nil && c.getStore(f) {
		return
	}
	switch o := &c.options; {
	case o.Load != nil:
		f.node = &node[K, V]{key: f.key}
		f.node.value, f.err = o.Load(&f.ctx, f.key)
		f.err = timedOut(&f.ctx, f.err)
	case o.LoadMany != nil:
		c.fetchFrom([]*flight[K, V]{f})
	default:
		f.err = ErrNoLoader
	}
}

// fetchMany gets the values of several keys, from the store or with one call of
// LoadMany.
func (c *Cache[K, V]) fetchMany(flights []*flight[K, V]) {
	var missing []*flight[K, V]
	for _, f := range flights {
		if c.changed == nil || !c.getStore(f) {
			missing = append(missing, f)
		}
	}
	if len(missing) > 0 {
		c.fetchFrom(missing)
	}
}

// fetchFrom calls LoadMany, under the context of the first flight.
func (c *Cache[K, V]) fetchFrom(flights []*flight[K, V]) {
	keys := make([]K, len(flights))
	for i, f := range flights {
		keys[i] = f.key
	}
	ctx := &flights[0].ctx
	values, err := c.options.LoadMany(ctx, keys)
	var some *ManyError[K]
	partly := errors.As(err, &some)
	for _, f := range flights {
		value, ok := values[f.key]
		switch {
		case partly && some.Errors[f.key] != nil:
			f.err = timedOut(ctx, some.Errors[f.key])
		case err != nil && !partly:
			f.err = timedOut(ctx, err)
		case !ok:
			f.err = ErrNotFound
		default:
			f.node = &node[K, V]{key: f.key, value: value}
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

// prepare completes the node that the flight's result is to be stored as, with the
// functions of the options.
func (c *Cache[K, V]) prepare(f *flight[K, V]) {
	o := &c.options
	if f.err == nil {
		f.keep = c.measure(f.node, f.limit)
		f.node.stored = f.started
		return
	}
	f.node = nil
	f.gone = errors.Is(f.err, ErrNotFound) || o.NotFound != nil && o.NotFound(f.err)
	if f.gone && o.NegativeTTL > 0 {
		f.keep = true
		f.node = &node[K, V]{
			key:    f.key,
			absent: &LoadError{Key: f.key, Err: f.err, notFound: true},
			stored: f.started,
			ttl:    jittered(o.NegativeTTL, o.Jitter),
		}
	}
}
