package httpapi

import (
	"io"
	"net/http"
)

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
