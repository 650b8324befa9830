package dynamotest

import (
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/internal/awsfake"
)

// Region is the region that clients of a fake are configured for and that ARNs
// name.
const Region = awsfake.Region

// Account is the account that ARNs name.
const Account = awsfake.Account

// Options change what [New] makes. The zero value of each field is its default.
type Options struct {
	// Now is the clock for creation dates, time to live, request tokens and
	// recorded calls. The default is time.Now, which inside testing/synctest is
	// the fake time.
	Now func() time.Time
	// Wording is the generation of error texts; the default is
	// [WordingCurrent].
	Wording Wording
	// Tables are created as by [Fake.CreateTable]. The default is none.
	Tables []*dynamodb.CreateTableInput
}

// Call is a recorded request: Operation is its name ("PutItem"), Input and
// Output are the JSON documents, Err is the error that was answered (nil for a
// success), Faulty tells that an injected fault applied, Time is when it
// arrived. Output is nil when the connection was cut.
//
//	for _, c := range fake.Calls("PutItem") {
//		fmt.Println(c.Operation, string(c.Input), c.Err)
//	}
type Call = awsfake.Call

// Fault changes what happens to a call. Times is how many calls it applies to
// (0 means 1), Delay is waited first, Error is answered instead of running the
// operation, and Cut loses the connection: [CutBefore] the operation runs or
// [CutAfter] it took effect. The fields combine.
//
//	fake.Inject("PutItem", dynamotest.Fault{Cut: dynamotest.CutAfter})
//	fake.Inject("GetItem", dynamotest.Fault{
//		Times: 2,
//		Error: &dynamotest.Error{Code: "InternalServerError", Status: 500},
//	})
type Fault = awsfake.Fault

// Error is an error answer of a [Fault]: Code is the short name of the
// exception, Status the HTTP status (0 means 400), Fields are further members.
type Error = awsfake.Error

// When a [Fault] cuts the connection.
const (
	CutNone   = awsfake.CutNone
	CutBefore = awsfake.CutBefore
	CutAfter  = awsfake.CutAfter
)

// A Fake is a DynamoDB in memory. It is safe for concurrent use.
type Fake struct {
	db       *engine.DB
	server   *awsfake.Server
	setup    *dynamodb.Client // past the journal and the faults
	now      func() time.Time
	wording  Wording
	idSource idSource
	feed     feed

	mu          sync.Mutex
	unprocessed int
	conflicts   int
	tokens      map[string]*tokenUse
	stale       int
	past        *engine.DB // what stale reads see
}

// New returns an empty fake. A nil o is the same as new(Options). It panics
// when one of Options.Tables is not accepted.
func New(o *Options) *Fake {
	if o == nil {
		o = new(Options)
	}
	f := &Fake{
		db:      engine.NewDB(),
		now:     o.Now,
		wording: o.Wording,
		tokens:  make(map[string]*tokenUse),
	}
	if f.now == nil {
		f.now = time.Now
	}
	f.db.Now = f.now
	f.db.Published = f.feed.add
	operations := f.operations()
	f.server = awsfake.New(protocol(f.now), operations)
	f.setup = newClient(awsfake.New(protocol(f.now), operations))
	for _, table := range o.Tables {
		if err := f.createTable(table); err != nil {
			panic("dynamotest: Options.Tables: " + err.Error())
		}
	}
	return f
}

func protocol(now func() time.Time) awsfake.Protocol {
	return awsfake.Protocol{
		Targets:     []string{"DynamoDB_20120810.", "DynamoDBStreams_20120810."},
		ContentType: "application/x-amz-json-1.0",
		ErrorType:   errorType,
		Internal:    "InternalServerError",
		CRC32:       true,
		Now:         now,
	}
}

// Client returns the SDK's client on an in-process transport to the fake: no
// socket, no real time in testing/synctest. It has the SDK's default retries;
// optFns change its options as for dynamodb.New.
func (f *Fake) Client(optFns ...func(*dynamodb.Options)) *dynamodb.Client {
	return newClient(f.server, optFns...)
}

func newClient(handler http.Handler, optFns ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:      Region,
		Credentials: awsfake.Credentials,
		HTTPClient:  awsfake.NewTransport(handler),
	}, optFns...)
}

// Handler returns the fake as an HTTP handler, to serve it on a port for any
// SDK in any language. As DynamoDB's endpoint it answers GET with a page that says
// it is healthy, and refuses requests of more than 16 MB.
func (f *Fake) Handler() http.Handler { return http.HandlerFunc(f.serve) }

// Calls returns the recorded calls of the named operations in their order of
// arrival, all calls when none is named. The newest 10,000 calls (and 64 MiB of
// their documents) are kept.
func (f *Fake) Calls(operations ...string) []Call { return f.server.Calls(operations...) }

// ResetCalls forgets the recorded calls.
func (f *Fake) ResetCalls() { f.server.ResetCalls() }

// Inject queues a fault for the next calls of the operation; the empty name
// stands for any operation. Faults apply in the order in which they were
// injected, one to a call.
func (f *Fake) Inject(operation string, fault Fault) { f.server.Inject(operation, fault) }

// ClearFaults removes the injected faults that have not applied yet, and what
// [Fake.LeaveUnprocessed], [Fake.ConflictTransactions] and [Fake.StaleReads]
// have left.
func (f *Fake) ClearFaults() {
	f.server.ClearFaults()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unprocessed, f.conflicts, f.stale = 0, 0, 0
}

// Throttle refuses the next n calls of the operation with
// ProvisionedThroughputExceededException.
func (f *Fake) Throttle(operation string, n int) {
	if n <= 0 {
		return
	}
	f.Inject(operation, Fault{Times: n, Error: &Error{
		Code: "ProvisionedThroughputExceededException",
		Message: "The level of configured provisioned throughput for the table was exceeded. " +
			"Consider increasing your provisioning level with the UpdateTable API.",
	}})
}

// LeaveUnprocessed has the next n items or keys of BatchWriteItem and
// BatchGetItem come back as unprocessed, the last ones of each call first. A
// call whose items are all left is answered like any other.
func (f *Fake) LeaveUnprocessed(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unprocessed += max(n, 0)
}

// ConflictTransactions cancels the next n calls of TransactWriteItems and
// TransactGetItems with a TransactionConflict for each of their actions.
func (f *Fake) ConflictTransactions(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conflicts += max(n, 0)
}

// takeUnprocessed returns how many of n items to leave.
func (f *Fake) takeUnprocessed(n int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	left := min(n, f.unprocessed)
	f.unprocessed -= left
	return left
}

func (f *Fake) takeConflict() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conflicts == 0 {
		return false
	}
	f.conflicts--
	return true
}
