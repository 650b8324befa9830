package ratelimit_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/ratelimit"
)

// serve sends a request from address through the limiter.
func serve(l *ratelimit.Limiter, key func(*http.Request) string, r *http.Request) *httptest.ResponseRecorder {
	h := l.Middleware(key)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestMiddleware(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, newFake().Client(), ratelimit.Limit{Rate: 2, Per: time.Minute, Burst: 2}, &ratelimit.Options{Name: "per user"})
		get := func(user string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("User", user)
			return serve(l, func(r *http.Request) string { return r.Header.Get("User") }, r)
		}
		w := get("ada")
		require.Equal(t, http.StatusNoContent, w.Code)
		require.Equal(t, http.Header{
			"Ratelimit-Policy":    {`"per user";q=2;w=60`},
			"Ratelimit":           {`"per user";r=1;t=30`},
			"Ratelimit-Limit":     {"2"},
			"Ratelimit-Remaining": {"1"},
			"Ratelimit-Reset":     {"30"},
		}, w.Header())
		require.Equal(t, http.StatusNoContent, get("ada").Code)
		wait(10500 * time.Millisecond)

		w = get("ada")
		require.Equal(t, http.StatusTooManyRequests, w.Code)
		require.Equal(t, "20", w.Header().Get("Retry-After"), "19.5 s, rounded up")
		require.Equal(t, `"per user";r=0;t=20`, w.Header().Get("RateLimit"))
		require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
		require.JSONEq(t, `{
			"type": "https://iana.org/assignments/http-problem-types#quota-exceeded",
			"title": "Too Many Requests", "status": 429, "detail": "try again in 20 s",
			"violated-policies": ["per user"]
		}`, w.Body.String())

		require.Equal(t, http.StatusNoContent, get("eve").Code)
		for range 5 {
			w := get("")
			require.Equal(t, http.StatusNoContent, w.Code, "no key, no limit")
			require.Empty(t, w.Header())
		}
	})
}

func TestMiddlewareWithoutATable(t *testing.T) {
	for name, tt := range map[string]struct {
		failure ratelimit.Failure
		want    int
	}{
		"closed": {ratelimit.FailClosed, http.StatusServiceUnavailable},
		"open":   {ratelimit.FailOpen, http.StatusNoContent},
	} {
		t.Run(name, func(t *testing.T) {
			var seen error
			l := newLimiter(t, dynamotest.New(nil).Client(), ratelimit.Limit{Rate: 1}, &ratelimit.Options{
				Failure: tt.failure,
				OnError: func(_ context.Context, err *ratelimit.StoreError) { seen = err },
			})
			w := serve(l, ratelimit.ByAddress, httptest.NewRequest(http.MethodGet, "/", nil))
			require.Equal(t, tt.want, w.Code)
			require.Empty(t, w.Header().Get("RateLimit"), "nothing is known")
			require.ErrorContains(t, seen, "ResourceNotFoundException")
			if tt.want == http.StatusServiceUnavailable {
				require.Equal(t, "1", w.Header().Get("Retry-After"))
				require.True(t, json.Valid(w.Body.Bytes()))
				require.NotContains(t, w.Body.String(), "ResourceNotFound")
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		remote    string
		forwarded []string
		direct    string
		one, two  string // behind one proxy, behind two
	}{
		{"192.0.2.1:1234", nil, "192.0.2.1", "192.0.2.1", "192.0.2.1"},
		{"10.0.0.1:1", []string{"198.51.100.7"}, "10.0.0.1", "198.51.100.7", "10.0.0.1"},
		{"10.0.0.1:1", []string{"1.1.1.1, 198.51.100.7,203.0.113.9"}, "10.0.0.1", "203.0.113.9", "198.51.100.7"},
		{"10.0.0.1:1", []string{"1.1.1.1", "198.51.100.7"}, "10.0.0.1", "198.51.100.7", "1.1.1.1"},
		{"[2001:db8:1:2:3:4:5:6]:1", []string{"2001:db8:9:9:1::1"}, "2001:db8:1:2::/64", "2001:db8:9:9::/64", "2001:db8:1:2::/64"},
		{"[::ffff:192.0.2.1]:1", nil, "192.0.2.1", "192.0.2.1", "192.0.2.1"},
		{"[fe80::1%eth0]:1", nil, "fe80::/64", "fe80::/64", "fe80::/64"},
		{"10.0.0.1:1", []string{"1.1.1.1, "}, "10.0.0.1", "10.0.0.1", "1.1.1.1"},
		{"pipe", nil, "pipe", "pipe", "pipe"},
	} {
		r := &http.Request{RemoteAddr: tt.remote, Header: http.Header{}}
		r.Header["X-Forwarded-For"] = tt.forwarded
		require.Equal(t, tt.direct, ratelimit.ByAddress(r), tt)
		require.Equal(t, tt.one, ratelimit.ByForwardedFor(1)(r), tt)
		require.Equal(t, tt.two, ratelimit.ByForwardedFor(2)(r), tt)
	}
	require.Panics(t, func() { ratelimit.ByForwardedFor(0) })
	require.Panics(t, func() { newLimiter(t, newFake().Client(), ratelimit.Limit{Rate: 1}, nil).Middleware(nil) })
}
