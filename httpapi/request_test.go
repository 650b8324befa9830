package httpapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
)

func TestStageAndBasePath(t *testing.T) {
	for _, tc := range []struct {
		stage, base, path, want string
		keep                    bool
	}{
		{stage: "prod", path: "/items/1", want: "/items/1"},
		{stage: "prod", path: "/items/1", keep: true, want: "/prod/items/1"},
		{stage: "prod", path: "/", want: "/"},
		{stage: "prod", path: "/prod/x", want: "/prod/x"},
		{stage: "prod", path: "/products", want: "/products"},
		{stage: "$default", path: "/$default/x", want: "/$default/x"},
		{stage: "prod", base: "/shop", path: "/shop/items", want: "/items"},
		{stage: "$default", base: "/shop", path: "/shop", want: "/"},
		{stage: "$default", base: "/shop", path: "/shopping", want: "/shopping"},
		{stage: "$default", base: "/shop/v1", path: "/shop/v1/a%20b", want: "/a b"},
		{stage: "$default", base: "/shop", path: "/x/shop", want: "/x/shop"},
	} {
		for _, source := range []httpapi.Source{httpapi.SourceHTTP1, httpapi.SourceHTTP2} {
			var got string
			a := httpapi.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.URL.Path }),
				&httpapi.Options{BasePath: tc.base, KeepStage: tc.keep})
			get(t, httpapitest.New(source, a, &httpapitest.Options{Stage: tc.stage}), tc.path)
			require.Equal(t, tc.want, got, "%s %+v", source, tc)
		}
	}
}

func TestStageOfRESTIsNotInThePath(t *testing.T) {
	var got string
	a := httpapi.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.URL.EscapedPath() }),
		&httpapi.Options{BasePath: "/v1"})
	g := httpapitest.New(httpapi.SourceREST, a, &httpapitest.Options{Stage: "prod"})
	get(t, g, "/prod/x")
	require.Equal(t, "/prod/x", got)
	get(t, g, "/v1/a%2Fb")
	require.Equal(t, "/a%2Fb", got)
}

func TestRequestTellsWhatTheSourceKnows(t *testing.T) {
	now := time.UnixMilli(1_764_000_000_123)
	api := httpapi.Request{
		ID: "00000000-0000-4000-8000-000000000001", SourceIP: "2001:db8::1", Domain: "example.com",
		AccountID: "123456789012", APIID: "abcdef1234", Time: now,
	}
	for source, edit := range map[httpapi.Source]func(*httpapi.Request){
		httpapi.SourceREST:  func(r *httpapi.Request) { r.Stage, r.Route = "live", "GET /{proxy+}" },
		httpapi.SourceHTTP1: func(r *httpapi.Request) { r.Stage, r.Route = "$default", "GET /{proxy+}" },
		httpapi.SourceHTTP2: func(r *httpapi.Request) { r.Stage, r.Route = "$default", "$default" },
		httpapi.SourceFunctionURL: func(r *httpapi.Request) {
			r.Stage, r.Route = "$default", "$default"
			r.Domain = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws"
		},
		// A load balancer knows little; the id is the invocation's, the second
		// that the gateway gave out.
		httpapi.SourceALB: func(r *httpapi.Request) {
			*r = httpapi.Request{ID: "00000000-0000-4000-8000-000000000002", SourceIP: r.SourceIP}
		},
		httpapi.SourceALBMultiValue: func(r *httpapi.Request) {
			*r = httpapi.Request{ID: "00000000-0000-4000-8000-000000000002", SourceIP: r.SourceIP}
		},
		httpapi.SourceLattice1: func(r *httpapi.Request) {
			*r = httpapi.Request{ID: "00000000-0000-4000-8000-000000000002", SourceIP: r.SourceIP}
		},
		httpapi.SourceLattice2: func(r *httpapi.Request) {
			*r = httpapi.Request{ID: "00000000-0000-4000-8000-000000000002", SourceIP: r.SourceIP, Time: r.Time}
		},
	} {
		want := api
		edit(&want)
		want.Source = source
		var remote string
		var got httpapi.Request
		a := httpapi.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got, remote = *httpapi.RequestFrom(r.Context()), r.RemoteAddr
		}), nil)
		g := httpapitest.New(source, a, &httpapitest.Options{
			SourceIP: "2001:db8::1", Now: func() time.Time { return now },
		})
		request := httptest.NewRequest("GET", "/", nil)
		request.Header.Set("X-Forwarded-For", "6.6.6.6, 7.7.7.7")
		_, err := g.RoundTrip(request)
		require.NoError(t, err)
		require.Equal(t, want, httpapi.Comparable(got))
		require.Equal(t, "[2001:db8::1]:0", remote, source)
	}
}

func TestAddressBehindALoadBalancerIsTheOneItWrote(t *testing.T) {
	for list, want := range map[string]string{
		`["6.6.6.6","7.7.7.7, 192.0.2.1"]`:      "192.0.2.1",
		`["6.6.6.6, 7.7.7.7","192.0.2.1:4321"]`: "192.0.2.1",
		`["6.6.6.6, 2001:db8::1"]`:              "2001:db8::1",
		`["6.6.6.6,\t[2001:db8::1]:4321"]`:      "2001:db8::1",
		`[]`:                                    "",
	} {
		a := httpapi.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			require.Equal(t, want, httpapi.RequestFrom(r.Context()).SourceIP, list)
		}), nil)
		_, err := a.Invoke(t.Context(), []byte(`{"httpMethod":"GET","path":"/","requestContext":{"elb":{}},
			"multiValueHeaders":{"x-forwarded-for":`+list+`}}`))
		require.NoError(t, err)
	}
}

func TestHeadersNeverBecomeContext(t *testing.T) {
	forEachSource(t, func(w http.ResponseWriter, r *http.Request) {
		about := httpapi.RequestFrom(r.Context())
		io.WriteString(w, about.ID+" "+about.Stage+" "+about.SourceIP)
	}, nil, func(t *testing.T, g *httpapitest.Gateway) {
		request := httptest.NewRequest("GET", "/", nil)
		for _, name := range []string{
			"X-Golambdaproxy-Apigw-Context", "X-Amzn-Request-Context", "Requestcontext", "X-Request-Id", "X-Real-Ip",
			"X-Forwarded-For", "Forwarded",
		} {
			request.Header.Set(name, `{"requestId":"evil","stage":"evil"}`)
		}
		response, err := g.RoundTrip(request)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NotContains(t, string(body), "evil")
		require.Contains(t, string(body), httpapitest.DefaultSourceIP)
	})
}

func TestRequestFromAnotherContext(t *testing.T) {
	require.Equal(t, httpapi.Request{}, *httpapi.RequestFrom(t.Context()))
}

func TestHeadersOfTheConnectionAreSettled(t *testing.T) {
	called := false
	a := httpapi.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		called = true
		require.Equal(t, http.Header{"Content-Length": {"3"}, "X-A": {"1", "2"}}, r.Header)
		require.Equal(t, int64(3), r.ContentLength)
		require.Equal(t, "0.0.0.0:0", r.RemoteAddr)
		require.Equal(t, "domain.example", r.Host)
	}), nil)
	_, err := a.Invoke(t.Context(), []byte(`{"httpMethod":"PUT","path":"/","body":"abc","headers":{"ignored":"1"},
		"multiValueHeaders":{"Transfer-Encoding":["chunked"],"trailer":["X"],"content-length":["99"],"x-a":["1"],"X-A":["2"]},
		"requestContext":{"domainName":"domain.example"}}`))
	require.NoError(t, err)
	require.True(t, called)
}
