package dynamotest

import (
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
)

var (
	listStreamsShape    = inputShape(members(textShape, "TableName", "ExclusiveStartStreamArn"), members(intShape, "Limit"))
	describeStreamShape = inputShape(members(textShape, "StreamArn", "ExclusiveStartShardId"), members(intShape, "Limit"))
)

// maxStreams is how many streams ListStreams answers at once, and how many
// shards DescribeStream does.
const maxStreams = 100

// listStreams is ListStreams.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_ListStreams.html
func listStreams(r *request) (any, error) {
	type stream struct{ StreamArn, TableName, StreamLabel string }
	out := struct {
		Streams                []stream
		LastEvaluatedStreamArn string `json:",omitempty"`
	}{Streams: []stream{}}
	limit, err := r.streamLimit()
	if err != nil {
		return nil, err
	}
	table, ofTable := r.text("TableName")
	start, started := r.text("ExclusiveStartStreamArn")
	err = r.fake.db.View(func(tx *engine.Tx) error {
		for _, s := range tx.Streams() {
			switch {
			case started:
				started = s.ARN != start
			case ofTable && s.Table != table:
			case len(out.Streams) == limit:
				out.LastEvaluatedStreamArn = out.Streams[limit-1].StreamArn
				return nil
			default:
				out.Streams = append(out.Streams, stream{s.ARN, s.Table, s.Label})
			}
		}
		return nil
	})
	return out, err
}

func (r *request) streamLimit() (int, error) {
	limit, ok := r.number("Limit")
	switch {
	case !ok:
		return maxStreams, nil
	case limit < 1:
		r.violates("Value '%d' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1", limit)
	case limit > maxStreams:
		r.violates("Value '%d' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100", limit)
	}
	return limit, r.violations()
}

// stream returns the stream that the request names.
func (r *request) stream(tx *engine.Tx) (*engine.Stream, error) {
	arn, ok := r.text("StreamArn")
	if !ok {
		r.needs("StreamArn")
		return nil, r.violations()
	}
	return findStream(tx, arn)
}

func findStream(tx *engine.Tx, arn string) (*engine.Stream, error) {
	i := slices.IndexFunc(tx.Streams(), func(s *engine.Stream) bool { return s.ARN == arn })
	if i < 0 {
		return nil, refusal.NotFound("Requested resource not found: Stream: %s not found", arn)
	}
	return tx.Streams()[i], nil
}

type streamDescription struct {
	StreamArn               string
	StreamLabel             string
	StreamStatus            string
	StreamViewType          string
	CreationRequestDateTime epoch
	TableName               string
	KeySchema               []keyElement
	Shards                  []shard
}

type shard struct {
	ShardId             string
	SequenceNumberRange sequenceRange
}

type sequenceRange struct {
	StartingSequenceNumber string
	EndingSequenceNumber   string `json:",omitempty"`
}

// describeStream is DescribeStream. A stream of the fake has one shard.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html
func describeStream(r *request) (any, error) {
	if _, err := r.streamLimit(); err != nil {
		return nil, err
	}
	var d *streamDescription
	err := r.fake.db.View(func(tx *engine.Tx) error {
		s, err := r.stream(tx)
		if err != nil {
			return err
		}
		d = &streamDescription{
			StreamArn:               s.ARN,
			StreamLabel:             s.Label,
			StreamStatus:            "ENABLED",
			StreamViewType:          s.View,
			CreationRequestDateTime: epoch(s.Created),
			TableName:               s.Table,
			KeySchema:               keyElements(s.Key),
			Shards:                  []shard{},
		}
		if s.Closed {
			d.StreamStatus = "DISABLED"
		}
		if start, ok := r.text("ExclusiveStartShardId"); !ok || start < shardID(s) {
			d.Shards = append(d.Shards, describeShard(s))
		}
		return nil
	})
	return map[string]any{"StreamDescription": d}, err
}

func describeShard(s *engine.Stream) shard {
	out := shard{ShardId: shardID(s), SequenceNumberRange: sequenceRange{StartingSequenceNumber: sequence(s.First)}}
	if s.Closed {
		last := s.First
		if n := len(s.Records); n > 0 {
			last = s.Records[n-1].Number
		}
		out.SequenceNumberRange.EndingSequenceNumber = sequence(last)
	}
	return out
}
