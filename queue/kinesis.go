package queue

import (
	"context"
	"encoding/json"
)

// A StreamMessage is what a handler of [NewKinesisProcessor] gets: one record of
// a Kinesis data stream with its data decoded.
type StreamMessage[T any] struct {
	StreamRecord
	// Body is the decoded data.
	Body T
	// Data is the data as it was put. Records that the Kinesis Producer Library
	// aggregated are not taken apart.
	Data []byte
}

// NewKinesisProcessor returns a processor for a Kinesis data stream, which calls
// handler for each record. Nil options mean the defaults. It panics when handler
// is nil or an option is out of its range.
func NewKinesisProcessor[T any](handler func(context.Context, StreamMessage[T]) error, options *StreamOptions) *StreamProcessor {
	if handler == nil {
		panic("queue: NewKinesisProcessor: the handler is nil")
	}
	decode := json.Unmarshal
	if options != nil && options.Decode != nil {
		decode = options.Decode
	}
	return newStreamProcessor(kinesisFormat, options, func(r *StreamRecord) (func(context.Context) error, error) {
		data, err := r.decodeKinesis()
		if err != nil {
			return nil, &DecodeError{ID: r.SequenceNumber, Err: err}
		}
		m := StreamMessage[T]{StreamRecord: *r, Data: data}
		if err := decode(data, &m.Body); err != nil {
			return nil, &DecodeError{ID: r.SequenceNumber, Body: true, Err: err}
		}
		return func(ctx context.Context) error { return handler(ctx, m) }, nil
	})
}

// kinesisFormat is the format of Kinesis records.
var kinesisFormat = format{
	source: "aws:kinesis", id: []string{"kinesis", "sequenceNumber"}, key: []string{"kinesis", "partitionKey"},
}

// decodeKinesis fills in r from its Raw record and returns its data.
func (r *StreamRecord) decodeKinesis() ([]byte, error) {
	var wire struct {
		EventID        string `json:"eventID"`
		EventSourceARN string `json:"eventSourceARN"`
		Kinesis        struct {
			Data                        []byte      `json:"data"`
			PartitionKey                string      `json:"partitionKey"`
			ApproximateArrivalTimestamp seconds1970 `json:"approximateArrivalTimestamp"`
		} `json:"kinesis"`
	}
	if err := json.Unmarshal(r.Raw, &wire); err != nil {
		return nil, err
	}
	r.ID, r.Stream = wire.EventID, wire.EventSourceARN
	r.PartitionKey, r.Time = wire.Kinesis.PartitionKey, wire.Kinesis.ApproximateArrivalTimestamp.time()
	return wire.Kinesis.Data, nil
}
