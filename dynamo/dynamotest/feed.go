package dynamotest

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/internal/awsfake"
)

// StreamsClient returns the SDK's client for DynamoDB Streams on an in-process
// transport to the fake; optFns change its options as for dynamodbstreams.New.
func (f *Fake) StreamsClient(optFns ...func(*dynamodbstreams.Options)) *dynamodbstreams.Client {
	return dynamodbstreams.New(dynamodbstreams.Options{
		Region:      Region,
		Credentials: awsfake.Credentials,
		HTTPClient:  awsfake.NewTransport(f.server),
	}, optFns...)
}

// OnStream has f called with the changes of the table's items, as the JSON
// document that Lambda hands to a function behind a DynamoDB stream: {"Records":
// […]}, one call for each operation or transaction that changed something. The
// table needs a stream, which may be opened later.
//
// Calls come one at a time in the order of the changes. The one for a change is
// over before the client has its answer, unless another goroutine is delivering
// or the change was made inside such a call: then it follows. What f returns is
// its own affair; there is no retry.
func (f *Fake) OnStream(table string, call func(event []byte)) {
	f.feed.mu.Lock()
	defer f.feed.mu.Unlock()
	if f.feed.calls == nil {
		f.feed.calls = make(map[string][]func([]byte))
	}
	f.feed.calls[table] = append(f.feed.calls[table], call)
}

// A feed delivers stream records to functions, in order and without a lock held
// while they run.
type feed struct {
	mu      sync.Mutex
	calls   map[string][]func([]byte)
	queue   []delivery
	running bool
}

type delivery struct {
	table string
	event []byte
}

// add queues changes. The database calls it with its lock held.
func (d *feed) add(changes []engine.Change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.calls) == 0 {
		return
	}
	byTable := make(map[string][]streamRecord)
	var order []string
	for _, c := range changes {
		record := recordOf(c.Stream, c.Record)
		record.SourceARN = c.Stream.ARN
		if byTable[c.Stream.Table] == nil {
			order = append(order, c.Stream.Table)
		}
		byTable[c.Stream.Table] = append(byTable[c.Stream.Table], record)
	}
	for _, table := range order {
		if len(d.calls[table]) > 0 {
			event := struct{ Records []streamRecord }{byTable[table]}
			d.queue = append(d.queue, delivery{table, appendJSON(nil, event)})
		}
	}
}

// deliver makes the calls that are due, unless somebody else is at it.
func (d *feed) deliver() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running {
		return
	}
	d.running = true
	defer func() { d.running = false }()
	for len(d.queue) > 0 {
		next := d.queue[0]
		d.queue = d.queue[1:]
		for _, call := range d.calls[next.table] {
			d.run(call, next.event)
		}
	}
}

// run makes one call with the lock given up.
func (d *feed) run(call func([]byte), event []byte) {
	d.mu.Unlock()
	defer d.mu.Lock()
	call(event)
}
