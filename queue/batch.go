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
	format format
	arn    string
	tasks  []task
	// lanes are the tasks that must run one after the other; nil means that
	// every task is a lane of its own.
	lanes [][]int
}

// A task is one record on its way through a batch. A batch has up to 10,000, so
// it keeps little beside the payload: what else is needed of a record that
// failed is read from it again.
type task struct {
	raw []byte // the record
	id  []byte // its id as a JSON string, nil when it has none

	state atomic.Int32
	// What follows belongs to the worker that runs the task; the collector reads
	// it only in the states named here.
	accepted bool     // done: the dead-letter sink has the record
	seen     sighting // done and abandoned
	err      error    // done
}

// A sighting is what the collector needs to know of a decoded record.
type sighting struct {
	receiveCount int
	sent         int64 // in milliseconds since 1970, 0 when it is not known
}

func sight(receiveCount int, sent time.Time) sighting {
	if sent.IsZero() {
		return sighting{receiveCount, 0}
	}
	return sighting{receiveCount, sent.UnixMilli()}
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

// A format tells where a source's records carry what a batch needs, by the keys
// on the way to it.
type format struct {
	source string
	// id identifies a record in the response.
	id []string
	// key orders records among others: the message group, the partition key.
	key []string
}

// sqsFormat is the format of SQS records.
var sqsFormat = format{source: "aws:sqs", id: []string{"messageId"}, key: []string{"attributes", "MessageGroupId"}}

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
	b, source := &batch{format: f}, ""
	err = elements(records, func(i int) (int, error) { return b.add(records, i, &source) })
	if err != nil {
		return nil, fmt.Errorf("queue: invoke: %w: %w", ErrPayload, err)
	}
	if len(b.tasks) > 0 && source != f.source && (source != "" || !b.named()) {
		return nil, &SourceError{Source: source, Want: f.source}
	}
	return b, nil
}

// named tells whether any record has an id, and so the form of the source's.
// Lambda names the source of every record, but what tests write may not.
func (b *batch) named() bool {
	for i := range b.tasks {
		if b.tasks[i].id != nil {
			return true
		}
	}
	return false
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

// add appends the record at i, returns its end, and notes the first event source
// that is not the format's, or the format's when there is no other. A record
// that names none is judged by its neighbours, because one malformed record must
// not fail the others.
func (b *batch) add(records []byte, i int, source *string) (end int, err error) {
	b.tasks = append(b.tasks, task{})
	t := &b.tasks[len(b.tasks)-1]
	end, err = membersAt(records, i, func(key, value []byte) {
		switch string(key) {
		case "eventSource":
			if s := b.source(value); s != "" && (*source == "" || *source == b.format.source) {
				*source = s
			}
		case "eventSourceARN":
			if b.arn == "" {
				b.arn = text(value)
			}
		case b.format.id[0]:
			if len(b.format.id) > 1 {
				value = find(value, b.format.id[1:]...)
			}
			t.id = idToken(value)
		}
	})
	if err != nil { // no object, or one that fails when it is decoded
		end, err = skipValue(records, i)
	}
	if err == nil {
		t.raw = records[i:end]
	}
	return end, err
}

// source returns the event source in value, without a copy where it is the
// format's.
func (b *batch) source(value []byte) string {
	if n := len(value); n == len(b.format.source)+2 && string(value[1:n-1]) == b.format.source {
		return b.format.source
	}
	return text(value)
}

// find returns the value below the keys, nil when there is none. What is
// malformed shows when the record is decoded.
func find(data []byte, keys ...string) []byte {
	for _, want := range keys {
		var found []byte
		_ = members(data, func(key, value []byte) {
			if string(key) == want {
				found = value
			}
		})
		data = found
	}
	return data
}

// key returns what orders the record among others: a text, or else, as the keys of
// an item, JSON in one form. It is empty when the record does not tell.
func (b *batch) key(t *task) string {
	token := find(t.raw, b.format.key...)
	var key any
	if json.Unmarshal(token, &key) != nil {
		return ""
	}
	if s, ok := key.(string); ok {
		return s
	}
	canonical, err := json.Marshal(key)
	if err != nil || key == nil {
		return ""
	}
	return string(canonical)
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

// order makes one lane per key, in the order of the keys' first records. When a
// record does not tell its key, all of them share a lane: it may belong to any.
func (b *batch) order() {
	index := make(map[string]int)
	b.lanes = [][]int{}
	for i := range b.tasks {
		key := b.key(&b.tasks[i])
		if key == "" {
			b.lanes = [][]int{b.all()}
			return
		}
		lane, ok := index[key]
		if !ok {
			lane = len(b.lanes)
			index[key] = lane
			b.lanes = append(b.lanes, nil)
		}
		b.lanes[lane] = append(b.lanes[lane], i)
	}
}

func (b *batch) all() []int {
	indexes := make([]int, len(b.tasks))
	for i := range indexes {
		indexes[i] = i
	}
	return indexes
}
