package secrets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/go-thaw/thaw/cache"
)

// A DecodeError says that a value is not the JSON that it should be. It contains
// nothing of the value, and therefore does not wrap the decoder's error, which
// may quote it.
type DecodeError struct {
	// Type is the Go type that the value should be decoded into.
	Type string
	// Offset is the number of bytes that were read when the error was found, or
	// 0 if that is not known.
	Offset int64
}

func (e *DecodeError) Error() string {
	if e.Offset == 0 {
		return fmt.Sprintf("secrets: the value is not the JSON of a %s", e.Type)
	}
	return fmt.Sprintf("secrets: the value is not the JSON of a %s, see byte %d", e.Type, e.Offset)
}

func newDecodeError[T any](err error) *DecodeError {
	e := &DecodeError{Type: fmt.Sprintf("%T", *new(T))}
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		e.Offset = syntax.Offset
	case errors.As(err, &mismatch):
		e.Offset = mismatch.Offset
	}
	return e
}

// JSON turns a loader of texts into one of values of type T, which their JSON is
// decoded into when they are loaded, not when they are read.
func JSON[T any, K comparable](load func(context.Context, K) (Secret[string], error)) func(context.Context, K) (Secret[T], error) {
	return func(ctx context.Context, key K) (Secret[T], error) {
		text, err := load(ctx, key)
		if err != nil {
			return Secret[T]{}, err
		}
		return decode[T](text)
	}
}

// JSONMany is [JSON] for LoadMany of [cache.Options]. A value that cannot be
// decoded fails alone.
func JSONMany[T any, K comparable](loadMany func(context.Context, []K) (map[K]Secret[string], error)) func(context.Context, []K) (map[K]Secret[T], error) {
	return func(ctx context.Context, keys []K) (map[K]Secret[T], error) {
		texts, err := loadMany(ctx, keys)
		failed := make(map[K]error)
		var some *cache.ManyError[K]
		if errors.As(err, &some) {
			maps.Copy(failed, some.Errors)
		} else if err != nil {
			return nil, err
		}
		values := make(map[K]Secret[T], len(texts))
		for key, text := range texts {
			value, err := decode[T](text)
			if err != nil {
				failed[key] = err
				continue
			}
			values[key] = value
		}
		if len(failed) > 0 {
			return values, &cache.ManyError[K]{Errors: failed}
		}
		return values, nil
	}
}

func decode[T any](text Secret[string]) (Secret[T], error) {
	var value T
	if err := json.Unmarshal([]byte(text.Reveal()), &value); err != nil {
		return Secret[T]{}, newDecodeError[T](err)
	}
	return New(value), nil
}
