package idempotency

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// HTTPOptions configure [Middleware]. The zero value of each field is its
// default.
type HTTPOptions struct {
	// Operation names the operation of all requests; "" means "http/v1".
	Operation string
	// Header carries the key; "" means "Idempotency-Key", as in
	// https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/.
	Header string
	// Methods are the methods that are protected; nil means POST and PATCH. The
	// others are idempotent by themselves, and pass.
	Methods []string
	// Required answers 400 to a request without a key. Otherwise it passes
	// without protection.
	Required bool
	// Caller returns who sends the request, so that callers cannot meet each
	// other's keys; nil means that all of them share the keys of a path. Set it
	// where a response is for its caller only.
	Caller func(r *http.Request) string
	// MaxRequest is the largest body in bytes, which is read at once because its
	// hash tells whether a key comes with another request: 0 means 10 MiB, and a
	// larger one is answered with 413.
	MaxRequest int64
	// MaxResponse is the largest response body in bytes that is kept; 0 means
	// 1 MiB. A larger one is passed on, and only its completion is stored.
	MaxResponse int
	// Keep tells by the status whether a response is kept for repeats, or the key
	// released; nil means [KeepStatus].
	Keep func(status int) bool
	// OmitHeaders are response headers that are not kept, besides those that
	// never are: Set-Cookie, Date, Server-Timing, Content-Length and what belongs
	// to one connection.
	OmitHeaders []string
	// Error answers a request that is not run, or has no response to replay; nil
	// means problem+json (RFC 9457). Retry-After is set already.
	Error func(w http.ResponseWriter, r *http.Request, status int, err error)
	// Options are those of the operation; Payload is set by Middleware.
	Options []Option
}

// ReplayedHeader marks a replayed response, with the value "true".
const ReplayedHeader = "Idempotency-Replayed"

// maxKeyLength is the longest key that a client may send, in bytes.
const maxKeyLength = 255

var (
	errNoKey  = errors.New("the request needs a header with an idempotency key")
	errBadKey = errors.New("the idempotency key must be one header of 1 to 255 visible ASCII characters")
	errBody   = errors.New("the body of the request is too large")
)

// KeepStatus is the default for [HTTPOptions.Keep]: a response is the outcome of
// its request, also when it says that the request is wrong, unless its status
// says that the request was not dealt with and may succeed later: 401, 403, 408,
// 425, 429 and 5xx.
func KeepStatus(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status < 500
}

// Middleware returns a middleware for net/http that answers a repeated request
// with the response to the first one, marked by [ReplayedHeader]. Requests are
// the same when caller, method, path and key are; they must then have the same
// query and body.
//
//	400  no key although it is required, or not a valid one
//	409  the first request is in progress (with Retry-After), or had a response
//	     too large to keep
//	413  the body is larger than MaxRequest
//	422  the key came with another query or body before
//	503  the table could not be asked; nothing was run (with Retry-After)
//
// The response is held back until it is stored, unless the handler flushes or
// writes more than MaxResponse: from then on it is passed on as it comes. When it
// cannot be stored it is sent all the same, see [Options.Observe]. Informational
// responses (1xx) are dropped and hijacking is not possible. When the handler
// panics the key is released and nothing was sent.
func Middleware(store *Store, o *HTTPOptions) func(http.Handler) http.Handler {
	m := middleware{}
	if o != nil {
		m.HTTPOptions = *o
	}
	m.Operation = cmp.Or(m.Operation, "http/v1")
	m.Header = cmp.Or(m.Header, "Idempotency-Key")
	m.MaxRequest = cmp.Or(m.MaxRequest, 10<<20)
	m.MaxResponse = cmp.Or(m.MaxResponse, 1<<20)
	if m.Methods == nil {
		m.Methods = []string{http.MethodPost, http.MethodPatch}
	}
	if m.Keep == nil {
		m.Keep = KeepStatus
	}
	if m.Error == nil {
		m.Error = problem
	}
	options := append(slices.Clip(m.Options), Payload(func(x *exchange) any { return x.fingerprint }))
	run := Wrap(store, m.Operation, (*exchange).key, m.serve, options...)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.handle(w, r, next, run) })
	}
}

type middleware struct{ HTTPOptions }

// An exchange is one request with what is needed to answer it.
type exchange struct {
	caller, method, path, header string
	request                      *http.Request
	body, fingerprint            []byte
	next                         http.Handler
	w                            *recorder
}

func (x *exchange) key() Key { return Key{x.caller, x.method, x.path, x.header} }

type runner func(context.Context, *exchange) (*response, error)

func (m *middleware) handle(w http.ResponseWriter, r *http.Request, next http.Handler, run runner) {
	values := r.Header.Values(m.Header)
	if !slices.Contains(m.Methods, r.Method) || len(values) == 0 && !m.Required {
		next.ServeHTTP(w, r)
		return
	}
	x, status, err := m.exchange(w, r, values)
	if err != nil {
		m.Error(w, r, status, err)
		return
	}
	x.next, x.w = next, newRecorder(w, m.MaxResponse)
	m.answer(w, x, run)
}

// exchange reads the request.
func (m *middleware) exchange(w http.ResponseWriter, r *http.Request, values []string) (*exchange, int, error) {
	switch {
	case len(values) == 0:
		return nil, http.StatusBadRequest, errNoKey
	case len(values) > 1 || !validKey(values[0]):
		return nil, http.StatusBadRequest, errBadKey
	}
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, m.MaxRequest))
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			return nil, http.StatusRequestEntityTooLarge, errBody
		case err != nil:
			return nil, http.StatusBadRequest, err
		}
	}
	x := &exchange{method: r.Method, path: r.URL.EscapedPath(), header: values[0], request: r, body: body}
	if m.Caller != nil {
		x.caller = m.Caller(r)
	}
	hash := sha256.New()
	_, _ = io.WriteString(hash, strconv.Itoa(len(r.URL.RawQuery))+"?"+r.URL.RawQuery)
	_, _ = hash.Write(body)
	x.fingerprint = hash.Sum(nil)
	return x, 0, nil
}

func validKey(key string) bool {
	for _, c := range []byte(key) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return strings.TrimSpace(key) != "" && len(key) <= maxKeyLength
}

// errNotKept releases the key of a response that is not kept.
var errNotKept = errors.New("the response is not kept for repeats")

// serve runs the handler and returns the response to keep.
func (m *middleware) serve(ctx context.Context, x *exchange) (*response, error) {
	r := x.request.WithContext(ctx)
	r.Body = io.NopCloser(bytes.NewReader(x.body))
	x.next.ServeHTTP(x.w, r)
	x.w.ran = true
	if !m.Keep(x.w.statusOr200()) {
		return nil, errNotKept
	}
	return x.w.response(m.OmitHeaders), nil
}

// answer runs the handler and sends its response, or replays an earlier one.
func (m *middleware) answer(w http.ResponseWriter, x *exchange, run runner) {
	stored, err := run(x.request.Context(), x)
	switch {
	case x.w.ran:
		x.w.send() // whatever became of the record: this is what happened
	case err == nil:
		stored.replay(w)
	default:
		m.fail(w, x.request, err)
	}
}

// fail answers a request that has not been run now.
func (m *middleware) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusServiceUnavailable
	wait, busy := RetryAfter(err)
	var key *KeyError
	switch {
	case busy || errors.Is(err, ErrNoResult):
		status = http.StatusConflict
	case errors.Is(err, ErrPayloadMismatch):
		status = http.StatusUnprocessableEntity
	case errors.As(err, &key):
		status = http.StatusBadRequest
	case errors.Is(err, ErrExpiry):
		status = http.StatusInternalServerError
	default:
		wait, busy = time.Second, true
	}
	if busy {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	m.Error(w, r, status, err)
}

// problem answers with problem+json. What is wrong with the table is not the
// client's to know.
func problem(w http.ResponseWriter, _ *http.Request, status int, err error) {
	detail := err.Error()
	switch {
	case status >= 500:
		detail = "the request was not run"
	case errors.Is(err, ErrPayloadMismatch):
		detail = ErrPayloadMismatch.Error()
	case errors.Is(err, ErrNoResult):
		detail = ErrNoResult.Error()
	case status == http.StatusConflict:
		detail = "a request with the same key is in progress"
	}
	body, _ := json.Marshal(map[string]any{"title": http.StatusText(status), "status": status, "detail": detail})
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
