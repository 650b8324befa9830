package queuetest

import (
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/go-thaw/thaw/internal/awsfake"
)

// A Call is one request that reached a [Fake]: its Operation ("SendMessage"),
// Input and Output (the JSON documents), Err (the error that was answered),
// Faulty (a fault applied) and Time.
//
//	require.Len(t, fake.Calls("SendMessageBatch"), 2)
type Call = awsfake.Call

// A Fault is what [Fake.Inject] does to calls: Times (how many, 0 means 1),
// Delay (wait first), Error (an *[Error] answered instead of running the
// operation) and Cut ([CutBefore] or [CutAfter] the operation took effect).
//
//	fake.Inject("SendMessageBatch", queuetest.Fault{Cut: queuetest.CutAfter})
type Fault = awsfake.Fault

// An Error is an answer of SQS that is not a success: its Code, Message and HTTP
// Status (0 means 400).
type Error = awsfake.Error

// The ways in which a [Fault] loses the connection.
const (
	CutBefore = awsfake.CutBefore
	CutAfter  = awsfake.CutAfter
)

// Options configure a [Fake]. The zero value, or nil, is ready to use.
type Options struct {
	// Now is the clock of visibility timeouts, delays, deduplication windows and
	// timestamps. Default [time.Now], which testing/synctest controls. With a
	// clock that is stepped by hand, call [Fake.Wake] after a step when a long
	// poll or [Mapping.Run] should notice it at once.
	Now func() time.Time
	// MaxInFlight is how many messages of a queue can be in flight, so that a
	// test can reach the limit. Default [DefaultMaxInFlight].
	MaxInFlight int
}

// DefaultMaxInFlight is how many messages of a queue can be in flight. A receive
// beyond it fails with OverLimit, or gets nothing when it is a long poll or when
// the queue is a FIFO queue:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-fifo.html.
const DefaultMaxInFlight = 120_000

// A Fake is SQS in memory, with SNS in front of it. It is safe for concurrent use.
type Fake struct {
	now     func() time.Time
	server  *awsfake.Server
	handler http.Handler

	mu          sync.Mutex
	queues      map[string]*queueState
	deleted     map[string]time.Time // queues, by name
	topics      map[string]*topic
	ids         uint64 // of messages
	faults      []EntryFault
	moves       []*moveTask
	maxInFlight int
	undelivered []Undelivered
	changed     chan struct{} // closed and replaced when a waiting receive should look again
}

// New returns a fake without queues. Nil options mean the defaults.
func New(options *Options) *Fake {
	f := &Fake{
		now:     time.Now,
		queues:  make(map[string]*queueState),
		deleted: make(map[string]time.Time),
		topics:  make(map[string]*topic),
		changed: make(chan struct{}),

		maxInFlight: DefaultMaxInFlight,
	}
	if options != nil && options.Now != nil {
		f.now = options.Now
	}
	if options != nil && options.MaxInFlight > 0 {
		f.maxInFlight = options.MaxInFlight
	}
	operations := f.operations()
	maps.Copy(operations, f.topicOperations())
	f.server = awsfake.New(awsfake.Protocol{
		Targets:     []string{queueTarget, topicTarget},
		ContentType: "application/x-amz-json-1.0",
		ErrorType:   errorType,
		Unknown:     &Error{Code: "InvalidAction", Message: "the fake does not know this operation"},
		QueryErrors: true,
		Now:         f.now,
	}, operations)
	f.handler = f.route()
	return f
}

// Client returns an SQS client of the SDK whose requests reach the fake in
// process. Its region is us-east-1 and its retries are the SDK's defaults.
func (f *Fake) Client() *sqs.Client { return sqs.NewFromConfig(f.Config()) }

// Config returns a configuration with which clients of the SDK, for SQS and for
// SNS, reach the fake in process:
//
//	client := sns.NewFromConfig(fake.Config())
func (f *Fake) Config() aws.Config {
	return aws.Config{
		Region:      awsfake.Region,
		Credentials: awsfake.Credentials,
		HTTPClient:  awsfake.NewTransport(f.handler),
	}
}

// Handler returns the fake as an HTTP handler, to serve it on a port. It answers
// requests of both SQS and SNS.
func (f *Fake) Handler() http.Handler { return f.handler }

// Calls returns the recorded calls of the named operations in their order of
// arrival, all of them when none is named. Only the newest 10,000 calls (and
// 64 MiB of their documents) are kept. A [Mapping] and the methods of Fake are
// not recorded.
func (f *Fake) Calls(operations ...string) []Call { return f.server.Calls(operations...) }

// Inject makes a fault happen to the next calls of operation; the empty
// operation stands for any. Faults apply in the order in which they were
// injected, one to a call.
func (f *Fake) Inject(operation string, fault Fault) { f.server.Inject(operation, fault) }

// Wake makes long polls and [Mapping.Run] look at the clock and the queues
// again. Only a clock that is stepped by hand needs it.
func (f *Fake) Wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wake()
}

// lock takes the lock and does what was due by now.
func (f *Fake) lock() {
	f.mu.Lock()
	f.moveDue()
}

// wake tells everyone who waits that something changed. The caller holds mu.
func (f *Fake) wake() {
	close(f.changed)
	f.changed = make(chan struct{})
}
