package dynamotest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

var (
	getShardIteratorShape = inputShape(members(textShape, "StreamArn", "ShardId", "ShardIteratorType", "SequenceNumber"))
	getRecordsShape       = inputShape(members(textShape, "ShardIterator"), members(intShape, "Limit"))
)

// iteratorLife is how long a shard iterator can be used.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
const iteratorLife = 15 * time.Minute

// Limits of GetRecords: the number of records and their size.
const (
	maxRecords     = 1000
	maxRecordBytes = 1 << 20
)

// sequence writes a record's number as DynamoDB does, in 21 digits.
func sequence(number uint64) string { return fmt.Sprintf("1%020d", number) }

// number reads a sequence number.
func sequenceNumber(text string) (uint64, bool) {
	if len(text) != 21 || text[0] != '1' {
		return 0, false
	}
	n, err := strconv.ParseUint(text[1:], 10, 64)
	return n, err == nil
}

// shardID returns the identifier of the stream's shard.
func shardID(s *engine.Stream) string {
	return fmt.Sprintf("shardId-%020d-%08x", s.Created.UnixMilli(), uint32(s.First))
}

// An iterator is a place in a stream. Clients see it as an opaque text.
type iterator struct {
	ARN    string `json:"a"`
	Number uint64 `json:"n"` // of the next record to read
	Made   int64  `json:"t"` // in milliseconds since 1970
}

func (i iterator) String() string {
	text, err := json.Marshal(i)
	if err != nil {
		panic(err) // it holds nothing that could fail
	}
	return i.ARN + "|1|" + base64.StdEncoding.EncodeToString(text)
}

func parseIterator(text string) (i iterator, ok bool) {
	for at := len(text) - 1; at >= 0; at-- {
		if text[at] == '|' {
			raw, err := base64.StdEncoding.DecodeString(text[at+1:])
			return i, err == nil && json.Unmarshal(raw, &i) == nil
		}
	}
	return i, false
}

func (r *request) iterator(s *engine.Stream, number uint64) string {
	return iterator{s.ARN, number, r.fake.now().UnixMilli()}.String()
}

// getShardIterator is GetShardIterator.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
func getShardIterator(r *request) (any, error) {
	r.needs("ShardId")
	r.needs("ShardIteratorType")
	r.enum("ShardIteratorType", "AFTER_SEQUENCE_NUMBER", "LATEST", "AT_SEQUENCE_NUMBER", "AT_TIMESTAMP", "TRIM_HORIZON")
	if err := r.violations(); err != nil {
		return nil, err
	}
	out := map[string]string{}
	err := r.fake.db.View(func(tx *engine.Tx) error {
		s, err := r.stream(tx)
		if err != nil {
			return err
		}
		if id, _ := r.text("ShardId"); id != shardID(s) {
			return refusal.NotFound("Requested resource not found: Shard: %s in stream %s not found", id, s.ARN)
		}
		number, err := r.position(tx, s)
		out["ShardIterator"] = r.iterator(s, number)
		return err
	})
	return out, err
}

// position returns the number of the first record that the iterator is to read.
func (r *request) position(tx *engine.Tx, s *engine.Stream) (uint64, error) {
	kind, _ := r.text("ShardIteratorType")
	text, given := r.text("SequenceNumber")
	if kind == "AT_TIMESTAMP" {
		return r.positionAt(tx, s)
	}
	if kind == "TRIM_HORIZON" || kind == "LATEST" {
		switch {
		case given:
			return 0, refusal.Invalid(invalidText + "SequenceNumber should not be passed for this iterator type")
		case kind == "LATEST":
			return tx.Next() + 1, nil
		}
		return s.First, nil
	}
	number, ok := sequenceNumber(text)
	switch {
	case !given:
		return 0, refusal.Invalid(invalidText + "SequenceNumber cannot be null")
	case !ok || number < s.First || number > tx.Next()+1:
		return 0, refusal.Invalid("Invalid SequenceNumber for the shard")
	case s.Trimmed(number, r.fake.now()):
		return 0, &refusal.Error{Code: "TrimmedDataAccessException", Message: "The requested data has been trimmed"}
	case kind == "AFTER_SEQUENCE_NUMBER":
		number++
	}
	return number, nil
}

// positionAt returns the number of the first record that was made at or after
// Timestamp, which is in seconds and has a fraction.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
func (r *request) positionAt(tx *engine.Tx, s *engine.Stream) (uint64, error) {
	n := r.node.Member("Timestamp")
	if n == nil || n.Kind == wire.Null {
		return 0, refusal.Invalid(invalidText + "Timestamp cannot be null")
	}
	seconds, err := strconv.ParseFloat(n.Text, 64)
	if n.Kind != wire.Number || err != nil {
		return 0, refusal.Serialization("Unexpected field type")
	}
	if seconds > float64(r.fake.now().UnixMilli()+1)/1000 {
		return 0, refusal.Invalid(invalidText + "Timestamp must not be in the future")
	}
	for _, record := range s.From(s.First, r.fake.now()) {
		if float64(record.At.Unix()) >= seconds { // as the record tells it
			return record.Number, nil
		}
	}
	return tx.Next() + 1, nil
}

// A streamRecord is a record as GetRecords answers it.
type streamRecord struct {
	EventID      string        `json:"eventID"`
	EventName    string        `json:"eventName"`
	EventVersion string        `json:"eventVersion"`
	EventSource  string        `json:"eventSource"`
	Region       string        `json:"awsRegion"`
	Change       streamChange  `json:"dynamodb"`
	Identity     *userIdentity `json:"userIdentity,omitempty"`
	SourceARN    string        `json:"eventSourceARN,omitempty"`
}

type streamChange struct {
	ApproximateCreationDateTime int64
	Keys                        value.Item
	NewImage                    value.Item `json:",omitempty"`
	OldImage                    value.Item `json:",omitempty"`
	SequenceNumber              string
	SizeBytes                   int
	StreamViewType              string
}

type userIdentity struct {
	Type        string `json:"Type"`
	PrincipalId string `json:"PrincipalId"`
}

// recordOf writes a record in the form of the stream's view.
func recordOf(s *engine.Stream, r *engine.Record) streamRecord {
	out := streamRecord{
		EventID:      fmt.Sprintf("%032x", r.Number),
		EventName:    "MODIFY",
		EventVersion: "1.1",
		EventSource:  "aws:dynamodb",
		Region:       Region,
	}
	item := r.New
	switch {
	case r.Old == nil:
		out.EventName = "INSERT"
	case r.New == nil:
		out.EventName, item = "REMOVE", r.Old
	}
	if r.Expired {
		out.Identity = &userIdentity{"Service", "dynamodb.amazonaws.com"}
	}
	c := streamChange{
		ApproximateCreationDateTime: r.At.Unix(),
		Keys:                        item.Pick(s.Key.Names()),
		SequenceNumber:              sequence(r.Number),
		StreamViewType:              s.View,
	}
	if s.View == "NEW_IMAGE" || s.View == "NEW_AND_OLD_IMAGES" {
		c.NewImage = r.New
	}
	if s.View == "OLD_IMAGE" || s.View == "NEW_AND_OLD_IMAGES" {
		c.OldImage = r.Old
	}
	c.SizeBytes = c.Keys.Size() + c.NewImage.Size() + c.OldImage.Size()
	out.Change = c
	return out
}

// getRecords is GetRecords.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
func getRecords(r *request) (any, error) {
	r.needs("ShardIterator")
	limit, limited := r.number("Limit")
	switch {
	case !limited:
		limit = maxRecords
	case limit < 1:
		r.violates("Value '%d' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1", limit)
	case limit > maxRecords:
		r.violates("Value '%d' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 1000", limit)
	}
	if err := r.violations(); err != nil {
		return nil, err
	}
	text, _ := r.text("ShardIterator")
	place, ok := parseIterator(text)
	if !ok {
		return nil, refusal.Invalid("Invalid ShardIterator")
	}
	if r.fake.now().Sub(time.UnixMilli(place.Made)) >= iteratorLife {
		return nil, &refusal.Error{Code: "ExpiredIteratorException", Message: "Iterator expired. The iterator was created more than 15 minutes ago."}
	}
	return r.records(place, limit)
}

func (r *request) records(place iterator, limit int) (any, error) {
	out := struct {
		Records           []streamRecord
		NextShardIterator string `json:",omitempty"`
	}{Records: []streamRecord{}}
	err := r.fake.db.View(func(tx *engine.Tx) error {
		s, err := findStream(tx, place.ARN)
		if err != nil {
			return err
		}
		size := 0
		rest := s.From(place.Number, r.fake.now())
		for len(rest) > 0 && len(out.Records) < limit {
			record := recordOf(s, rest[0])
			if size += record.Change.SizeBytes; size > maxRecordBytes && len(out.Records) > 0 {
				break
			}
			out.Records = append(out.Records, record)
			place.Number = rest[0].Number + 1
			rest = rest[1:]
		}
		if !s.Closed || len(rest) > 0 {
			out.NextShardIterator = r.iterator(s, place.Number)
		}
		return nil
	})
	return out, err
}
