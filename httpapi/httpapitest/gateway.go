package httpapitest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/go-thaw/thaw/httpapi"
)

// Defaults of [Options].
const (
	DefaultSourceIP = "192.0.2.1"
	DefaultStage    = "live"
)

// A Function is what a Gateway invokes: an [httpapi.Adapter], or any other
// handler of bytes.
type Function interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Options configure a [Gateway]. The zero value, and nil, mean the defaults.
type Options struct {
	// Stage is the stage of an API. Default: "$default" for an HTTP API and
	// [DefaultStage] for a REST API. Other services have none.
	Stage string
	// Route is the route that matched, as in "GET /gigs/{id}". Default: the
	// catch-all of the service, "$default" or "/{proxy+}".
	Route string
	// PathParameters are those of the route. Default: none.
	PathParameters map[string]string
	// StageVariables are those of the stage. Default: none.
	StageVariables map[string]string
	// Authorizer is requestContext.authorizer, or for VPC Lattice
	// requestContext.identity, a value to encode as JSON. Default: none.
	Authorizer any
	// SourceIP is the address of the client. Default [DefaultSourceIP].
	SourceIP string
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// OnError is told when the client gets an error of the service instead of
	// the function's answer. Default: nobody is told.
	OnError func(error)
}

// A Gateway is one service in front of a function.
type Gateway struct {
	source   httpapi.Source
	function Function
	stream   *httpapi.Adapter // nil when the answers are buffered
	options  Options
	requests atomic.Uint64
}

// Sources returns all sources that a Gateway can play.
func Sources() []httpapi.Source {
	return []httpapi.Source{
		httpapi.SourceREST,
		httpapi.SourceHTTP1,
		httpapi.SourceHTTP2,
		httpapi.SourceFunctionURL,
		httpapi.SourceALB,
		httpapi.SourceALBMultiValue,
		httpapi.SourceLattice1,
		httpapi.SourceLattice2,
	}
}

// New returns a Gateway that plays source in front of function. It panics when
// source is none of [Sources].
func New(source httpapi.Source, function Function, opts *Options) *Gateway {
	if services[source] == nil {
		panic(fmt.Sprintf("httpapitest: New: no such source: %q", source))
	}
	g := &Gateway{source: source, function: function}
	if opts != nil {
		g.options = *opts
	}
	o := &g.options
	if o.Stage == "" {
		o.Stage = DefaultStage
		if source != httpapi.SourceREST {
			o.Stage = "$default"
		}
	}
	if o.SourceIP == "" {
		o.SourceIP = DefaultSourceIP
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	return g
}

// NewStreaming returns a Gateway that plays source with response streaming: the
// body of a response arrives while the handler writes it. Only a function URL
// and a REST API stream; NewStreaming panics for other sources.
func NewStreaming(source httpapi.Source, adapter *httpapi.Adapter, opts *Options) *Gateway {
	if source != httpapi.SourceFunctionURL && source != httpapi.SourceREST {
		panic(fmt.Sprintf("httpapitest: NewStreaming: source cannot stream: %q", source))
	}
	g := New(source, adapter, opts)
	g.stream = adapter
	return g
}

// Client returns a client whose requests all go to the function.
func (g *Gateway) Client() *http.Client { return &http.Client{Transport: g} }

// RoundTrip sends r through the service to the function and returns what comes
// back.
func (g *Gateway) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	payload, err := g.Payload(r)
	if rejected, ok := err.(*RejectedError); ok { //nolint:errorlint // Payload returns it as it is
		return g.failure(r, rejected.Status, rejected), nil
	}
	if err != nil {
		return nil, err
	}
	ctx := lambdacontext.NewContext(r.Context(), &lambdacontext.LambdaContext{
		AwsRequestID:       g.requestID(),
		InvokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:test",
	})
	if g.stream != nil {
		return g.roundTripStream(ctx, r, payload), nil
	}
	answer, err := g.function.Invoke(ctx, payload)
	if r.Context().Err() != nil {
		return nil, r.Context().Err()
	}
	return g.Response(r, answer, err), nil
}

// A RejectedError says that the service itself answers a request, which never
// reaches the function.
type RejectedError struct {
	// Status is the status of the answer.
	Status int
	// Reason says what the service does not like.
	Reason string
}

// Error returns the status and the reason.
func (e *RejectedError) Error() string {
	return fmt.Sprintf("httpapitest: rejected with %d: %s", e.Status, e.Reason)
}

// Payload returns the payload that the service would send for r, whose body it
// reads and puts back. The error is a [*RejectedError] for a request that the
// service would not pass on.
func (g *Gateway) Payload(r *http.Request) ([]byte, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, fmt.Errorf("httpapitest: read body: %w", err)
	}
	s, w := services[g.source], newWire(g, r, body)
	if s.maxHeader > 0 && w.headerSize() > s.maxHeader {
		return nil, &RejectedError{http.StatusRequestHeaderFieldsTooLarge, "the request line and the headers are too large"}
	}
	payload, err := s.payload(g, w)
	if err != nil {
		return nil, err
	}
	if len(payload) > maxPayload || s.maxBody > 0 && len(body) > s.maxBody {
		return nil, &RejectedError{http.StatusRequestEntityTooLarge, "the request is too large"}
	}
	return payload, nil
}

// Limits of requests, in bytes.
const (
	// maxPayload is what Lambda takes for an invocation that is waited for.
	// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	maxPayload = httpapi.MaxLambdaResponse
	// maxBodyALB is the body that a load balancer takes for a function.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
	maxBodyALB = 1 << 20
	// maxHeaderAPI is what API Gateway takes of a request line and headers.
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
	maxHeaderAPI = 10_240
)

// Response returns what a client would get when the function answers r with
// answer and err.
func (g *Gateway) Response(r *http.Request, answer []byte, err error) *http.Response {
	if err != nil {
		return g.failure(r, services[g.source].broken, err)
	}
	response, err := g.response(r, answer)
	if err != nil {
		return g.failure(r, services[g.source].broken, err)
	}
	return response
}

// A service is what is special about one source.
type service struct {
	payload func(*Gateway, *wire) ([]byte, error)
	// limit is the largest answer, in bytes of JSON.
	limit int
	// maxBody and maxHeader are the largest body, and request line with headers,
	// of a request; 0 means that there is no limit but that of Lambda.
	maxBody, maxHeader int
	// multi says that the answer has multiValueHeaders, single that it has
	// headers, and cookies that it has a list of cookies.
	multi, single, cookies bool
	// contentType is what an answer without one gets.
	contentType string
	// renamed are the headers of an answer that reach the client under another
	// name.
	renamed map[string]bool
	// broken is the status, and message the body, of the service's answer when
	// the function has none that it can use.
	broken  int
	message string
}

var services = map[httpapi.Source]*service{
	httpapi.SourceREST: {
		maxHeader: maxHeaderAPI,
		payload:   payloadREST, limit: httpapi.MaxLambdaResponse, multi: true, single: true,
		contentType: "application/json", renamed: renamedByREST,
		broken: http.StatusBadGateway, message: `{"message": "Internal server error"}`,
	},
	httpapi.SourceHTTP1: {
		maxHeader: maxHeaderAPI,
		payload:   payloadREST, limit: httpapi.MaxLambdaResponse, multi: true, single: true,
		contentType: "text/plain; charset=utf-8",
		broken:      http.StatusInternalServerError, message: `{"message":"Internal Server Error"}`,
	},
	httpapi.SourceHTTP2: {
		maxHeader: maxHeaderAPI,
		payload:   payloadV2, limit: httpapi.MaxLambdaResponse, single: true, cookies: true,
		contentType: "text/plain; charset=utf-8",
		broken:      http.StatusInternalServerError, message: `{"message":"Internal Server Error"}`,
	},
	httpapi.SourceFunctionURL: {
		payload: payloadV2, limit: httpapi.MaxLambdaResponse, single: true, cookies: true,
		contentType: "application/json",
		broken:      http.StatusBadGateway, message: `Internal Server Error`,
	},
	httpapi.SourceALB: {
		maxBody: maxBodyALB,
		payload: payloadALB, limit: httpapi.MaxALBResponse, single: true,
		broken: http.StatusBadGateway, message: badGateway,
	},
	httpapi.SourceALBMultiValue: {
		maxBody: maxBodyALB,
		payload: payloadALB, limit: httpapi.MaxALBResponse, multi: true,
		broken: http.StatusBadGateway, message: badGateway,
	},
	httpapi.SourceLattice1: {
		payload: payloadLattice1, limit: httpapi.MaxLambdaResponse, single: true,
		broken: http.StatusInternalServerError, message: "Internal Server Error",
	},
	httpapi.SourceLattice2: {
		payload: payloadLattice2, limit: httpapi.MaxLambdaResponse, single: true,
		broken: http.StatusInternalServerError, message: "Internal Server Error",
	},
}

// badGateway is the page of a load balancer.
const badGateway = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n" +
	"<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"

// renamedByREST are headers of an answer that a REST API keeps for itself; the
// client finds them with x-amzn-remapped- in front.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
var renamedByREST = map[string]bool{
	"Age": true, "Connection": true, "Content-Md5": true, "Date": true, "Expect": true, "Host": true,
	"Server": true, "Www-Authenticate": true,
}

// requestID returns an id that no other request of g has.
func (g *Gateway) requestID() string {
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", g.requests.Add(1))
}

// readBody reads the body of r and puts it back.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}
