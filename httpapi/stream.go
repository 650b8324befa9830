package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
)

// A StreamError ends a streamed answer that cannot be completed after its first
// bytes have left. Lambda passes it on as an error of the stream, so that the
// client sees a broken answer and not a short one.
type StreamError struct {
	// Err is the reason: http.ErrAbortHandler after an abort, otherwise the
	// deadline, or an error that only says that the handler panicked.
	Err error
}

// Error returns the reason.
func (e *StreamError) Error() string { return "httpapi: stream: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *StreamError) Unwrap() error { return e.Err }

// errPanicked is all that a client may learn of a panic.
var errPanicked = errors.New("handler panicked")

// A StreamedResponse is the answer that [Adapter.Stream] returns. aws-lambda-go
// reads it to its end and closes it.
type StreamedResponse struct {
	contentType string
	head        bytes.Reader
	body        *io.PipeReader // nil when head is all
	cancel      context.CancelFunc
}

// Read returns the prelude and then the body, as the handler writes it. An
// error other than io.EOF is a [*StreamError].
func (s *StreamedResponse) Read(p []byte) (int, error) {
	if s.head.Len() > 0 || s.body == nil {
		return s.head.Read(p)
	}
	return s.body.Read(p)
}

// Close ends the context of a handler that is still writing, whose Write then
// fails with io.ErrClosedPipe.
func (s *StreamedResponse) Close() error {
	if s.body == nil {
		return nil
	}
	s.cancel()
	return s.body.Close()
}

// ContentType tells Lambda that the answer begins with a prelude.
func (s *StreamedResponse) ContentType() string { return s.contentType }

// MarshalJSON fails, which makes aws-lambda-go read the answer instead.
func (s *StreamedResponse) MarshalJSON() ([]byte, error) {
	return nil, errors.New("httpapi: a streamed response is not JSON")
}

// Stream serves one request like Invoke and returns the answer as soon as the
// handler flushes, has written more than 2 KB or has returned. It is for
// lambda.Start(a.Stream) behind a function URL with the invoke mode
// RESPONSE_STREAM or a REST API with the response transfer mode STREAM. The
// sources that cannot stream, and a Fallback, get the same as from Invoke.
//
// The body goes out as it is, without base64 and without a limit. What goes
// wrong before the first bytes have left is answered as by Invoke; afterwards
// it ends the stream with a [*StreamError].
func (a *Adapter) Stream(ctx context.Context, payload json.RawMessage) (*StreamedResponse, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, inv := a.get(), &invocation{}
	if err := s.decoder.decode(string(payload), &inv.event); err != nil {
		a.put(s)
		if a.options.Fallback == nil {
			return nil, err
		}
		return whole("application/json")(a.options.Fallback(ctx, payload))
	}
	if source := inv.event.source; source != SourceFunctionURL && source != SourceREST {
		return whole("application/json")(a.serve(ctx, s, inv))
	}
	return a.stream(ctx, s, inv)
}

// whole returns how to make a response of all of its bytes.
func whole(contentType string) func([]byte, error) (*StreamedResponse, error) {
	return func(out []byte, err error) (*StreamedResponse, error) {
		if err != nil {
			return nil, err
		}
		return &StreamedResponse{contentType: contentType, head: *bytes.NewReader(out)}, nil
	}
}

// integrationResponse is the content type of an answer with a prelude.
const integrationResponse = "application/vnd.awslambda.http-integration-response"

// stream answers the event of inv.
func (a *Adapter) stream(ctx context.Context, s *scratch, inv *invocation) (*StreamedResponse, error) {
	a.describe(ctx, inv)
	hctx, cancel := a.handlerContext(ctx)
	inv.ctx = requestContext{hctx, &inv.Request}
	r := new(http.Request).WithContext(&inv.ctx)
	err := s.decoder.request(inv, r, &a.options)
	a.prepare(&scratch{}, inv, r.Method)
	inv.writer.limit = math.MaxInt
	a.put(s)
	if err != nil {
		cancel()
		return refuseStream(inv, Problem{Status: http.StatusBadRequest, Detail: err.Error()})
	}
	reader, writer := io.Pipe()
	w := &streamWriter{responseWriter: &inv.writer, ready: make(chan struct{}), pipe: writer, ctx: &inv.ctx}
	done := make(chan struct{})
	go a.handleStream(inv, w, r, done, cancel)
	select {
	case <-done:
	case <-w.ready:
	case <-inv.ctx.Done():
	}
	select {
	case <-done: // before a deadline that comes at once: an answer is better than none
	default:
		if response, err := a.expireStream(ctx, inv, w, r); response != nil || err != nil {
			return response, err
		}
	}
	if w.state.Load() != preludeCommitted {
		return a.finishStream(inv, r)
	}
	<-w.ready
	return &StreamedResponse{
		contentType: integrationResponse, head: *bytes.NewReader(w.prelude), body: reader, cancel: cancel,
	}, nil
}

// handleStream calls the handler and ends the stream that it began.
func (a *Adapter) handleStream(
	inv *invocation, w *streamWriter, r *http.Request, done chan struct{}, cancel context.CancelFunc,
) {
	defer cancel()
	defer close(done) // before cancel, which must not look like a deadline
	// A deadline must also end a stream whose handler does not look at it.
	stop := context.AfterFunc(&inv.ctx, w.endAtDeadline)
	defer func() {
		stop()
		if w.state.Load() == preludeCommitted {
			w.pipe.CloseWithError(inv.streamEnd())
		}
	}()
	a.call(inv, w, r)
}

// streamEnd returns what the reader of a stream gets at its end: nil, which is
// io.EOF, for an answer that is complete.
func (inv *invocation) streamEnd() error {
	switch inv.outcome {
	case aborted:
		return &StreamError{http.ErrAbortHandler}
	case panicked:
		return &StreamError{errPanicked}
	case completed:
	}
	if err := inv.writer.finish(); err != nil {
		return &StreamError{err}
	}
	return nil
}

// expireStream answers in place of a handler that has sent nothing in time. It
// returns nothing when the handler has sent something.
func (a *Adapter) expireStream(
	ctx context.Context, inv *invocation, w *streamWriter, r *http.Request,
) (*StreamedResponse, error) {
	if !w.state.CompareAndSwap(preludeOpen, preludeExpired) {
		return nil, nil
	}
	inv.writer.expired.Store(true)
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return nil, err
	}
	a.logExpired(inv, r)
	return refuseStream(inv, expired)
}

// finishStream answers a request whose handler has returned before anything was
// sent.
func (a *Adapter) finishStream(inv *invocation, r *http.Request) (*StreamedResponse, error) {
	p, err := a.conclude(inv, r)
	switch {
	case err != nil:
		return nil, err
	case p != nil:
		return refuseStream(inv, *p)
	}
	return whole(integrationResponse)(append(inv.writer.head(), inv.writer.body...), nil)
}

// refuseStream answers with p in place of the handler.
func refuseStream(inv *invocation, p Problem) (*StreamedResponse, error) {
	w := inv.refusal(p)
	return whole(integrationResponse)(append(w.head(), w.body...), nil)
}
