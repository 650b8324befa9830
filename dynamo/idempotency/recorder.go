package idempotency

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A response is what is stored of an HTTP response.
type response struct {
	Status int         `json:"status"`
	Header http.Header `json:"header,omitempty"`
	Body   []byte      `json:"body,omitempty"`

	partial bool // Body is not all of it
}

// errTooLong is why a response is not kept.
var errTooLong = errors.New("the response is longer than HTTPOptions.MaxResponse")

// MarshalJSON refuses a response that was not recorded to its end, so that only
// its completion is stored.
func (p *response) MarshalJSON() ([]byte, error) {
	if p.partial {
		return nil, errTooLong
	}
	type fields response
	return json.Marshal((*fields)(p))
}

// replay sends a stored response. Headers that the server has set for this
// request, such as a request id, stay unless the response has its own.
func (p *response) replay(w http.ResponseWriter) {
	maps.Copy(w.Header(), p.Header)
	w.Header().Set(ReplayedHeader, "true")
	if bodyAllowed(p.Status) {
		w.Header().Set("Content-Length", strconv.Itoa(len(p.Body)))
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.Body)
}

func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// A recorder holds a response back and remembers it. Once it is flushed or has
// grown too large it passes it on.
type recorder struct {
	w       http.ResponseWriter
	before  http.Header // what was set around the handler
	header  http.Header // what the handler sees
	sent    http.Header // as it was when the status was written; nil: not yet
	status  int
	body    []byte
	limit   int
	passing bool // what is written goes to w at once
	whole   bool // body is all of it
	ran     bool
}

func newRecorder(w http.ResponseWriter, limit int) *recorder {
	return &recorder{w: w, before: w.Header().Clone(), header: cloned(w.Header()), limit: limit, whole: true}
}

func cloned(h http.Header) http.Header {
	if h == nil {
		return make(http.Header)
	}
	return h.Clone()
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.sent != nil || status < 200 {
		return
	}
	r.status, r.sent = status, r.header.Clone()
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.sent == nil {
		if r.header.Get("Content-Type") == "" && len(p) > 0 {
			r.header.Set("Content-Type", http.DetectContentType(p)) // as net/http does
		}
		r.WriteHeader(http.StatusOK)
	}
	if !bodyAllowed(r.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if r.whole && len(r.body)+len(p) > r.limit {
		r.pass()
		r.whole, r.body = false, nil
	}
	if r.whole {
		r.body = append(r.body, p...)
	}
	if !r.passing {
		return len(p), nil
	}
	return r.w.Write(p)
}

// FlushError passes on what has been written, and what will be.
func (r *recorder) FlushError() error {
	r.WriteHeader(http.StatusOK)
	r.pass()
	return http.NewResponseController(r.w).Flush()
}

// Flush is FlushError for callers of [http.Flusher].
func (r *recorder) Flush() { _ = r.FlushError() }

// pass sends what was held back.
func (r *recorder) pass() {
	if r.passing {
		return
	}
	r.passing = true
	clear(r.w.Header())
	maps.Copy(r.w.Header(), r.sent)
	r.w.WriteHeader(r.status)
	if len(r.body) > 0 {
		_, _ = r.w.Write(r.body) // a client that is gone can ask again
	}
}

// send ends the response to the client.
func (r *recorder) send() {
	if r.passing {
		for name, values := range r.header { // trailers
			if strings.HasPrefix(name, http.TrailerPrefix) || r.declared(name) {
				r.w.Header()[name] = values
			}
		}
		return
	}
	if r.sent == nil {
		r.WriteHeader(http.StatusOK)
	}
	r.pass()
}

// declared tells whether name was announced as a trailer.
func (r *recorder) declared(name string) bool {
	for _, list := range r.sent["Trailer"] {
		for declared := range strings.SplitSeq(list, ",") {
			if http.CanonicalHeaderKey(strings.TrimSpace(declared)) == name {
				return true
			}
		}
	}
	return false
}

func (r *recorder) statusOr200() int {
	if r.sent == nil {
		return http.StatusOK
	}
	return r.status
}

// notKept are the headers that belong to one answer: a cookie to the session
// that asked, the others to a moment or a connection.
var notKept = []string{
	"Set-Cookie", "Date", "Server-Timing", "Content-Length", "Connection", "Keep-Alive", "Proxy-Authenticate",
	"Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", ReplayedHeader,
}

// response returns what to store: the headers that the handler has set, and the
// body.
func (r *recorder) response(omit []string) *response {
	header := r.sent
	if header == nil {
		header = r.header
	}
	p := &response{Status: r.statusOr200(), Header: make(http.Header), Body: r.body, partial: !r.whole}
	for name, values := range header {
		switch {
		case slices.Contains(notKept, name), strings.HasPrefix(name, http.TrailerPrefix),
			slices.Equal(values, r.before[name]):
		case slices.ContainsFunc(omit, func(o string) bool { return http.CanonicalHeaderKey(o) == name }):
		default:
			p.Header[name] = values
		}
	}
	return p
}
