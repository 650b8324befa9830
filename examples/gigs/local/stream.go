package local

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// A Stream is the mapping of a table's stream to a function, of one shard: it
// delivers in order, and again what the function reports.
type Stream struct {
	handler lambda.Handler
	arrived chan struct{}

	mu      sync.Mutex
	records []json.RawMessage
}

// perBatch is the mapping's batch size, and retryAfter how long it waits after a
// failure.
const (
	perBatch   = 100
	retryAfter = 100 * time.Millisecond
)

func newStream(tables *dynamotest.Fake, table string, handler lambda.Handler) *Stream {
	s := &Stream{handler: handler, arrived: make(chan struct{}, 1)}
	tables.OnStream(table, s.add)
	return s
}

// add takes the changes of an operation.
func (s *Stream) add(event []byte) {
	var changes struct{ Records []json.RawMessage }
	if err := json.Unmarshal(event, &changes); err != nil {
		panic(err) // the fake's own document
	}
	s.mu.Lock()
	s.records = append(s.records, changes.Records...)
	s.mu.Unlock()
	select {
	case s.arrived <- struct{}{}:
	default:
	}
}

// Run delivers what comes, until ctx ends. An invocation that has begun is finished,
// as on Lambda.
func (s *Stream) Run(ctx context.Context) error {
	var again <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.arrived:
		case <-again:
		}
		again = nil
		if _, err := s.Drain(context.WithoutCancel(ctx)); err != nil {
			again = time.After(retryAfter)
		}
	}
}

// Drain delivers what is there and returns how many records were done. It stops at
// a failure, whose record stays.
func (s *Stream) Drain(ctx context.Context) (done int, err error) {
	for {
		s.mu.Lock()
		batch := slices.Clone(s.records[:min(perBatch, len(s.records))])
		s.mu.Unlock()
		if len(batch) == 0 {
			return done, nil
		}
		n, err := s.deliver(ctx, batch)
		s.mu.Lock()
		s.records = s.records[n:] // others only append
		s.mu.Unlock()
		if done += n; err != nil {
			return done, err
		}
	}
}

// deliver invokes the function and returns how many records of the batch are done.
func (s *Stream) deliver(ctx context.Context, batch []json.RawMessage) (int, error) {
	payload, err := json.Marshal(map[string]any{"Records": batch})
	if err != nil {
		return 0, err
	}
	answer, err := s.handler.Invoke(ctx, payload)
	if err != nil {
		return 0, err
	}
	var response struct {
		Failures []struct {
			ID string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &response); err != nil {
		return 0, err
	}
	if len(response.Failures) == 0 {
		return len(batch), nil
	}
	for i, raw := range batch {
		var record struct {
			Change struct{ SequenceNumber string } `json:"dynamodb"`
		}
		if err := json.Unmarshal(raw, &record); err != nil {
			return 0, err
		}
		if record.Change.SequenceNumber == response.Failures[0].ID {
			return i, errUnfinished
		}
	}
	return 0, errUnfinished
}
