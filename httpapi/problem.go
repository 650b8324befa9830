package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
)

// problemType is the media type of RFC 9457.
const problemType = "application/problem+json"

// A Problem is an answer that says what went wrong, in the form of RFC 9457
// (https://www.rfc-editor.org/rfc/rfc9457). It is an error, so that a handler
// under [JSON] just returns it; all of it is sent to the client.
type Problem struct {
	// Type is a URI that identifies the kind of problem. Empty means
	// "about:blank", and is not sent.
	Type string `json:"type,omitempty"`
	// Title is a short summary of the kind. Empty means the text of Status.
	Title string `json:"title"`
	// Status is the HTTP status. A value outside 400 to 599 means 500.
	Status int `json:"status"`
	// Detail explains this occurrence.
	Detail string `json:"detail,omitempty"`
	// Instance is a URI that identifies this occurrence.
	Instance string `json:"instance,omitempty"`
	// Errors names the wrong fields of the request.
	Errors []FieldError `json:"errors,omitempty"`
}

// Error returns the problem in one line: title, detail and fields.
func (p *Problem) Error() string {
	text := p.Title
	if text == "" {
		text = http.StatusText(p.StatusCode())
	}
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	for i := range p.Errors {
		text += "; " + p.Errors[i].Error()
	}
	return text
}

// StatusCode returns the HTTP status of the answer.
func (p *Problem) StatusCode() int { return errorStatus(p.Status) }

// A FieldError names one wrong field of a request. Return it, alone or several
// with errors.Join, from a Validate method; [JSON] answers all of them at once.
type FieldError struct {
	// In is the part of the request: "body", "path", "query" or "header".
	// Empty means "body".
	In string `json:"in"`
	// Field is the name of the field as the client wrote it. For a field inside
	// others the names are joined by dots, an element of a list having its
	// number for a name: "items.0.price".
	Field string `json:"field"`
	// Detail says what is wrong, such as "must not be empty".
	Detail string `json:"detail"`
}

// Error returns "body field title must not be empty".
func (e *FieldError) Error() string {
	return e.part() + " field " + e.Field + " " + e.Detail
}

// StatusCode returns 422: the request was understood and is wrong.
func (e *FieldError) StatusCode() int { return http.StatusUnprocessableEntity }

func (e *FieldError) part() string {
	if e.In == "" {
		return inBody
	}
	return e.In
}

// Error returns an error that [JSON] answers with status and detail. The detail
// is sent to the client. To say more, return a [*Problem]; to keep the status
// of an error of your own, give it a method StatusCode() int.
func Error(status int, detail string) error {
	return &Problem{Status: status, Detail: detail}
}

// WriteError answers r with the problem that err stands for, as [JSON] does:
//
//   - a [*Problem] is sent as it is;
//   - one or more [*FieldError] are listed in a 422;
//   - an *http.MaxBytesError is a 413;
//   - any other error with a method StatusCode() int is sent with that status,
//     and for 4xx with its text as the detail;
//   - an error of the context is a 503;
//   - everything else is a 500 without a detail.
//
// Errors are found through wrapping. What a 5xx does not tell the client is
// logged. Nothing may have been written to w before.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		logger(r.Context()).LogAttrs(r.Context(), slog.LevelError, "httpapi: request failed",
			slog.String("method", r.Method), slog.String("path", r.URL.Path),
			slog.Int("status", p.Status), slog.Any("error", err))
	}
	writeProblem(w, p)
}

// writeProblem answers with p.
func writeProblem(w http.ResponseWriter, p Problem) {
	body, header := p.encode(), w.Header()
	// What was meant for the success must not describe the failure.
	for _, key := range [...]string{"Content-Encoding", "Content-Length", "ETag", "Last-Modified"} {
		header.Del(key)
	}
	header.Set("Content-Type", problemType)
	w.WriteHeader(p.StatusCode())
	w.Write(body) //nolint:errcheck // the client is gone; there is nobody to tell
}

// encode returns the JSON of p with its defaults filled in.
func (p Problem) encode() []byte {
	p.Status = p.StatusCode()
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	body, err := json.Marshal(p)
	if err != nil {
		panic("httpapi: a problem of strings cannot be encoded: " + err.Error())
	}
	return body
}

// problemOf returns the problem that err stands for, its status settled.
func problemOf(err error) Problem {
	var (
		problem *Problem
		tooBig  *http.MaxBytesError
		coded   interface {
			error
			StatusCode() int
		}
	)
	fields := fieldErrors(err, nil)
	switch {
	case errors.As(err, &problem):
		p := *problem
		p.Status = p.StatusCode()
		return p
	case len(fields) > 0:
		return Problem{Status: http.StatusUnprocessableEntity, Detail: detailOf(fields), Errors: fields}
	case errors.As(err, &tooBig):
		return Problem{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("the body is larger than %d bytes", tooBig.Limit)}
	case errors.As(err, &coded):
		p := Problem{Status: errorStatus(coded.StatusCode())}
		if p.Status < http.StatusInternalServerError {
			p.Detail = coded.Error()
		}
		return p
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return Problem{Status: http.StatusServiceUnavailable}
	}
	return Problem{Status: http.StatusInternalServerError}
}

// errorStatus returns status, or 500 when it is not that of an error.
func errorStatus(status int) int {
	if status < 400 || status > 599 {
		return http.StatusInternalServerError
	}
	return status
}

// fieldErrors appends every FieldError in the tree of err. errors.As would stop
// at the first.
func fieldErrors(err error, to []FieldError) []FieldError {
	switch e := err.(type) { //nolint:errorlint // this is the walk through the wrapping
	case *FieldError:
		f := *e
		f.In = f.part()
		return append(to, f)
	case interface{ Unwrap() error }:
		return fieldErrors(e.Unwrap(), to)
	case interface{ Unwrap() []error }:
		for _, child := range e.Unwrap() {
			to = fieldErrors(child, to)
		}
	}
	return to
}

// detailOf sums fields up in a sentence.
func detailOf(fields []FieldError) string {
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Field
	}
	return "wrong fields: " + strings.Join(names, ", ")
}
