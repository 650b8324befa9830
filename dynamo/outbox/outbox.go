package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/go-thaw/thaw/dynamo"
)

// Publish sends events, none of which have the same key. It returns nil when all
// were accepted, else an error for each event, in their order, nil for those that
// were accepted. An error wrapped by [Permanent] parks its event; any other one
// keeps it, and all later ones of its key, for the next attempt. A result of
// another length is an error of every event. It may be called concurrently.
type Publish func(ctx context.Context, events []Event) []error

// Options configure an [Outbox]. The zero value and nil are the defaults.
type Options struct {
	// PartitionName and SortName are the attributes of the table's key, both
	// strings. Default: "pk" and "sk".
	PartitionName, SortName string
	// Batch is the largest number of events in one call of Publish. Default: 10,
	// which is what EventBridge and SQS take.
	Batch int
	// Concurrency is how many requests to the table are under way at once.
	// Default: 4.
	Concurrency int
	// Shards is over how many partitions of the index the events that wait are
	// spread. Each takes 1,000 writes a second, and an event is two. It may be
	// raised at any time, and lowered when no event waits. Default: 8.
	Shards int
	// Keep is how long an event stays in the table after it was sent, for those
	// who want to look. Default: a day. Negative: it is deleted at once.
	Keep time.Duration
	// MinAge is how old an event must be before [Outbox.Sweep] takes it up: the
	// stream usually is much faster. Default: a minute. Negative: no age.
	MinAge time.Duration
	// MaxAge is the age from which an event is parked by any failure, not only
	// by a permanent one. Default: 0, never.
	MaxAge time.Duration
	// HoldKey stops a key at its parked event: later ones wait until it is
	// requeued or discarded. Default: they go on without it.
	HoldKey bool
	// Margin is the time before the context's deadline from which nothing new is
	// begun, so that what was published can still be marked. Default: a second.
	Margin time.Duration
	// OnParked is called for an event that was parked. Default: nothing.
	OnParked func(context.Context, Parked)
	// OnResult is called after every [Outbox.Invoke] and [Outbox.Sweep] with what
	// was done, and with the failures: nil or a [*RelayError]. Default: nothing.
	OnResult func(context.Context, Result, error)
	// Now is the clock. Default: [time.Now].
	Now func() time.Time
}

func (o *Options) withDefaults() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	c.PartitionName = cmp.Or(c.PartitionName, "pk")
	c.SortName = cmp.Or(c.SortName, "sk")
	c.Batch = cmp.Or(c.Batch, 10)
	c.Concurrency = cmp.Or(c.Concurrency, 4)
	c.Shards = cmp.Or(c.Shards, 8)
	c.Keep = cmp.Or(c.Keep, 24*time.Hour)
	c.MinAge = cmp.Or(c.MinAge, time.Minute)
	c.Margin = cmp.Or(c.Margin, time.Second)
	if c.Now == nil {
		c.Now = time.Now
	}
	for _, f := range []struct {
		name         string
		value, least int
	}{
		{"Batch", c.Batch, 1}, {"Concurrency", c.Concurrency, 1}, {"Shards", c.Shards, 1},
		{"MaxAge", int(c.MaxAge), 0}, {"Margin", int(c.Margin), 0},
	} {
		if f.value < f.least {
			return c, fmt.Errorf("outbox: Options.%s: must be at least %d, got %d", f.name, f.least, f.value)
		}
	}
	return c, nil
}

// An Outbox writes events beside items and publishes them afterwards. It
// implements lambda.Handler, for the table's stream. It keeps no state between
// calls and is safe for concurrent use.
type Outbox struct {
	events  *dynamo.Repository[item]
	publish Publish
	options Options
	ticks   ticks
}

// New returns an outbox on table. It sends nothing. Nil options mean the
// defaults.
func New(client dynamo.API, table string, publish Publish, options *Options) (*Outbox, error) {
	if publish == nil {
		return nil, errors.New("outbox: New: publish must not be nil")
	}
	o, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	events, err := dynamo.New[item](client, table, &dynamo.Options{
		Partition: partitionPrefix + "{key}", PartitionName: o.PartitionName,
		Sort: sortPrefix + "{seq}", SortName: o.SortName,
		Now: o.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return &Outbox{events: events, publish: publish, options: o}, nil
}

// Op returns the write of e as an operation for [dynamo.Transact]: the event is
// stored with everything else of the transaction, or not at all. The id and the
// place in the order are chosen now, so the same Op may be tried again.
//
//	err := dynamo.Transact(ctx, client, users.CreateOp(&u), box.Op(outbox.Event{Key: u.ID, Type: "UserRegistered", Data: data}))
func (o *Outbox) Op(e Event) dynamo.Op { return o.events.CreateOp(o.itemOf(e)) }

// Schema returns the request that creates the table, for tests and local runs:
// its key, the index and a stream. Time to live on "expires" has to be enabled
// apart.
func (o *Outbox) Schema() *dynamodb.CreateTableInput {
	s := o.events.Schema()
	enabled := true
	s.StreamSpecification = &types.StreamSpecification{StreamEnabled: &enabled, StreamViewType: types.StreamViewTypeNewImage}
	return s
}

// stateOf is the State of a pending event of key.
func (o *Outbox) stateOf(key string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // never fails
	return pendingPrefix + strconv.Itoa(int(h.Sum32()%uint32(o.options.Shards)))
}
