package httpapi

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// RequestID is middleware that tells the client the id of its request, in the
// header X-Request-Id, so that a complaint can be found in the log. The id is
// the source's ([Request].ID); a request that no adapter made gets a random one,
// which RequestFrom returns from then on. An id that the client sends is not
// taken over: it could make one request look like another.
func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		about := RequestFrom(r.Context())
		if about.ID == "" {
			copied := *about
			copied.ID = rand.Text()
			about = &copied
			r = r.WithContext(&requestContext{r.Context(), about})
		}
		w.Header().Set("X-Request-Id", about.ID)
		next.ServeHTTP(w, r)
	})
}

// AccessLog returns middleware that logs one line for each request after it was
// answered: method, path, the pattern of http.ServeMux that matched, status,
// bytes, duration, source, the source's request id, X-Ray trace id, source IP and user agent.
// The query is left out: it may have secrets. The pattern is empty when
// middleware in between gave ServeMux another request. The level is Info, and Error for a
// 5xx. A nil logger means slog.Default(), looked up for each line.
func AccessLog(logger *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := &recorder{ResponseWriter: w}
			start := time.Now()
			completed := false
			defer func() { logAccess(logger, rec, r, time.Since(start), completed) }()
			next.ServeHTTP(rec, r)
			completed = true
		})
	}
}

// logAccess logs one line. A handler that did not return panicked.
func logAccess(logger *slog.Logger, rec *recorder, r *http.Request, took time.Duration, completed bool) {
	if logger == nil {
		logger = slog.Default()
	}
	status := rec.status
	switch {
	case !completed && status == 0:
		status = http.StatusInternalServerError
	case status == 0:
		status = http.StatusOK
	}
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError || !completed {
		level = slog.LevelError
	}
	about := RequestFrom(r.Context())
	logger.LogAttrs(r.Context(), level, "httpapi: request",
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("pattern", r.Pattern),
		slog.Int("status", status), slog.Int64("bytes", rec.bytes), slog.Duration("duration", took),
		slog.String("source", string(about.Source)), slog.String("sourceRequestId", about.ID),
		slog.String("xrayTraceId", traceID(r)), slog.String("sourceIp", about.SourceIP),
		slog.String("userAgent", r.UserAgent()), slog.Bool("panicked", !completed))
}

// traceID returns the X-Ray trace id of the invocation, which aws-lambda-go
// keeps under this key, or else the header that the source set.
func traceID(r *http.Request) string {
	if id, ok := r.Context().Value("x-amzn-trace-id").(string); ok && id != "" {
		return id
	}
	return r.Header.Get("X-Amzn-Trace-Id")
}

// Recover is middleware that logs a panic with its stack and answers 500. An
// adapter does so by itself; Recover is for other servers, and for middleware
// around it that wants to see the 500. When a part of the answer is out already,
// or the panic is http.ErrAbortHandler, it breaks the answer off with
// http.ErrAbortHandler.
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w}
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v != http.ErrAbortHandler { //nolint:errorlint // net/http compares so
				logPanic(logger(r.Context()), r, v)
			}
			if v == http.ErrAbortHandler || rec.status != 0 { //nolint:errorlint // as above
				panic(http.ErrAbortHandler)
			}
			writeProblem(w, Problem{Status: http.StatusInternalServerError})
		}()
		next.ServeHTTP(rec, r)
	})
}

// logPanic logs the panic that is being recovered from, with its stack.
func logPanic(l Logger, r *http.Request, v any) {
	l.LogAttrs(r.Context(), slog.LevelError, "httpapi: handler panicked",
		slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.String("panic", fmt.Sprint(v)), slog.String("stack", string(debug.Stack())))
}

// Timeout returns middleware that ends the context of a request after d. A
// handler that then returns without an answer is answered 503. It does not cut
// off a handler that does not look at its context; the adapter does, before the
// deadline of the invocation. It panics when d is not positive.
func Timeout(d time.Duration) func(http.Handler) http.Handler {
	if d <= 0 {
		panic("httpapi: Timeout: must be positive, got " + d.String())
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), d)
			defer cancel()
			rec := &recorder{ResponseWriter: w}
			next.ServeHTTP(rec, r.WithContext(ctx))
			if rec.status == 0 && errors.Is(ctx.Err(), context.DeadlineExceeded) {
				WriteError(w, r, ctx.Err())
			}
		})
	}
}

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
