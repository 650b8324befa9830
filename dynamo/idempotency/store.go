package idempotency

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Store keeps the records of operations. It is safe for concurrent use.
type Store struct {
	backend backend
	o       *Options
	local   *local
	mono    func() time.Duration // the monotonic clock
}

// New returns a store on a DynamoDB table that has one partition key, a string
// named "id" unless Options say otherwise, and no sort key. A nil o is the same
// as new(Options).
func New(client API, table string, o *Options) (*Store, error) {
	if client == nil {
		return nil, errors.New("idempotency: New: the client is nil")
	}
	if table == "" {
		return nil, errors.New("idempotency: New: the table has no name")
	}
	filled, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("idempotency: New: %w", err)
	}
	return newStore(newTable(client, table, filled), filled)
}

func newStore(b backend, o *Options) (*Store, error) {
	filled, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	s := &Store{backend: b, o: filled, mono: func() time.Duration { return time.Since(start) }}
	s.local = newLocal(s.o.Local)
	return s, nil
}

// now returns the wall clock in milliseconds, rounded down.
func (s *Store) now() int64 { return s.o.Now().UnixMilli() }

// settings returns those of one operation, and panics on invalid ones: they are
// the program's, not the input's.
func (s *Store) settings(operation string, options []Option) *settings {
	set := &settings{timing: timing{s.o.Expiry, s.o.Timeout, s.o.Hold, s.o.Renew}, wait: s.o.Wait}
	for _, option := range options {
		option(set)
	}
	if err := checkOperation(operation); err != nil {
		panic("idempotency: " + err.Error())
	}
	if err := set.check(); err != nil {
		panic(fmt.Sprintf("idempotency: operation %s: %v", operation, err))
	}
	return set
}

// maxOperation leaves room for the hash in the 2,048 bytes of a partition key:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html.
const maxOperation = 1024

func checkOperation(operation string) error {
	switch {
	case operation == "":
		return errors.New("the operation has no name")
	case len(operation) > maxOperation:
		return fmt.Errorf("the name of the operation has %d bytes, more than %d", len(operation), maxOperation)
	}
	return nil
}

// ID returns the partition key of the record of an operation's key, for logs and
// to look it up in the table.
func (s *Store) ID(operation string, key Key) (string, error) {
	if err := checkOperation(operation); err != nil {
		return "", fmt.Errorf("idempotency: %w", err)
	}
	return key.id(operation)
}

// Forget removes the record of an operation's key, so that the next call runs
// the operation again. A key that is in progress is an [*InProgressError]; one
// without a record is no error. Other processes may still have the result in
// their memory, see [Options.Local].
func (s *Store) Forget(ctx context.Context, operation string, key Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	id, err := s.ID(operation, key)
	if err != nil {
		return err
	}
	s.local.remove(id)
	now := s.now()
	c := &call{store: s, operation: operation, id: id}
	stored, ok, err := s.backend.remove(ctx, id, "", idle, now)
	switch {
	case err != nil:
		return c.wrap(err)
	case !ok && stored != nil:
		return c.inProgress(stored, nil)
	}
	return nil
}
