package awsfake

import (
	"bytes"
	"net"
	"net/http"
	"syscall"
)

// A Transport carries an HTTP client's requests to a handler in the same
// process, on the caller's goroutine: no socket, no real time. It is an
// [http.RoundTripper] and, with Do, the HTTPClient of an SDK client. A handler
// that panics with [http.ErrAbortHandler] looks like a connection that was
// reset.
type Transport struct {
	handler http.Handler
}

// NewTransport returns a transport to handler.
func NewTransport(handler http.Handler) *Transport { return &Transport{handler} }

// Do is RoundTrip under the name that the SDK asks for.
func (t *Transport) Do(r *http.Request) (*http.Response, error) { return t.RoundTrip(r) }

// RoundTrip runs the handler and returns its answer.
func (t *Transport) RoundTrip(r *http.Request) (response *http.Response, err error) {
	body := r.Body
	if body != nil {
		defer body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.WithContext(r.Context())
	if body == nil {
		in.Body = http.NoBody
	}
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	in.RemoteAddr = "127.0.0.1:0"
	in.RequestURI = in.URL.RequestURI()

	w := &recorder{header: make(http.Header)}
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p != http.ErrAbortHandler: //nolint:errorlint // the sentinel itself is the protocol
			panic(p)
		case r.Context().Err() != nil:
			response, err = nil, r.Context().Err()
		default:
			response, err = nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
		}
	}()
	t.handler.ServeHTTP(w, in)
	return w.response(r), nil
}

// recorder collects a handler's answer, and is the body of the response then.
type recorder struct {
	header http.Header
	status int
	body   []byte
	reader bytes.Reader
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.body = append(w.body, p...)
	return len(p), nil
}

// take is Write for a body that nobody changes from now on, so that it need not
// be copied.
func (w *recorder) take(body []byte) {
	w.WriteHeader(http.StatusOK)
	w.body = body
}

func (w *recorder) response(r *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	w.reader.Reset(w.body)
	return &http.Response{
		Status:        http.StatusText(w.status),
		StatusCode:    w.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        w.header,
		Body:          responseBody{&w.reader},
		ContentLength: int64(len(w.body)),
		Request:       r,
	}
}

// A responseBody is read without a socket that would have to be closed.
type responseBody struct{ *bytes.Reader }

func (responseBody) Close() error { return nil }
