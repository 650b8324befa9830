package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	awsevents "github.com/aws/aws-lambda-go/events"
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

	_     [0]func() // not comparable, which saves the code of the comparison
	event *event
	log   Logger
}

// Payload returns a copy of the payload of the invocation; it is nil when no
// adapter made the request.
func (r *Request) Payload() []byte {
	if r.event == nil {
		return nil
	}
	return []byte(r.event.payload)
}

// Event decodes the payload into the type that it has in aws-lambda-go, and
// returns a pointer to it:
//
//   - REST API and HTTP API with payload format 1.0: *awsevents.APIGatewayProxyRequest
//   - HTTP API with payload format 2.0: *awsevents.APIGatewayV2HTTPRequest
//   - function URL: *awsevents.LambdaFunctionURLRequest
//   - load balancer: *awsevents.ALBTargetGroupRequest
//   - VPC Lattice, which aws-lambda-go has no types for: [*LatticeV1Event] and
//     [*LatticeV2Event]
//
// It costs as much as serving the request, so most handlers should not call it
// and none needs it twice. It returns [ErrNoEvent] when no adapter made the
// request.
func (r *Request) Event() (any, error) {
	var event any
	switch r.Source {
	case SourceREST, SourceHTTP1:
		event = &awsevents.APIGatewayProxyRequest{}
	case SourceHTTP2:
		event = &awsevents.APIGatewayV2HTTPRequest{}
	case SourceFunctionURL:
		event = &awsevents.LambdaFunctionURLRequest{}
	case SourceALB, SourceALBMultiValue:
		event = &awsevents.ALBTargetGroupRequest{}
	case SourceLattice1:
		event = &LatticeV1Event{}
	case SourceLattice2:
		event = &LatticeV2Event{}
	}
	if event == nil || r.event == nil {
		return nil, ErrNoEvent
	}
	if err := json.Unmarshal([]byte(r.event.payload), event); err != nil {
		return nil, fmt.Errorf("httpapi: decode the event of %s: %w", r.Source, err)
	}
	return event, nil
}

// PathParameters returns what the route of an API found in the path, a new map
// for each call; nil for other sources. The routes of http.ServeMux have theirs
// in http.Request.PathValue.
func (r *Request) PathParameters() map[string]string {
	if r.event == nil {
		return nil
	}
	return stringMap(r.event.pathParameters)
}

// StageVariables returns those of an API's stage, a new map for each call; nil
// for other sources.
func (r *Request) StageVariables() map[string]string {
	if r.event == nil {
		return nil
	}
	return stringMap(r.event.stageVariables)
}

// stringMap decodes an object. It was scanned before, so that what can still be
// wrong is a member of another type, which is left out.
func stringMap(object string) map[string]string {
	var members map[string]any
	if object == "" || json.Unmarshal([]byte(object), &members) != nil || members == nil {
		return nil
	}
	out := make(map[string]string, len(members))
	for name, member := range members {
		if text, ok := member.(string); ok {
			out[name] = text
		}
	}
	return out
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
func logger(ctx context.Context) Logger {
	if l := RequestFrom(ctx).log; l != nil {
		return l
	}
	return standardLog{}
}
