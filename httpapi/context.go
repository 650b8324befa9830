package httpapi

import (
	"context"
	"log/slog"
	"time"
)

// A Request is what the source told about a request besides the HTTP itself.
// It comes from the payload alone: no header that a client sends can change it,
// except the X-Forwarded-For of a source that has no other word for the address
// of the client. It is read-only and safe for concurrent use.
type Request struct {
	// Source is who delivered the request.
	Source Source
	// ID is the request id of the source, the one in its access log. A source
	// that has none (a load balancer, VPC Lattice) leaves it to the id of the
	// Lambda invocation.
	ID string
	// Stage is the API's stage, "$default" included; empty for a source
	// without stages.
	Stage string
	// Route is the route that the source matched, "GET /items/{id}" or
	// "$default"; empty for a source without routes.
	Route string
	// SourceIP is the address of the client as the source saw it, without a
	// port; empty when the source does not tell.
	SourceIP string
	// Domain is the domain name that the client called; empty when the source
	// does not tell, and then the request's Host has it.
	Domain string
	// AccountID and APIID are those of the API; empty for other sources.
	AccountID, APIID string
	// Time is when the source received the request, to the millisecond; zero
	// when the source does not tell.
	Time time.Time

	event *event
	log   *slog.Logger
}

// contextKey finds the *Request in a context. Being private, nothing outside of
// the package can put one there.
type contextKey struct{}

// noRequest is what a context without a request has.
var noRequest Request

// RequestFrom returns what the source told about the request that ctx belongs
// to. It never returns nil: a context that no adapter made has a Request whose
// Source is [SourceNone] and whose other fields are empty.
func RequestFrom(ctx context.Context) *Request {
	if r, ok := ctx.Value(contextKey{}).(*Request); ok {
		return r
	}
	return &noRequest
}

// logger returns the logger of the adapter that made ctx.
func logger(ctx context.Context) *slog.Logger {
	if l := RequestFrom(ctx).log; l != nil {
		return l
	}
	return slog.Default()
}
