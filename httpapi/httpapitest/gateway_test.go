package httpapitest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	awsevents "github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
)

// A function answers any payload.
type function func(ctx context.Context, payload []byte) ([]byte, error)

func (f function) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return f(ctx, payload) }

// always answers the same.
func always(answer string) function {
	return func(context.Context, []byte) ([]byte, error) { return []byte(answer), nil }
}

// send sends a GET.
func send(t *testing.T, g *httpapitest.Gateway, target string) (*http.Response, string) {
	t.Helper()
	response, err := g.RoundTrip(httptest.NewRequestWithContext(t.Context(), "GET", target, nil))
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(body)
}

func TestErrorsOfTheFunction(t *testing.T) {
	for source, want := range map[httpapi.Source]string{
		httpapi.SourceREST:          `502 {"message": "Internal server error"}`,
		httpapi.SourceHTTP1:         `500 {"message":"Internal Server Error"}`,
		httpapi.SourceHTTP2:         `500 {"message":"Internal Server Error"}`,
		httpapi.SourceFunctionURL:   `502 Internal Server Error`,
		httpapi.SourceLattice1:      `500 Internal Server Error`,
		httpapi.SourceLattice2:      `500 Internal Server Error`,
		httpapi.SourceALB:           "502 <html>",
		httpapi.SourceALBMultiValue: "502 <html>",
	} {
		broken := errors.New("broken")
		for name, f := range map[string]function{
			"error":     func(context.Context, []byte) ([]byte, error) { return nil, broken },
			"not JSON":  always(`{`),
			"no status": always(`{"statusCode":99}`),
			"large":     always(`{"statusCode":200,"body":"` + strings.Repeat("x", httpapi.MaxLambdaResponse) + `"}`),
			"base64":    always(`{"statusCode":200,"body":"%","isBase64Encoded":true}`),
		} {
			var told error
			g := httpapitest.New(source, f, &httpapitest.Options{OnError: func(err error) { told = err }})
			response, body := send(t, g, "/")
			got := fmt.Sprint(response.StatusCode, " ", body)
			require.True(t, strings.HasPrefix(got, want), "%s, %s: %s", source, name, got)
			require.Error(t, told)
			if name == "error" {
				require.ErrorIs(t, told, broken)
			}
		}
	}
}

func TestAnswerIsReadAsTheServiceReadsIt(t *testing.T) {
	const answer = `{"statusCode":201,"headers":{"x-one":"1","x-both":"single"},
		"multiValueHeaders":{"x-many":["1","2"],"x-both":["multi"]},"cookies":["a=1","b=2"],"body":"x"}`
	single := http.Header{"X-One": {"1"}, "X-Both": {"single"}}
	withCookies := http.Header{"X-One": {"1"}, "X-Both": {"single"}, "Set-Cookie": {"a=1", "b=2"}}
	for source, want := range map[httpapi.Source]http.Header{
		httpapi.SourceREST:          {"X-One": {"1"}, "X-Both": {"multi"}, "X-Many": {"1", "2"}},
		httpapi.SourceHTTP1:         {"X-One": {"1"}, "X-Both": {"multi"}, "X-Many": {"1", "2"}},
		httpapi.SourceHTTP2:         withCookies,
		httpapi.SourceFunctionURL:   withCookies,
		httpapi.SourceALB:           single,
		httpapi.SourceALBMultiValue: {"X-Both": {"multi"}, "X-Many": {"1", "2"}},
		httpapi.SourceLattice1:      single,
		httpapi.SourceLattice2:      single,
	} {
		response, body := send(t, httpapitest.New(source, always(answer), nil), "/")
		require.Equal(t, "201 Created x", response.Status+" "+body)
		for _, name := range []string{"Date", "Content-Length", "Content-Type"} {
			response.Header.Del(name)
		}
		require.Equal(t, want, response.Header, source)
	}
}

func TestSecondFormatOfPayloadTwo(t *testing.T) {
	for _, source := range []httpapi.Source{httpapi.SourceHTTP2, httpapi.SourceFunctionURL} {
		response, body := send(t, httpapitest.New(source, always(`{"a":1}`), nil), "/")
		require.Equal(t, `200 {"a":1}`, fmt.Sprint(response.StatusCode, " ", body))
		require.Equal(t, "application/json", response.Header.Get("Content-Type"))
	}
}

func TestRESTRenamesHeaders(t *testing.T) {
	answer := `{"statusCode":401,"headers":{"WWW-Authenticate":"Basic","Server":"x","X-A":"1"}}`
	response, _ := send(t, httpapitest.New(httpapi.SourceREST, always(answer), nil), "/")
	require.Equal(t, "Basic", response.Header.Get("X-Amzn-Remapped-WWW-Authenticate"))
	require.Equal(t, "x", response.Header.Get("X-Amzn-Remapped-Server"))
	require.Equal(t, "1", response.Header.Get("X-A"))
	require.Empty(t, response.Header.Get("WWW-Authenticate"))
	require.Equal(t, "application/json", response.Header.Get("Content-Type"))
}

func TestHTTPAPIRejectsPaths(t *testing.T) {
	for _, source := range []httpapi.Source{httpapi.SourceHTTP1, httpapi.SourceHTTP2} {
		var told error
		g := httpapitest.New(source, nil, &httpapitest.Options{OnError: func(err error) { told = err }})
		response, body := send(t, g, "/percent%25done")
		require.Equal(t, `400 {"message":"Bad Request"}`, fmt.Sprint(response.StatusCode, " ", body))
		var rejected *httpapitest.RejectedError
		require.ErrorAs(t, told, &rejected)
	}
}

func TestPayloadsHaveTheTypesOfAWS(t *testing.T) {
	r := httptest.NewRequest("POST", "/a%20b?q=1&q=2", strings.NewReader("body"))
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("Cookie", "a=1; b=2")
	options := &httpapitest.Options{
		Stage: "prod", Route: "POST /{name}", PathParameters: map[string]string{"name": "a b"},
		StageVariables: map[string]string{"v": "1"},
		Authorizer:     map[string]any{"jwt": map[string]any{"claims": map[string]any{"sub": "u"}}},
	}
	var v2 awsevents.APIGatewayV2HTTPRequest
	decode(t, httpapitest.New(httpapi.SourceHTTP2, nil, options), r, &v2)
	require.Equal(t, "/prod/a b", v2.RawPath)
	require.Equal(t, "q=1&q=2", v2.RawQueryString)
	require.Equal(t, map[string]string{"q": "1,2"}, v2.QueryStringParameters)
	require.Equal(t, []string{"a=1", "b=2"}, v2.Cookies)
	require.Equal(t, "POST /{name}", v2.RouteKey)
	require.Equal(t, "u", v2.RequestContext.Authorizer.JWT.Claims["sub"])
	require.NotContains(t, v2.Headers, "cookie")
	require.Equal(t, "body", v2.Body)

	var rest awsevents.APIGatewayProxyRequest
	decode(t, httpapitest.New(httpapi.SourceREST, nil, options), r, &rest)
	require.Equal(t, "/a%20b", rest.Path)
	require.Equal(t, "/prod/a%20b", rest.RequestContext.Path)
	require.Equal(t, []string{"1", "2"}, rest.MultiValueQueryStringParameters["q"])
	require.Equal(t, "2", rest.QueryStringParameters["q"])
	require.Equal(t, "/{name}", rest.Resource)
	require.Equal(t, options.PathParameters, rest.PathParameters)
	require.True(t, rest.IsBase64Encoded)

	var url awsevents.LambdaFunctionURLRequest
	decode(t, httpapitest.New(httpapi.SourceFunctionURL, nil, nil), r, &url)
	require.Equal(t, "/a%20b", url.RawPath)
	require.Equal(t, "/a b", url.RequestContext.HTTP.Path)
	require.Equal(t, "a=1; b=2", url.Headers["cookie"])

	var alb awsevents.ALBTargetGroupRequest
	decode(t, httpapitest.New(httpapi.SourceALB, nil, nil), r, &alb)
	require.Equal(t, "/a%20b", alb.Path)
	require.Equal(t, map[string]string{"q": "2"}, alb.QueryStringParameters)
	require.Nil(t, alb.MultiValueHeaders)
}

// decode decodes the payload of r.
func decode(t *testing.T, g *httpapitest.Gateway, r *http.Request, event any) {
	t.Helper()
	payload, err := g.Payload(r)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(payload, event))
}

func TestRoundTripHonoursTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	g := httpapitest.New(httpapi.SourceALB, function(func(context.Context, []byte) ([]byte, error) {
		cancel()
		return nil, ctx.Err()
	}), nil)
	_, err := g.RoundTrip(httptest.NewRequestWithContext(ctx, "GET", "/", nil))
	require.ErrorIs(t, err, context.Canceled)
}

func TestRequestBodyThatCannotBeRead(t *testing.T) {
	broken := errors.New("broken")
	g := httpapitest.New(httpapi.SourceALB, always(`{}`), nil)
	_, err := g.Client().Post("https://a.example", "text/plain", io.MultiReader(strings.NewReader("x"), errorReader{broken}))
	require.ErrorIs(t, err, broken)
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

func TestRequestsThatAreTooLargeAreRejected(t *testing.T) {
	never := function(func(context.Context, []byte) ([]byte, error) { panic("the function was invoked") })
	long := strings.Repeat("x", 10_240)
	for _, tc := range []struct {
		source       httpapi.Source
		header, body int
		want         int
	}{
		{httpapi.SourceREST, len(long), 0, http.StatusRequestHeaderFieldsTooLarge},
		{httpapi.SourceHTTP1, len(long), 0, http.StatusRequestHeaderFieldsTooLarge},
		{httpapi.SourceHTTP2, len(long), 0, http.StatusRequestHeaderFieldsTooLarge},
		{httpapi.SourceFunctionURL, 0, httpapi.MaxLambdaResponse, http.StatusRequestEntityTooLarge},
		{httpapi.SourceALB, 0, 1<<20 + 1, http.StatusRequestEntityTooLarge},
		{httpapi.SourceALBMultiValue, 0, 1<<20 + 1, http.StatusRequestEntityTooLarge},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", tc.body)))
		r.Header.Set("Content-Type", "text/plain")
		r.Header.Set("X-Long", long[:tc.header])
		var told *httpapitest.RejectedError
		g := httpapitest.New(tc.source, never, &httpapitest.Options{OnError: func(err error) { require.ErrorAs(t, err, &told) }})
		response, err := g.RoundTrip(r)
		require.NoError(t, err)
		require.Equal(t, tc.want, response.StatusCode, tc.source)
		require.Equal(t, tc.want, told.Status)
	}
}

func TestUnknownSourcesPanic(t *testing.T) {
	require.Panics(t, func() { httpapitest.New(httpapi.SourceLocal, nil, nil) })
	require.Panics(t, func() { httpapitest.NewStreaming(httpapi.SourceALB, nil, nil) })
}

// Requests of existing tests often have their target in absolute form, which a
// server takes apart.
func TestTargetsInAbsoluteForm(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s", r.Host, r.URL.Path, r.URL.RawQuery)
	})
	for target, want := range map[string]string{
		"http://example.com/gigs/1?a=b": "example.com /gigs/1 a=b",
		"https://example.com?a=b":       "example.com / a=b",
		"/to?url=http://example.com/x":  "example.com /to url=http://example.com/x",
	} {
		for _, source := range httpapitest.Sources() {
			_, got := send(t, httpapitest.New(source, httpapi.New(handler, nil), nil), target)
			got, err := url.QueryUnescape(got) // some services escape a query in another way
			require.NoError(t, err)
			require.Equal(t, want, got, "%s: %s", source, target)
		}
	}
}
