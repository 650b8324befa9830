package awsfake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A Protocol describes how a service speaks AWS JSON.
type Protocol struct {
	// Targets are the prefixes of X-Amz-Target that the service answers to,
	// each with its final dot: "DynamoDB_20120810.".
	Targets []string
	// ContentType is that of every answer, "application/x-amz-json-1.0" or 1.1.
	ContentType string
	// ErrorType turns an error code into the "__type" of the answer; nil leaves
	// the code as it is.
	ErrorType func(code string) string
	// Unknown is the answer to a target that names no operation; nil means
	// UnknownOperationException without a message.
	Unknown *Error
	// Malformed is the answer to a request body that cannot be read; nil means
	// SerializationException.
	Malformed *Error
	// Internal is the code of the answer when the fake itself fails; empty
	// means "InternalFailure".
	Internal string
	// CRC32 sends X-Amz-Crc32 with every answer, as DynamoDB does.
	CRC32 bool
	// QueryErrors sends x-amzn-query-error with every error, as SQS does.
	QueryErrors bool
	// MaxBody is the largest request body that is read; 0 means 32 MiB.
	MaxBody int64
	// Now is the clock of recorded calls; nil means time.Now.
	Now func() time.Time
}

// An Operation answers one call: the request's JSON document goes in, and a
// value to encode as JSON comes out ([]byte and json.RawMessage are sent as
// they are). An error that is not an [*Error] is answered as an internal one.
type Operation func(ctx context.Context, input []byte) (any, error)

// A Server serves a fake's operations over HTTP. It is safe for concurrent use.
type Server struct {
	protocol   Protocol
	operations map[string]Operation
	faults     faults
	journal    journal
	requests   atomic.Uint64
}

// New returns a server for operations, which it does not copy and which must
// not change from now on.
func New(p Protocol, operations map[string]Operation) *Server {
	if p.ErrorType == nil {
		p.ErrorType = func(code string) string { return code }
	}
	if p.Unknown == nil {
		p.Unknown = &Error{Code: "UnknownOperationException"}
	}
	if p.Malformed == nil {
		p.Malformed = &Error{Code: "SerializationException"}
	}
	if p.Internal == "" {
		p.Internal = "InternalFailure"
	}
	if p.MaxBody == 0 {
		p.MaxBody = 32 << 20
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	return &Server{protocol: p, operations: operations}
}

// Inject queues a fault for the next calls of operation; the empty operation
// stands for any. Faults apply in the order in which they were injected, one to
// a call.
func (s *Server) Inject(operation string, f Fault) { s.faults.add(operation, f) }

// ClearFaults removes the faults that have not applied yet.
func (s *Server) ClearFaults() { s.faults.clear() }

// Calls returns the recorded calls of the named operations in their order of
// arrival, all of them when none is named. Only the newest 10,000 calls (and
// 64 MiB of their documents) are kept; [Server.Count] counts them all.
func (s *Server) Calls(operations ...string) []Call { return s.journal.list(operations) }

// Count returns how often operation was called since the last reset.
func (s *Server) Count(operation string) int { return s.journal.count(operation) }

// ResetCalls forgets the recorded calls.
func (s *Server) ResetCalls() { s.journal.reset() }

// ServeHTTP answers one request. A cut connection is http.ErrAbortHandler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, operation := s.find(r)
	if operation == nil {
		s.writeError(w, s.protocol.Unknown)
		return
	}
	input, err := readBody(r, s.protocol.MaxBody)
	if err != nil {
		s.writeError(w, s.protocol.Malformed)
		return
	}
	call := &Call{Operation: name, Input: input, Time: s.protocol.Now()}
	fault, faulty := s.faults.next(name)
	call.Faulty = faulty
	s.journal.add(call)
	s.answer(w, r, call, operation, fault)
}

// answer runs operation under fault and writes what comes of it.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, call *Call, operation Operation, fault Fault) {
	if wait(r.Context(), fault.Delay) != nil || fault.Cut == CutBefore {
		panic(http.ErrAbortHandler)
	}
	var output []byte
	failure := fault.Error
	if failure == nil {
		output, failure = s.run(r.Context(), operation, call.Input)
	}
	if fault.Cut == CutAfter {
		s.journal.finish(call, nil, failure)
		panic(http.ErrAbortHandler)
	}
	if failure != nil {
		s.journal.finish(call, s.writeError(w, failure), failure)
		return
	}
	s.journal.finish(call, output, nil)
	s.write(w, http.StatusOK, output)
}

// run calls operation and encodes its output. A panic in it is an internal
// error that carries the stack, so that no input can take a served fake down.
func (s *Server) run(ctx context.Context, operation Operation, input []byte) (output []byte, failure *Error) {
	defer func() {
		if p := recover(); p != nil {
			output, failure = nil, s.internal(fmt.Sprintf("the fake panicked: %v\n%s", p, debug.Stack()))
		}
	}()
	result, err := operation(ctx, input)
	if err == nil {
		output, err = encode(result)
	}
	if err != nil {
		return nil, s.failureOf(err)
	}
	return output, nil
}

// failureOf returns the answer to a call that failed with err.
func (s *Server) failureOf(err error) *Error {
	if failure, ok := errors.AsType[*Error](err); ok {
		return failure
	}
	return s.internal(err.Error())
}

func (s *Server) internal(message string) *Error {
	return &Error{Code: s.protocol.Internal, Message: message, Status: http.StatusInternalServerError}
}

// find returns the operation that r asks for, nil when there is none.
func (s *Server) find(r *http.Request) (string, Operation) {
	target := r.Header.Get("X-Amz-Target")
	for _, prefix := range s.protocol.Targets {
		if name, ok := strings.CutPrefix(target, prefix); ok && r.Method == http.MethodPost {
			return name, s.operations[name]
		}
	}
	return "", nil
}

func (s *Server) writeError(w http.ResponseWriter, e *Error) []byte {
	output, err := encode(e.body(s.protocol.ErrorType(e.Code)))
	if err != nil {
		output, _ = encode(map[string]any{"__type": e.Code, "message": err.Error()})
	}
	if s.protocol.QueryErrors {
		code, fault := e.QueryCode, "Sender"
		if code == "" {
			code = e.Code
		}
		if e.status() >= http.StatusInternalServerError {
			fault = "Receiver"
		}
		w.Header().Set("X-Amzn-Query-Error", code+";"+fault)
	}
	s.write(w, e.status(), output)
	return output
}

func (s *Server) write(w http.ResponseWriter, status int, body []byte) {
	header := w.Header()
	values := []string{s.protocol.ContentType, strconv.Itoa(len(body)), requestID(s.requests.Add(1)), ""}
	header["Content-Type"] = values[0:1:1] // as Set does, in one allocation for all
	header["Content-Length"] = values[1:2:2]
	header["X-Amzn-Requestid"] = values[2:3:3]
	if s.protocol.CRC32 {
		values[3] = strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10)
		header["X-Amz-Crc32"] = values[3:4:4]
	}
	w.WriteHeader(status)
	if recorder, ok := w.(*recorder); ok {
		recorder.take(body)
		return
	}
	_, _ = w.Write(body) // a client that has gone cannot be told
}

// requestID returns n as 32 upper-case hexadecimal digits.
func requestID(n uint64) string {
	var id [32]byte
	for i := range id {
		id[i] = '0'
	}
	for i := len(id) - 1; n > 0; i-- {
		id[i] = "0123456789ABCDEF"[n&0xF]
		n >>= 4
	}
	return string(id[:])
}

func readBody(r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	if n := r.ContentLength; n > 0 && n <= limit { // exactly so much, as the journal keeps it
		body := make([]byte, n)
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(io.LimitReader(r.Body, limit+1)); err != nil {
		return nil, err
	}
	if int64(body.Len()) > limit {
		return nil, fmt.Errorf("the body is over %d bytes", limit)
	}
	return body.Bytes(), nil
}

// encode writes v as JSON without escaping HTML, as AWS does.
func encode(v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return []byte("{}"), nil
	case []byte:
		return v, nil
	case json.RawMessage:
		return v, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
