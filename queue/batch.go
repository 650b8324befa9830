package queue

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-thaw/thaw/internal/jsonscan"
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
	// it only when the state is done.
	accepted bool // the dead-letter sink has the record
	seen     sighting
	err      error
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

// The states of a task. A worker moves it from idle to done, within a lane of
// several by way of started. The collector moves what is not done to skipped or
// abandoned, after which the worker's result is ignored.
const (
	stateIdle int32 = iota
	stateStarted
	stateDone
	stateSkipped
	stateAbandoned
)

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
	var b *batch
	source := ""
	end, err := fields(payload, skipSpace(payload, 0), func(key []byte, i int) (int, error) {
		if string(key) != "Records" {
			return skipValue(payload, i)
		}
		b, source = &batch{format: f}, ""
		if bytes.HasPrefix(payload[i:], []byte("null")) {
			return i + len("null"), nil
		}
		return walk(payload, i, '[', ']', func(i int) (int, error) { return b.add(payload, i, &source) })
	})
	switch err = atEnd(payload, end, err); {
	case err != nil:
		return nil, fmt.Errorf("queue: invoke: %w: %w", ErrPayload, err)
	case b == nil:
		return nil, &SourceError{Want: f.source}
	case len(b.tasks) > 0 && source != f.source && (source != "" || !b.named()):
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

// add appends the record at i, returns its end, and notes the first event source
// that is not the format's, or the format's when there is no other. A record
// that names none is judged by its neighbours, because one malformed record must
// not fail the others.
func (b *batch) add(payload []byte, i int, source *string) (end int, err error) {
	b.tasks = append(b.tasks, task{})
	t := &b.tasks[len(b.tasks)-1]
	end, err = membersAt(payload, i, func(key, value []byte) {
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
		end, err = skipValue(payload, i)
	}
	if err == nil {
		t.raw = payload[i:end]
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
	if s := text(token); s != "" {
		return s
	}
	var item map[string]any
	if json.Unmarshal(token, &item) != nil || len(item) == 0 {
		return ""
	}
	canonical, err := json.Marshal(item)
	if err != nil {
		return ""
	}
	return string(canonical)
}

// text returns the Go string of a JSON string, empty when it is none.
func text(token []byte) string {
	s := jsonscan.New(string(token))
	value := s.String()
	if s.End() != nil {
		return ""
	}
	return value
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
