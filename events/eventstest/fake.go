package eventstest

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/internal/awsfake"
)

// maxBytes is the limit of a request, "less than 1 MB" in the words of
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html,
// in its larger reading: a publisher that stays below the smaller one passes
// either way.
const maxBytes = 1<<20 - 1

// Options configure a [Fake]. The zero value and nil are the defaults.
type Options struct {
	// Now is the clock of the fake. Default: time.Now, which testing/synctest
	// controls. A test that steps a clock of its own uses Deliver rather than
	// Drain and Run, which wait on timers.
	Now func() time.Time
	// MaxBytes is the largest total size of the entries of a request. Default:
	// 1,048,575. Some regions had or have 262,144.
	MaxBytes int
}

// Call is one recorded request. Its fields are Operation (such as "PutEvents"),
// Input and Output (JSON documents), Err (the error that was answered), Faulty
// (an injected fault applied) and Time.
type Call = awsfake.Call

// Fault changes the next calls of an operation. Its fields are Times (how many
// calls, 0 means 1), Delay (waited first), Error (*eventstest.Error, answered
// instead) and Cut (CutBefore or CutAfter the operation took effect):
//
//	fake.Inject("PutEvents", eventstest.Fault{Cut: eventstest.CutAfter})
type Fault = awsfake.Fault

// Error is an error answer: Code, Message and Status (0 means 400).
type Error = awsfake.Error

// A Cut says where a [Fault] cuts the connection.
type Cut = awsfake.Cut

// The places where a connection is cut: before the operation runs, and after it
// took effect.
const (
	CutBefore = awsfake.CutBefore
	CutAfter  = awsfake.CutAfter
)

// A Fake is EventBridge in memory. It is safe for concurrent use.
type Fake struct {
	now      func() time.Time
	maxBytes int
	server   *awsfake.Server

	mu         sync.Mutex
	buses      map[string]*bus
	functions  map[string]func(context.Context, []byte) ([]byte, error)
	accepted   []published
	lost       []published
	failures   []func(*events.Envelope) string
	deliveries []*delivery
	changed    chan struct{} // closed and replaced when a delivery comes or goes
	ids        int
}

// New returns a fake that has the bus "default" and no rules. The options are
// copied; nil means the defaults.
func New(options *Options) *Fake {
	var o Options
	if options != nil {
		o = *options
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = maxBytes
	}
	f := &Fake{
		now:       o.Now,
		maxBytes:  o.MaxBytes,
		buses:     make(map[string]*bus),
		functions: make(map[string]func(context.Context, []byte) ([]byte, error)),
		changed:   make(chan struct{}),
	}
	f.server = awsfake.New(awsfake.Protocol{
		Targets:     []string{"AWSEvents."},
		ContentType: "application/x-amz-json-1.1",
		Now:         o.Now,
	}, f.operations())
	f.CreateBus("default")
	return f
}

// Client returns the real SDK client on an in-process transport to the fake,
// with the SDK's default retries.
func (f *Fake) Client() *eventbridge.Client {
	return eventbridge.New(eventbridge.Options{
		Region:      awsfake.Region,
		HTTPClient:  awsfake.NewTransport(f.server),
		Credentials: awsfake.Credentials,
	})
}

// Handler serves the fake over HTTP, for a port or another language's SDK.
func (f *Fake) Handler() http.Handler { return f.server }

// Calls returns the recorded calls of the named operations in their order of
// arrival, all of them when none is named.
func (f *Fake) Calls(operations ...string) []Call { return f.server.Calls(operations...) }

// Inject queues a fault for the next calls of operation, of any when it is
// empty.
func (f *Fake) Inject(operation string, fault Fault) { f.server.Inject(operation, fault) }
