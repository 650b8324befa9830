package queue

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// A batch is one payload, split into tasks.
type batch struct {
	arn   string
	tasks []task
	// lanes are the tasks that must run one after the other; nil means that
	// every task is a lane of its own.
	lanes [][]int
}

// A task is one record on its way through a batch.
type task struct {
	raw []byte // the record
	id  []byte // its id as a JSON string, nil when it has none
	key string // what orders it among others: the message group, the partition key

	state atomic.Int32
	// What follows belongs to the worker that runs the task; the collector reads
	// it only in the states named here.
	seen     sighting // done and abandoned
	err      error    // done
	accepted bool     // done: the dead-letter sink has the record
}

// A sighting is what the collector needs to know of a decoded record.
type sighting struct {
	receiptHandle string
	receiveCount  int
	sent          time.Time
}

// The states of a task. A worker moves it idle → running → handling → done; the
// collector moves what it finds in the first three to skipped, lost and
// abandoned, after which the worker's result is ignored.
const (
	stateIdle     int32 = iota
	stateRunning        // the worker decodes the record
	stateHandling       // the record is known and with its handler
	stateDone
	stateSkipped
	stateLost
	stateAbandoned
)

// sighting returns what is known of the record, nothing when the worker may
// still be writing it.
func (t *task) sighting() sighting {
	if s := t.state.Load(); s == stateDone || s == stateAbandoned {
		return t.seen
	}
	return sighting{}
}

// A format tells where a source's records carry what a batch needs.
type format struct {
	source string
	// scan notes the id and the key of a record in t, given one of its members.
	scan func(t *task, member string, value []byte)
}

// sqsFormat is the format of SQS records; only FIFO queues have keys.
var sqsFormat = format{source: "aws:sqs", scan: func(t *task, member string, value []byte) {
	switch member {
	case "messageId":
		t.id = idToken(value)
	case "attributes":
		_ = members(value, func(key, value []byte) { // what is malformed shows when the record is decoded
			if string(key) == "MessageGroupId" {
				t.key = string(value)
			}
		})
	}
}}

// idToken returns value when it is a string that is not empty. The response
// repeats it as it was written, so that it cannot differ from what Lambda knows.
func idToken(value []byte) []byte {
	if len(value) > 2 && value[0] == '"' {
		return value
	}
	return nil
}

// parse splits payload into a batch. The event source must be that of f.
func parse(payload []byte, f format) (*batch, error) {
	records, found, err := findRecords(payload)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, &SourceError{Want: f.source}
	}
	b, source := &batch{}, ""
	err = elements(records, func(value []byte) { b.add(value, f, &source) })
	if err != nil {
		return nil, fmt.Errorf("queue: invoke: %w: %w", ErrPayload, err)
	}
	if len(b.tasks) > 0 && source != f.source {
		return nil, &SourceError{Source: source, Want: f.source}
	}
	return b, nil
}

// findRecords returns the array of records in payload; null is an empty one.
func findRecords(payload []byte) (records []byte, found bool, err error) {
	err = members(payload, func(key, value []byte) {
		if string(key) == "Records" {
			records, found = value, true
		}
	})
	if err != nil {
		return nil, false, fmt.Errorf("queue: invoke: %w: %w", ErrPayload, err)
	}
	if string(records) == "null" {
		records = []byte("[]")
	}
	return records, found, nil
}

// add appends one record and notes the first event source that is not f's, or
// f's when there is no other. A record that names no source is judged by its
// neighbours, because one malformed record must not fail the others.
func (b *batch) add(record []byte, f format, source *string) {
	b.tasks = append(b.tasks, task{raw: record})
	t := &b.tasks[len(b.tasks)-1]
	_ = members(record, func(key, value []byte) { // a record that is no object fails when it is decoded
		switch string(key) {
		case "eventSource":
			if s := text(value); *source == "" || *source == f.source {
				*source = s
			}
		case "eventSourceARN":
			if b.arn == "" {
				b.arn = text(value)
			}
		default:
			f.scan(t, string(key), value)
		}
	})
}

// text returns the Go string of a JSON string, empty when it is none.
func text(token []byte) string {
	var s string
	if json.Unmarshal(token, &s) != nil {
		return ""
	}
	return s
}

func (b *batch) fifo() bool { return strings.HasSuffix(b.arn, fifoSuffix) }

// order makes one lane per key, in the order of the keys' first records.
func (b *batch) order() {
	index := make(map[string]int)
	b.lanes = [][]int{}
	for i := range b.tasks {
		lane, ok := index[b.tasks[i].key]
		if !ok {
			lane = len(b.lanes)
			index[b.tasks[i].key] = lane
			b.lanes = append(b.lanes, nil)
		}
		b.lanes[lane] = append(b.lanes[lane], i)
	}
}
