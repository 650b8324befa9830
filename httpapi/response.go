package httpapi

import (
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// sniffLen is how much of a body net/http looks at to find its type.
const sniffLen = 512

// A responseWriter collects an answer by the rules of net/http. It belongs to
// the goroutine of the handler until the handler has returned; expired is all
// that another goroutine touches.
type responseWriter struct {
	header http.Header
	shape  shape
	isHead bool
	limit  int

	status   int // 0 until WriteHeader
	frozen   frozenHeader
	declared int64 // Content-Length, -1 without one
	written  int64 // bytes that the handler gave, also those of a HEAD
	taken    int64 // of them, those that were not refused
	body     []byte
	settled  bool // the content type is found, or there will be none
	tooLarge bool
	expired  atomic.Bool
}

// A frozenHeader is the header as it was at WriteHeader, encoded for the
// source. The buffers are scratch space.
type frozenHeader struct {
	fields  []byte // members of a JSON object, each with a comma behind it
	cookies []string
	typed   bool // Content-Type was set, if only to nothing
	encoded bool // Content-Encoding was set
}

func (w *responseWriter) Header() http.Header {
	if w.header == nil {
		w.header = make(http.Header)
	}
	return w.header
}

// WriteHeader freezes the header and the status. The first final status wins;
// informational ones have no way to the client and are left out.
func (w *responseWriter) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("httpapi: invalid status %d", status))
	}
	if w.status != 0 || status < 200 && status != http.StatusSwitchingProtocols {
		return
	}
	w.status = status
	w.freeze()
}

// Write collects the body. It returns what net/http would return,
// ErrResponseTooLarge once the body alone is over the limit, and
// http.ErrHandlerTimeout once the request was answered.
func (w *responseWriter) Write(p []byte) (int, error) {
	n, err := w.admit(len(p))
	if n > 0 {
		w.body = append(w.body, p[:n]...)
	}
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// WriteString is Write without a copy.
func (w *responseWriter) WriteString(s string) (int, error) {
	n, err := w.admit(len(s))
	if n > 0 {
		w.body = append(w.body, s[:n]...)
	}
	if err != nil {
		return 0, err
	}
	return len(s), nil
}

// admit decides how many of the next n bytes are kept.
func (w *responseWriter) admit(n int) (keep int, err error) {
	if w.expired.Load() {
		return 0, http.ErrHandlerTimeout
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if n == 0 {
		return 0, nil
	}
	if !bodyAllowed(w.status) {
		return 0, http.ErrBodyNotAllowed
	}
	w.written += int64(n)
	switch {
	case w.declared >= 0 && w.written > w.declared:
		return 0, http.ErrContentLength
	case w.isHead:
		// The body is not sent, only looked at.
		return min(n, sniffLen-min(len(w.body), sniffLen)), nil
	case len(w.body)+n > w.limit:
		w.tooLarge = true
		return 0, ErrResponseTooLarge
	}
	w.taken += int64(n)
	return n, nil
}

// Flush settles what net/http settles by a flush: status, header and content
// type. The answer itself leaves when it is complete.
func (w *responseWriter) Flush() {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.settle()
}

// SetReadDeadline and SetWriteDeadline do nothing: nothing blocks, and handlers
// that stream ask for no deadline at all.

func (w *responseWriter) SetReadDeadline(time.Time) error  { return nil }
func (w *responseWriter) SetWriteDeadline(time.Time) error { return nil }

// EnableFullDuplex does nothing: the request is complete, so that it can be read
// at any time. It lets http.ResponseController succeed.
func (w *responseWriter) EnableFullDuplex() error { return nil }

// settle finds the content type from what was written so far, unless the
// handler set it or it cannot be known.
func (w *responseWriter) settle() {
	if w.settled {
		return
	}
	w.settled = true
	f := &w.frozen
	if f.typed || f.encoded || len(w.body) == 0 || !bodyAllowed(w.status) {
		return
	}
	f.add(w.shape, "Content-Type", http.DetectContentType(w.body[:min(len(w.body), sniffLen)]))
}

// finish completes the answer after the handler has returned, and tells what is
// wrong with it, if anything.
func (w *responseWriter) finish() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.settle()
	switch {
	case w.tooLarge:
		return ErrResponseTooLarge
	case w.status == http.StatusSwitchingProtocols:
		return fmt.Errorf("httpapi: no source can switch protocols")
	case w.isHead:
		w.body = w.body[:0]
		if w.declared < 0 && w.written > 0 {
			w.frozen.add(w.shape, "Content-Length", strconv.FormatInt(w.written, 10))
		}
	case bodyAllowed(w.status) && w.declared >= 0 && w.taken < w.declared:
		// net/http breaks the connection, so that nobody takes a part of the
		// body for all of it. A write of too much has sent nothing.
		return fmt.Errorf("httpapi: handler declared %d bytes and wrote %d", w.declared, w.written)
	}
	return nil
}

// release gives the buffers back to s. A goroutine that the handler left behind
// may still have the writer; it must not write into the next answer.
func (w *responseWriter) release(s *scratch) {
	w.expired.Store(true)
	s.fields, s.body = w.frozen.fields, w.body
	w.frozen.fields, w.body = nil, nil
}

// freeze encodes the header as it is now.
func (w *responseWriter) freeze() {
	f := &w.frozen
	w.declared = w.contentLength()
	f.encoded = w.header.Get("Content-Encoding") != ""
	_, f.typed = w.header["Content-Type"]
	var scratch [24]string
	keys := scratch[:0]
	for key := range w.header {
		if w.sends(key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		if key == "Set-Cookie" {
			f.cookies = slices.Clone(w.header[key])
		} else {
			f.add(w.shape, key, w.header[key]...)
		}
	}
}

// sends tells whether a header is for the client.
func (w *responseWriter) sends(key string) bool {
	switch key {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Trailer", "Transfer-Encoding", "Upgrade":
		return false // these are about a connection that the handler does not have
	case "Content-Length":
		// The source counts the body itself; only a HEAD has none to count.
		return w.isHead && bodyAllowed(w.status) && w.declared >= 0
	case "Content-Type":
		return w.status != http.StatusNotModified
	}
	return isToken(key) && !strings.HasPrefix(key, http.TrailerPrefix)
}

// contentLength returns the length that the handler declared, -1 without a
// valid one.
func (w *responseWriter) contentLength() int64 {
	text := w.header.Get("Content-Length")
	if text == "" {
		return -1
	}
	n, err := strconv.ParseInt(textproto.TrimString(text), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// bodyAllowed tells whether an answer with that status may have a body.
func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}
