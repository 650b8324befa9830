package httpapi

import (
	"io"
	"net/http"
)

// LimitBody returns middleware that lets a handler read at most limit bytes of
// a request's body. Beyond, reading returns an *http.MaxBytesError, which
// [JSON] and [WriteError] answer 413; a request that declares a longer body is
// answered so at once. It is also how the limit of [JSON] is raised. It panics
// when limit is negative.
func LimitBody(limit int64) func(http.Handler) http.Handler {
	if limit < 0 {
		panic("httpapi: LimitBody: limit must not be negative")
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > limit {
				WriteError(w, r, &http.MaxBytesError{Limit: limit})
				return
			}
			if r.Body != nil && r.Body != http.NoBody {
				r2 := *r
				r2.Body = &limitedBody{http.MaxBytesReader(w, r.Body, limit)}
				r = &r2
			}
			next.ServeHTTP(w, r)
		})
	}
}

// A limitedBody is a body that LimitBody limited.
type limitedBody struct{ io.ReadCloser }

// A recorder sees what a handler answers. http.ResponseController finds the
// writer inside.
type recorder struct {
	http.ResponseWriter
	status int // 0 while nothing was sent
	bytes  int64
}

func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	w.implicit()
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// WriteString saves the copy where the writer inside can.
func (w *recorder) WriteString(s string) (int, error) {
	w.implicit()
	n, err := io.WriteString(w.ResponseWriter, s)
	w.bytes += int64(n)
	return n, err
}

// Flush is there for code that asks for an http.Flusher. It does nothing when
// the writer inside cannot flush.
func (w *recorder) Flush() { w.FlushError() } //nolint:errcheck // Flush has no error

// FlushError flushes the writer inside.
func (w *recorder) FlushError() error {
	w.implicit()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *recorder) implicit() {
	if w.status == 0 {
		w.status = http.StatusOK
	}
}
