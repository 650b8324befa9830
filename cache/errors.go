package cache

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Errors of [Cache.Get]. They arrive inside a [*LoadError]; test for them with
// [errors.Is].
var (
	// ErrNotFound says that there is no value for the key. A Load function
	// returns it, as it is or wrapped, to say so.
	ErrNotFound = errors.New("not found")

	// ErrNoLoader says that the key is not in the cache and that the cache has
	// no Load function to get it with.
	ErrNoLoader = errors.New("the cache has no Load function")

	// ErrLoadTimeout says that a load took longer than Options.LoadTimeout. It
	// is not the deadline of the caller's context: that one comes back as the
	// context's own error.
	ErrLoadTimeout = errors.New("load timed out")

	// ErrLoaderExited says that the Load function ended its goroutine with
	// [runtime.Goexit] instead of returning, as FailNow of a test does.
	ErrLoaderExited = errors.New("the Load function called runtime.Goexit")
)

// A LoadError says that the value of a key could not be loaded, and why. Every
// caller that waited for the load gets the same one.
type LoadError struct {
	// Key is the key, of the cache's key type.
	Key any
	// Err is what the Load function returned, a [*PanicError], or one of the
	// errors of this package.
	Err error

	notFound bool
}

func (e *LoadError) Error() string { return fmt.Sprintf("cache: load %v: %v", e.Key, e.Err) }

// Unwrap returns Err.
func (e *LoadError) Unwrap() error { return e.Err }

// Is makes an error that Options.NotFound recognised match [ErrNotFound],
// besides what Err matches.
func (e *LoadError) Is(target error) bool { return e.notFound && target == ErrNotFound }

// A ManyError says which keys [Cache.GetMany] could not get.
type ManyError[K comparable] struct {
	// Errors has what Get would have returned, by key. Keys that have no value
	// are not in it.
	Errors map[K]error
}

func (e *ManyError[K]) Error() string {
	for _, err := range e.Errors {
		return fmt.Sprintf("cache: %d keys could not be loaded, one of them: %v", len(e.Errors), err)
	}
	return "cache: no key failed"
}

// Unwrap returns the errors, in no particular order.
func (e *ManyError[K]) Unwrap() []error { return slices.Collect(maps.Values(e.Errors)) }

// A PanicError is a panic of a Load function. The panic is returned to those
// who wait for the value, because the load runs on a goroutine of its own,
// where nobody else could recover it.
type PanicError struct {
	// Value is the value of the panic.
	Value any
	// Stack is the stack of the goroutine that panicked.
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("the Load function panicked: %v", e.Value) }

// Unwrap returns Value if it is an error, else nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
