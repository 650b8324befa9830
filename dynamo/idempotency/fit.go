package idempotency

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
)

// The limits of an item, see
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html,
// and what a record takes besides its key and its result.
const (
	maxItem      = 400 * 1024
	recordSize   = 512
	maxReference = 1024
)

var errTooLarge = errors.New("the result is too large for an item, also compressed, and Options.Offload is not set")

// fit puts result into r: as it is, else compressed, else offloaded, else not at
// all, which the error explains.
func (c *call) fit(ctx context.Context, lock *attempt, r *record, result []byte) error {
	limit := maxItem - recordSize - len(c.id) - len(c.store.o.KeyAttribute) - len(c.store.o.TTLAttribute)
	if len(result) <= limit {
		r.encoding, r.result = plain, result
		return nil
	}
	if small := zip(result); len(small) <= limit {
		r.encoding, r.result = gzipped, small
		return nil
	}
	r.encoding = absent
	hook := c.store.o.Offload
	if hook == nil {
		return errTooLarge
	}
	ctx, cancel := c.detached(ctx, lock)
	defer cancel()
	reference, err := hook.Put(ctx, c.id, result)
	switch {
	case err != nil:
		return fmt.Errorf("offload the result: %w", err)
	case reference == "" || len(reference) > maxReference:
		return fmt.Errorf("offload the result: the reference has %d bytes, not 1 to %d", len(reference), maxReference)
	}
	r.encoding, r.result = offloaded, []byte(reference)
	return nil
}

func zip(data []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(data) // a buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

func unzip(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoResult, err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoResult, err)
	}
	return out, nil
}
