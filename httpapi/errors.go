package httpapi

import "errors"

// The reasons of a [*PayloadError].
var (
	// ErrUnknownPayload says that a payload is none of an HTTP source.
	ErrUnknownPayload = errors.New("payload is not an HTTP request")
	// ErrMalformedPayload says that a payload is not JSON, or that a member
	// which an HTTP source sends has another type.
	ErrMalformedPayload = errors.New("payload is malformed")
)

// ErrResponseTooLarge is what the Write method of a response returns beyond the
// limit; see [Options].MaxResponse. The client is then answered 500.
var ErrResponseTooLarge = errors.New("httpapi: response is larger than the source takes")

// ErrNoEvent says that a request has no event of Lambda behind it.
var ErrNoEvent = errors.New("httpapi: the request came without an event")

// errAuthorizer explains why a request to a Lambda authorizer, which has all that
// a request to the API has, is not served.
var errAuthorizer = errors.New("a request to a Lambda authorizer")

// errWebSocket explains why a WebSocket event is not served.
var errWebSocket = errors.New("a WebSocket event, which is for package httpapi/websocket")

// A PayloadError says why [Adapter.Invoke] did not take a payload. Reason is
// [ErrUnknownPayload] or [ErrMalformedPayload], and errors.Is finds it.
type PayloadError struct {
	// Reason is one of the two sentinels.
	Reason error
	// Err says more, and may be nil.
	Err error
}

// Error returns the reason and what is known besides.
func (e *PayloadError) Error() string {
	if e.Err == nil {
		return "httpapi: " + e.Reason.Error()
	}
	return "httpapi: " + e.Reason.Error() + ": " + e.Err.Error()
}

// Unwrap returns Reason and, when there is one, Err.
func (e *PayloadError) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Reason}
	}
	return []error{e.Reason, e.Err}
}
