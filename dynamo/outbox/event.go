package outbox

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-thaw/thaw/dynamo"
)

// An Event is something to be published.
type Event struct {
	// ID identifies the event, for consumers that see it twice. It is chosen
	// when the event is written and stays. Empty means a random one.
	ID string
	// Key is what the event is about: events of one key are published in order.
	// Empty means that the event has no order with any other.
	Key string
	// Sequence orders the events of a key: the version of the item that is
	// written with the event, say. Two events of a key cannot have the same one,
	// the second transaction fails with [dynamo.ErrExists]. 0 means the time of
	// [Outbox.Op] by the writer's clock, which comes after every number. Use one
	// or the other for a key.
	Sequence uint64
	// Source and Type say what kind of event it is.
	Source, Type string
	// Data is the event's content.
	Data []byte
	// Headers are more about it, if anything.
	Headers map[string]string
	// Time is when it happened. Zero means the time of [Outbox.Op].
	Time time.Time
}

// item is an event as it is stored. The names of attributes are part of the
// format.
type item struct {
	Key      string            `dynamodbav:"key"`
	Seq      string            `dynamodbav:"seq"`
	ID       string            `dynamodbav:"event"`
	Sequence uint64            `dynamodbav:"sequence,omitempty"`
	Source   string            `dynamodbav:"source,omitempty"`
	Type     string            `dynamodbav:"type,omitempty"`
	Data     []byte            `dynamodbav:"data,omitempty"`
	Headers  map[string]string `dynamodbav:"headers,omitempty"`
	Time     time.Time         `dynamodbav:"time"`

	// State and Due put an event into the index: while it is to be published,
	// and while it is parked. An event that was sent has neither.
	State  string `dynamodbav:"outbox,omitempty" dynamo:"outbox:partition"`
	Due    int64  `dynamodbav:"outbox_due,omitempty" dynamo:"outbox:sort"`
	Reason string `dynamodbav:"reason,omitempty"` // why it is parked

	Sent    int64     `dynamodbav:"sent,omitempty"` // in milliseconds since 1970
	Expires time.Time `dynamodbav:"expires,unixtime" dynamo:"ttl"`
}

// What is in the table's keys, and in State.
const (
	partitionPrefix = "OUTBOX#"
	sortPrefix      = "EVENT#"
	pendingPrefix   = "PENDING-"
	parked          = "PARKED"
	index           = "outbox"
)

func (i *item) sent() bool    { return i.State == "" }
func (i *item) pending() bool { return strings.HasPrefix(i.State, pendingPrefix) }

// key returns i's key in the table.
func (i *item) key() dynamo.Key { return dynamo.Key{i.Key, i.Seq} }

// event returns what was written.
func (i *item) event() Event {
	e := Event{
		ID: i.ID, Key: unescape.Replace(i.Key), Sequence: i.Sequence, Source: i.Source, Type: i.Type,
		Data: i.Data, Headers: i.Headers, Time: i.Time,
	}
	if e.Key == e.ID {
		e.Key = ""
	}
	return e
}

// A key may contain "#", which divides the keys of a table.
var (
	escape   = strings.NewReplacer("%", "%25", "#", "%23")
	unescape = strings.NewReplacer("%23", "#", "%25", "%")
)

// itemOf returns e as it is stored, to be published at once.
func (o *Outbox) itemOf(e Event) *item {
	now := o.options.Now()
	if e.ID == "" {
		e.ID = rand.Text()
	}
	if e.Time.IsZero() {
		e.Time = now
	}
	key := e.Key
	if key == "" {
		key = e.ID
	}
	i := &item{
		Key: escape.Replace(key), Seq: fmt.Sprintf("%020d", e.Sequence), ID: e.ID, Sequence: e.Sequence,
		Source: e.Source, Type: e.Type, Data: e.Data, Headers: e.Headers, Time: e.Time.UTC(),
		Due: now.UnixMilli(),
	}
	if e.Sequence == 0 {
		i.Seq = fmt.Sprintf("T%019d-%s", o.ticks.next(now), escape.Replace(e.ID))
	}
	i.State = o.stateOf(i.Key)
	return i
}

// ticks makes times that differ and rise within the process, whatever the
// clock's resolution.
type ticks struct {
	mu   sync.Mutex
	last int64
}

func (t *ticks) next(now time.Time) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = max(t.last+1, now.UnixNano())
	return t.last
}

// Permanent marks an error of [Publish] as one that will not go away: the event
// is parked. A nil error stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

func isPermanent(err error) bool {
	var p *permanentError
	return errors.As(err, &p)
}
