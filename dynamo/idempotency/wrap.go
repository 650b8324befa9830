package idempotency

import (
	"context"
	"errors"
	"fmt"
)

// Wrap returns fn so that it runs at most once per key while the key's record
// lives: a repeat gets the result of the first run.
//
// The operation is a name with a version, such as "charge/v1". It is part of the
// key, so that operations can share a table; give it a new version when the
// meaning of its key or the type of its result changes. key is called once,
// before fn, so that fn may change its input.
//
// The result is stored as JSON, so it comes back with what encoding/json keeps
// of it: exported fields, nil slices and empty ones told apart; a
// [json.RawMessage] byte by byte. The value in an Out of an interface type keeps
// its type if that is a basic one, or what JSON decodes to by itself; of another
// one, and of text that is not valid UTF-8, only the completion is stored.
// Whatever fn returns beside an error is not stored.
//
// fn's context ends a little before the lock does, see [Options.Timeout]. When
// fn fails, its key is released, unless the error is marked by [Remember]; when
// it panics, the key is released and the panic goes on. With [ErrLockLost] and
// [*UnsavedError] the result of fn is returned as well.
//
// Wrap panics on an operation without a name, a nil function, and invalid
// options.
func Wrap[In, Out any](
	store *Store, operation string, key func(In) Key, fn func(context.Context, In) (Out, error), options ...Option,
) func(context.Context, In) (Out, error) {
	if key == nil {
		panic(fmt.Sprintf("idempotency: operation %s: a function is nil", operation))
	}
	return WrapContext(store, operation, func(_ context.Context, in In) Key { return key(in) }, fn, options...)
}

// WrapContext is [Wrap] for a key that comes with the context: the id of the
// event that is handled, or the tenant.
func WrapContext[In, Out any](
	store *Store, operation string, key func(context.Context, In) Key, fn func(context.Context, In) (Out, error), options ...Option,
) func(context.Context, In) (Out, error) {
	if store == nil || key == nil || fn == nil {
		panic(fmt.Sprintf("idempotency: operation %s: the store or a function is nil", operation))
	}
	w := &wrapped[In, Out]{store: store, operation: operation, key: key, fn: fn, codec: newCodec[Out]()}
	w.settings = store.settings(operation, options)
	if w.settings.fingerprint != nil {
		payload, ok := w.settings.fingerprint.(func(In) any)
		if !ok {
			panic(fmt.Sprintf("idempotency: operation %s: Payload takes a %T, not a %T", operation, w.settings.fingerprint, payload))
		}
		w.payload = payload
	}
	return w.call
}

// Handler is [WrapContext] for functions without a result, such as handlers of
// messages and of events:
//
//	send := idempotency.Handler(store, "send-email/v1",
//		func(_ context.Context, m queue.Message[Email]) idempotency.Key { return idempotency.Key{m.ID} },
//		mail, idempotency.RetryWith(queue.RetryAfter))
//
//	welcome := idempotency.Handler(store, "welcome/v1",
//		func(ctx context.Context, _ User) idempotency.Key {
//			return idempotency.Key{idempotency.NonEmpty(events.IdempotencyKey(ctx))}
//		}, sendWelcome)
//
// A repeat returns nil without calling fn.
func Handler[In any](
	store *Store, operation string, key func(context.Context, In) Key, fn func(context.Context, In) error, options ...Option,
) func(context.Context, In) error {
	if fn == nil {
		panic(fmt.Sprintf("idempotency: operation %s: the function is nil", operation))
	}
	run := WrapContext(store, operation, key, func(ctx context.Context, in In) (struct{}, error) {
		return struct{}{}, fn(ctx, in)
	}, options...)
	return func(ctx context.Context, in In) error {
		_, err := run(ctx, in)
		if errors.Is(err, ErrNoResult) {
			return nil // there is none to give
		}
		return err
	}
}

// wrapped is an operation with its types.
type wrapped[In, Out any] struct {
	store     *Store
	operation string
	settings  *settings
	key       func(context.Context, In) Key
	payload   func(In) any
	fn        func(context.Context, In) (Out, error)
	codec     codec[Out]
}

// An invocation is one call of an operation.
type invocation[In, Out any] struct {
	call
	w   *wrapped[In, Out]
	in  In
	out Out
}

func (i *invocation[In, Out]) run(ctx context.Context) (err error) {
	i.out, err = i.w.fn(ctx, i.in)
	return err
}

func (i *invocation[In, Out]) encode() ([]byte, error) { return i.w.codec.encode(i.out) }

func (w *wrapped[In, Out]) call(ctx context.Context, in In) (Out, error) {
	i := &invocation[In, Out]{call: call{store: w.store, settings: w.settings, operation: w.operation}, w: w, in: in}
	i.typed = i
	c := &i.call
	if w.store.o.Disabled {
		w.store.observe(ctx, c, Unprotected, false, nil)
		return w.fn(ctx, in)
	}
	if err := w.identify(ctx, c, in); err != nil {
		if w.settings.withoutKey && errors.Is(err, ErrMissingKey) {
			w.store.observe(ctx, c, Unprotected, false, err)
			return w.fn(ctx, in)
		}
		return i.out, c.refuse(ctx, err)
	}
	text, replayed, err := c.do(ctx)
	if !replayed || err != nil {
		return i.out, err
	}
	out, err := w.codec.decode(text)
	if err != nil {
		err = c.wrap(fmt.Errorf("%w: %w; give the operation a new version when its result changes", ErrNoResult, err))
	}
	return out, err
}

// identify sets the id and the payload's hash, once for the whole call.
func (w *wrapped[In, Out]) identify(ctx context.Context, c *call, in In) error {
	var err error
	if c.id, err = w.key(ctx, in).id(w.operation); err != nil || w.payload == nil {
		return err
	}
	if c.payload, err = fingerprint(w.payload(in)); err != nil {
		return c.wrap(err)
	}
	return nil
}
