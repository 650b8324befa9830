package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// A record is one of a DynamoDB stream's, as Lambda delivers it, with what
// matters here:
// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html.
type record struct {
	EventName string `json:"eventName"`
	Change    struct {
		SequenceNumber string
		Keys           map[string]attribute
		NewImage       map[string]attribute
	} `json:"dynamodb"`

	key, seq string
}

// An attribute is read only if it is a string.
type attribute struct {
	S string
}

// Invoke handles the records of the table's stream and returns the partial batch
// response. The mapping needs ReportBatchItemFailures.
//
// The records say which keys have something to publish; the events themselves are
// read from the table, so that one that was sent already is not sent again, and
// none before those in front of it. Records that are not of an outbox are passed
// over. A key that fails does not hold up the others of the batch. The response
// names the first record whose event is not finished: Lambda delivers it and all
// behind it again, of which those that were sent are found to be so.
//
// The error is for a payload that is not a stream's, or a record without a
// sequence number: the whole batch then comes again.
func (o *Outbox) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	records, err := o.parse(payload)
	if err != nil {
		return nil, err
	}
	lanes := make(map[string]*lane)
	var all []*lane
	for _, r := range records {
		if r.key == "" {
			continue
		}
		l, ok := lanes[r.key]
		if !ok {
			l = &lane{key: r.key, from: r.seq}
			lanes[r.key] = l
			all = append(all, l)
		}
		l.from = min(l.from, r.seq)
	}
	result := o.relay(ctx, all)
	_ = o.finish(ctx, result, all) // the response says it
	response := struct {
		Failures []failure `json:"batchItemFailures"`
	}{[]failure{}}
	for _, r := range records {
		if l := lanes[r.key]; r.malformed() || l != nil && l.err != nil && r.seq > l.done {
			response.Failures = append(response.Failures, failure{r.Change.SequenceNumber})
			break
		}
	}
	return json.Marshal(response)
}

type failure struct {
	ID string `json:"itemIdentifier"`
}

// malformed tells whether r could not be decoded but for its number.
func (r *record) malformed() bool { return r.EventName == "" }

// parse returns the records of a payload. Those with a key are of this outbox and
// have something to publish.
func (o *Outbox) parse(payload []byte) ([]record, error) {
	var event struct{ Records []json.RawMessage }
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, fmt.Errorf("outbox: the payload is not that of a stream: %w", err)
	}
	if event.Records == nil {
		return nil, errors.New("outbox: the payload is not that of a stream: no Records")
	}
	records := make([]record, len(event.Records))
	for i, raw := range event.Records {
		r := &records[i]
		if err := json.Unmarshal(raw, r); err != nil {
			number := r.Change.SequenceNumber
			*r = record{} // what was decoded in part is not to be used
			r.Change.SequenceNumber = number
		}
		if r.Change.SequenceNumber == "" {
			return nil, fmt.Errorf("outbox: record %d has no SequenceNumber", i)
		}
		r.key, r.seq = o.waiting(r)
	}
	return records, nil
}

// waiting returns the key and place of an event that r is about, empty when there
// is nothing to publish. Without an image, which the stream may leave out, it may
// be the mark of one that was sent; that costs a read.
func (o *Outbox) waiting(r *record) (key, seq string) {
	key, isKey := strings.CutPrefix(r.Change.Keys[o.options.PartitionName].S, partitionPrefix)
	seq, isSeq := strings.CutPrefix(r.Change.Keys[o.options.SortName].S, sortPrefix)
	if !isKey || !isSeq || key == "" || r.EventName == "REMOVE" {
		return "", ""
	}
	if r.Change.NewImage != nil && !strings.HasPrefix(r.Change.NewImage["outbox"].S, pendingPrefix) {
		return "", ""
	}
	return key, seq
}
