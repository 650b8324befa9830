package queue

import (
	"context"
	"errors"
)

// A Sender sends messages to one queue. It keeps no messages back between calls
// and is safe for concurrent use.
type Sender[T any] struct {
	client  API
	url     string
	options SenderOptions
}

// SenderOptions configure a [Sender]. The zero value, or nil, is ready to use.
type SenderOptions struct {
	// Encode turns a body into the text of a message. Default json.Marshal.
	Encode func(v any) ([]byte, error)
}

// NewSender returns a sender to the queue at url.
func NewSender[T any](client API, url string, options *SenderOptions) (*Sender[T], error) {
	return &Sender[T]{client: client, url: url}, nil
}

// Send sends one message per body.
func (s *Sender[T]) Send(ctx context.Context, bodies ...T) error { return errors.ErrUnsupported }

// SendEntries sends messages with their groups, delays and attributes.
func (s *Sender[T]) SendEntries(ctx context.Context, entries ...Entry[T]) error {
	return errors.ErrUnsupported
}
