package lambdaruntime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"time"
)

// MaxResponse is the largest buffered answer, in bytes.
const MaxResponse = 6_291_556

// Options configure a [Server]. The zero value, and nil, mean the defaults.
type Options struct {
	// Timeout is how long an invocation may take. Default 3 s, Lambda's own.
	Timeout time.Duration
}

// A Server is a Runtime API. It is safe for concurrent use.
type Server struct {
	timeout time.Duration
	server  *httptest.Server
	queue   chan *invocation
	closed  chan struct{}
	asked   sync.Once
	ready   chan struct{}

	mu      sync.Mutex
	last    int
	pending map[string]*invocation // handed out and not answered
}

// An invocation is one event on its way.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	answer   chan *Answer // has room for the one answer
}

// An Answer is what a function answered to an invocation.
type Answer struct {
	// ContentType is that of the answer.
	ContentType string
	// Body is the answer as it arrives; it must be read to its end or closed.
	// A function that breaks off a stream makes Read return a [*FunctionError].
	Body io.ReadCloser
}

// A FunctionError is an error that the function reported.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// Error returns the type and the message.
func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

// New returns a server on a loopback port.
func New(opts *Options) *Server {
	s := &Server{
		timeout: 3 * time.Second,
		queue:   make(chan *invocation),
		closed:  make(chan struct{}),
		ready:   make(chan struct{}),
		pending: make(map[string]*invocation),
	}
	if opts != nil && opts.Timeout > 0 {
		s.timeout = opts.Timeout
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", s.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", s.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", s.failure)
	s.server = httptest.NewServer(mux)
	return s
}

// Addr returns the value of AWS_LAMBDA_RUNTIME_API.
func (s *Server) Addr() string { return s.server.Listener.Addr().String() }

// Ready is closed when a process has asked for its first invocation: its INIT is
// over.
func (s *Server) Ready() <-chan struct{} { return s.ready }

// Close ends the server. Invocations that wait for an answer get an error.
func (s *Server) Close() {
	close(s.closed)
	s.server.CloseClientConnections()
	s.server.Close()
}

// errClosed is the error of an invocation that the server could not finish.
var errClosed = errors.New("lambdaruntime: server was closed")

// Invoke hands payload to a process and returns its answer as soon as the
// answer begins. The error is a [*FunctionError] when the function reported one.
func (s *Server) Invoke(ctx context.Context, payload []byte) (*Answer, error) {
	s.mu.Lock()
	s.last++
	inv := &invocation{
		id:      fmt.Sprintf("00000000-0000-4000-8000-%012d", s.last),
		payload: payload, deadline: time.Now().Add(s.timeout), answer: make(chan *Answer, 1),
	}
	s.pending[inv.id] = inv
	s.mu.Unlock()
	select {
	case s.queue <- inv:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.closed:
		return nil, errClosed
	}
	select {
	case a := <-inv.answer:
		if failed, ok := a.Body.(*failedBody); ok {
			return nil, failed.err
		}
		return a, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.closed:
		return nil, errClosed
	}
}

// Call is Invoke for a whole answer.
func (s *Server) Call(ctx context.Context, payload []byte) ([]byte, error) {
	a, err := s.Invoke(ctx, payload)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	return io.ReadAll(a.Body)
}

// next gives a process its next event.
func (s *Server) next(w http.ResponseWriter, r *http.Request) {
	s.asked.Do(func() { close(s.ready) })
	var inv *invocation
	select {
	case inv = <-s.queue:
	case <-r.Context().Done():
		return
	case <-s.closed:
		return
	}
	h := w.Header()
	h.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:test")
	h.Set("Lambda-Runtime-Trace-Id", "Root=1-67891233-abcdef012345678912345678;Sampled=1")
	w.Write(inv.payload) //nolint:errcheck // the process has ended
}

// take returns the invocation that a process answers, once.
func (s *Server) take(w http.ResponseWriter, r *http.Request) *invocation {
	s.mu.Lock()
	defer s.mu.Unlock()
	inv := s.pending[r.PathValue("id")]
	if inv == nil {
		w.WriteHeader(http.StatusBadRequest)
	}
	delete(s.pending, r.PathValue("id"))
	return inv
}

// streamed is the content type of an answer that is passed on while it arrives.
const streamed = "application/vnd.awslambda.http-integration-response"

// response takes an answer.
func (s *Server) response(w http.ResponseWriter, r *http.Request) {
	inv := s.take(w, r)
	if inv == nil {
		return
	}
	contentType := r.Header.Get("Content-Type")
	if contentType == streamed {
		s.stream(w, r, inv)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxResponse+1))
	if err == nil && len(body) > MaxResponse {
		inv.answer <- &Answer{Body: &failedBody{&FunctionError{"Function.ResponseSizeTooLarge", "too large"}}}
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	inv.answer <- &Answer{ContentType: contentType, Body: io.NopCloser(bytes.NewReader(body))}
	w.WriteHeader(http.StatusAccepted)
}

// stream takes an answer that arrives, and returns when it has been read.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, inv *invocation) {
	body := &streamBody{request: r, done: make(chan struct{})}
	inv.answer <- &Answer{ContentType: streamed, Body: body}
	select {
	case <-body.done:
		w.WriteHeader(http.StatusAccepted)
	case <-s.closed:
	case <-r.Context().Done():
	}
}

// failure takes an error.
func (s *Server) failure(w http.ResponseWriter, r *http.Request) {
	inv := s.take(w, r)
	if inv == nil {
		return
	}
	failed := &FunctionError{}
	if err := json.NewDecoder(r.Body).Decode(failed); err != nil {
		failed = &FunctionError{"Runtime.Malformed", err.Error()}
	}
	inv.answer <- &Answer{Body: &failedBody{failed}}
	w.WriteHeader(http.StatusAccepted)
}
