package secretstest

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/go-thaw/thaw/cache/secrets"
	"github.com/go-thaw/thaw/internal/awsfake"
)

// A Call is one request that reached a [Fake]: its Operation ("GetSecretValue"),
// Input and Output (the JSON documents), Err (the error that was answered),
// Faulty (a fault applied) and Time.
type Call = awsfake.Call

// A Fault is what [Fake.Inject] does to calls: Times (how many, 0 means 1),
// Delay (wait first), Error (an *[Error] answered instead of running the
// operation) and Cut ([CutBefore] or [CutAfter] the operation took effect).
type Fault = awsfake.Fault

// An Error is an answer of a service that is not a success: its Code, Message and
// HTTP Status (0 means 400).
type Error = awsfake.Error

// The ways in which a [Fault] loses the connection.
const (
	CutBefore = awsfake.CutBefore
	CutAfter  = awsfake.CutAfter
)

// Options configure a [Fake]. The zero value, or nil, is ready to use.
type Options struct {
	// Now is the clock of dates and recorded calls. The default is [time.Now],
	// which testing/synctest controls.
	Now func() time.Time
}

// A Fake is the services in memory. It is safe for concurrent use.
type Fake struct {
	now    func() time.Time
	server *awsfake.Server

	mu             sync.Mutex
	secrets        map[string]*secret    // by name
	parameters     map[string]*parameter // by name
	configurations map[secrets.Configuration]string
	versions       int
}

// New returns an empty fake. Nil options mean the defaults.
func New(options *Options) *Fake {
	f := &Fake{
		now:            time.Now,
		secrets:        make(map[string]*secret),
		parameters:     make(map[string]*parameter),
		configurations: make(map[secrets.Configuration]string),
	}
	if options != nil && options.Now != nil {
		f.now = options.Now
	}
	f.server = awsfake.New(awsfake.Protocol{
		Targets:     []string{"secretsmanager.", "AmazonSSM.", agentTarget},
		ContentType: "application/x-amz-json-1.1",
		Now:         f.now,
	}, map[string]awsfake.Operation{
		"GetSecretValue":      operation(f, f.getSecretValue),
		"BatchGetSecretValue": operation(f, f.batchGetSecretValue),
		"GetParameter":        operation(f, f.getParameter),
		"GetParameters":       operation(f, f.getParameters),
		"GetParametersByPath": operation(f, f.getParametersByPath),
		"GetConfiguration":    operation(f, f.getConfiguration),
	})
	return f
}

// operation decodes the input of run, which runs under the fake's lock.
func operation[In any](f *Fake, run func(in *In) (any, error)) awsfake.Operation {
	return func(_ context.Context, input []byte) (any, error) {
		in := new(In)
		if err := json.Unmarshal(input, in); err != nil {
			return nil, &Error{Code: "SerializationException", Message: err.Error()}
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		return run(in)
	}
}

// Config returns a configuration of the SDK whose clients reach the fake in
// process, such as secretsmanager.NewFromConfig(fake.Config()). Its region is
// us-east-1.
func (f *Fake) Config() aws.Config {
	return aws.Config{
		Region:      awsfake.Region,
		Credentials: awsfake.Credentials,
		HTTPClient:  awsfake.NewTransport(f.server),
	}
}

// ExtensionOptions returns the options of an extension that reaches the fake in
// process.
func (f *Fake) ExtensionOptions() *secrets.ExtensionOptions {
	return &secrets.ExtensionOptions{
		Client: &http.Client{Transport: awsfake.NewTransport(f.Handler())},
		Token:  func() string { return "fake" },
	}
}

// Handler returns the fake, services and extensions, as an HTTP handler, to serve
// it on a port.
func (f *Fake) Handler() http.Handler {
	extensions := f.extensions()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			extensions.ServeHTTP(w, r)
			return
		}
		f.server.ServeHTTP(w, r)
	})
}

// Calls returns the recorded calls of the named operations in their order of
// arrival, all of them when none is named. A request to an extension is recorded
// as the call that it causes: GetSecretValue, GetParameter, or GetConfiguration.
func (f *Fake) Calls(operations ...string) []Call { return f.server.Calls(operations...) }

// ResetCalls forgets the recorded calls.
func (f *Fake) ResetCalls() { f.server.ResetCalls() }

// Inject makes a fault happen to the next calls of operation; the empty operation
// stands for any. Faults apply in the order in which they were injected, one to a
// call.
func (f *Fake) Inject(operation string, fault Fault) { f.server.Inject(operation, fault) }

// ClearFaults removes the faults that have not applied yet.
func (f *Fake) ClearFaults() { f.server.ClearFaults() }

// seconds returns a time as AWS JSON has it.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
