package store

import (
	"context"
	"errors"
	"time"

	"github.com/go-thaw/thaw/dynamo"
)

// A registration is one counted event. There is one item per event rather than
// one counter for all: a repeated event then changes nothing, and no single
// item takes all the writes.
type registration struct {
	Day string `dynamodbav:"day"`
	Key string `dynamodbav:"key"`
}

// CountRegistration counts one registration on the day of at. A key that was
// counted before is not counted again.
func (s *Store) CountRegistration(ctx context.Context, key string, at time.Time) error {
	return unlessExists(s.registrations.Create(ctx, &registration{Day: day(at), Key: key}))
}

// Registrations returns how many users have registered on the day of at.
func (s *Store) Registrations(ctx context.Context, at time.Time) (int, error) {
	count := 0
	for _, err := range s.registrations.Query(ctx, dynamo.Query{Partition: dynamo.Key{day(at)}}) {
		if err != nil {
			return 0, err
		}
		count++
	}
	return count, nil
}

func day(at time.Time) string { return at.UTC().Format(time.DateOnly) }

// unlessExists turns "it exists" into success, for writes that may be repeated.
func unlessExists(err error) error {
	if errors.Is(err, dynamo.ErrExists) {
		return nil
	}
	return err
}
