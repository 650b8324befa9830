package httpapi

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
)

// streamBuffer is how much of a body is collected before the first bytes leave
// without a flush. It is net/http's: until then the content type can be found,
// and a panic can still become a clean 500.
const streamBuffer = 2048

// preludeEnd separates the prelude of a streamed answer from its body.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
var preludeEnd = make([]byte, 8)

// A streamWriter is a responseWriter whose body leaves while it is written.
type streamWriter struct {
	*responseWriter
	state   atomic.Int32 // of the prelude
	prelude []byte
	ready   chan struct{} // closed when the prelude is complete
	pipe    *io.PipeWriter
	ctx     context.Context //nolint:containedctx // of the handler
}

// The states of a prelude. It leaves open once, to the handler that commits it
// or to the deadline that takes its place.
const (
	preludeOpen int32 = iota
	preludeCommitted
	preludeExpired
)

// Write collects the first bytes and sends all others.
func (w *streamWriter) Write(p []byte) (int, error) {
	if w.state.Load() != preludeCommitted {
		n, err := w.responseWriter.Write(p)
		if err == nil && len(w.body) > streamBuffer {
			err = w.commit()
		}
		return n, err
	}
	n, err := w.admit(len(p))
	if err != nil || n == 0 || w.isHead {
		return len(p), err
	}
	return w.pipe.Write(p)
}

// WriteString is Write.
func (w *streamWriter) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// Flush sends what there is.
func (w *streamWriter) Flush() { w.FlushError() } //nolint:errcheck // Flush has no error

// FlushError sends what there is, the status and the header if nothing else.
func (w *streamWriter) FlushError() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.commit()
}

// commit sends the prelude and what was collected, the first time.
func (w *streamWriter) commit() error {
	if !w.state.CompareAndSwap(preludeOpen, preludeCommitted) {
		if w.state.Load() == preludeExpired {
			return http.ErrHandlerTimeout
		}
		return nil
	}
	w.settle()
	if w.isHead {
		w.body = nil
	}
	w.prelude = w.head()
	close(w.ready)
	w.endAtDeadline() // which may have passed before there was a stream to end
	body := w.body
	w.body = nil
	if len(body) == 0 {
		return nil
	}
	_, err := w.pipe.Write(body)
	return err
}

// endAtDeadline ends the stream when the context has ended.
func (w *streamWriter) endAtDeadline() {
	if w.ctx.Err() != nil && w.state.Load() == preludeCommitted {
		w.pipe.CloseWithError(&StreamError{context.Cause(w.ctx)})
	}
}

// head returns the prelude.
func (w *responseWriter) head() []byte {
	out := strconv.AppendInt([]byte(`{"statusCode":`), int64(w.status), 10)
	out = append(w.frozen.append(out, w.shape), '}')
	return append(out, preludeEnd...)
}
