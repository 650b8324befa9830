package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
)

var _ lambda.Handler = (*httpapi.Adapter)(nil)

// forEachSource runs f with an adapter for h behind every source.
func forEachSource(t *testing.T, h http.HandlerFunc, o *httpapi.Options, f func(*testing.T, *httpapitest.Gateway)) {
	t.Helper()
	for _, source := range httpapitest.Sources() {
		t.Run(string(source), func(t *testing.T) {
			f(t, httpapitest.New(source, httpapi.New(h, o), nil))
		})
	}
}

// get sends a GET for path.
func get(t *testing.T, g http.RoundTripper, path string) *http.Response {
	t.Helper()
	response, err := g.RoundTrip(httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
	require.NoError(t, err)
	return response
}

// problem reads a problem.
func problem(t *testing.T, response *http.Response) httpapi.Problem {
	t.Helper()
	defer response.Body.Close()
	require.Equal(t, "application/problem+json", response.Header.Get("Content-Type"))
	var p httpapi.Problem
	require.NoError(t, json.NewDecoder(response.Body).Decode(&p))
	require.Equal(t, response.StatusCode, p.Status)
	return p
}

func TestPanicIsAnsweredAndLogged(t *testing.T) {
	var log bytes.Buffer
	o := &httpapi.Options{Logger: slog.New(slog.NewJSONHandler(&log, nil))}
	forEachSource(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Half", "1")
		io.WriteString(w, "half of the answer")
		panic("secret")
	}, o, func(t *testing.T, g *httpapitest.Gateway) {
		log.Reset()
		response := get(t, g, "/x")
		require.Empty(t, response.Header.Get("X-Half"))
		require.Equal(t, httpapi.Problem{Title: "Internal Server Error", Status: 500}, problem(t, response))

		var line struct{ Level, Msg, Method, Path, Panic, Stack string }
		require.NoError(t, json.Unmarshal(log.Bytes(), &line))
		require.Contains(t, line.Stack, "TestPanicIsAnsweredAndLogged")
		line.Stack = ""
		require.Equal(t, "ERROR httpapi: handler panicked GET /x secret",
			strings.Join([]string{line.Level, line.Msg, line.Method, line.Path, line.Panic}, " "))
	})
}

func TestAbortedRequestIsAnError(t *testing.T) {
	for name, abort := range map[string]func(){
		"ErrAbortHandler": func() { panic(http.ErrAbortHandler) },
		"Goexit":          runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			a := httpapi.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				io.WriteString(w, "half")
				abort()
			}), nil)
			_, err := a.Invoke(ctx, payload(t, httpapi.SourceREST, "/"))
			require.ErrorIs(t, err, http.ErrAbortHandler)
		})
	}
}

// payload returns the payload of a GET for path.
func payload(t testing.TB, source httpapi.Source, path string) []byte {
	t.Helper()
	g := httpapitest.New(source, nil, nil)
	p, err := g.Payload(httptest.NewRequest("GET", path, nil))
	require.NoError(t, err)
	return p
}

func TestDeadlineIsAnsweredInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		handlerErr := make(chan error, 1)
		a := httpapi.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			// Give the adapter the time to answer, and try to disturb it.
			<-time.After(time.Millisecond)
			_, err := io.WriteString(w, "too late")
			handlerErr <- errors.Join(err, r.Context().Err())
		}), &httpapi.Options{DeadlineMargin: time.Second, Logger: slog.New(slog.DiscardHandler)})
		start := time.Now()
		g := httpapitest.New(httpapi.SourceHTTP2, a, nil)
		response, err := g.RoundTrip(httptest.NewRequestWithContext(ctx, "GET", "/", nil))
		require.NoError(t, err)
		require.Equal(t, 2*time.Second, time.Since(start))
		require.Equal(t, http.StatusServiceUnavailable, problem(t, response).Status)
		late := <-handlerErr
		require.ErrorIs(t, late, http.ErrHandlerTimeout)
		require.ErrorIs(t, late, context.DeadlineExceeded)
	})
}

func TestSilenceAtTheDeadlineIsNotAnAnswer(t *testing.T) {
	forEachSource(t, func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		if r.URL.Path == "/answer" {
			w.WriteHeader(http.StatusAccepted)
		}
	}, nil, func(t *testing.T, g *httpapitest.Gateway) {
		for path, want := range map[string][]int{
			"/silence": {503},
			"/answer":  {202, 503}, // whichever is first, in the same instant
		} {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				response, err := g.RoundTrip(httptest.NewRequestWithContext(ctx, "GET", path, nil))
				require.NoError(t, err)
				require.Contains(t, want, response.StatusCode, path)
			})
		}
	})
}

func TestDeadlineMarginIsAtMostHalf(t *testing.T) {
	for _, tc := range []struct {
		left, margin, want time.Duration
	}{
		{left: 10 * time.Second, margin: 0, want: 10*time.Second - httpapi.DefaultDeadlineMargin},
		{left: 10 * time.Second, margin: time.Second, want: 9 * time.Second},
		{left: time.Second, margin: time.Second, want: 500 * time.Millisecond},
		{left: time.Second, margin: -1, want: time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), tc.left)
			defer cancel()
			a := httpapi.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				deadline, ok := r.Context().Deadline()
				require.True(t, ok)
				require.Equal(t, tc.want, time.Until(deadline))
			}), &httpapi.Options{DeadlineMargin: tc.margin})
			_, err := a.Invoke(ctx, payload(t, httpapi.SourceALB, "/"))
			require.NoError(t, err)
		})
	}
}

func TestContextErrorsAreReturned(t *testing.T) {
	t.Run("before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := httpapi.New(http.NotFoundHandler(), nil).Invoke(ctx, payload(t, httpapi.SourceALB, "/"))
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("meanwhile", func(t *testing.T) {
		deadline, cancelDeadline := context.WithTimeout(t.Context(), time.Hour)
		defer cancelDeadline()
		ctx, cancel := context.WithCancel(deadline)
		defer cancel()
		release := make(chan struct{})
		defer close(release)
		a := httpapi.New(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			cancel()
			<-release
		}), nil)
		_, err := a.Invoke(ctx, payload(t, httpapi.SourceALB, "/"))
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestHandlerContextEndsWithTheRequest(t *testing.T) {
	var ctx context.Context
	a := httpapi.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { ctx = r.Context() }), nil)
	_, err := a.Invoke(t.Context(), payload(t, httpapi.SourceALB, "/"))
	require.NoError(t, err)
	require.ErrorIs(t, ctx.Err(), context.Canceled)
}

func TestOtherPayloadsAreErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		payload string
		want    error
	}{
		"empty":              {``, httpapi.ErrMalformedPayload},
		"not JSON":           {`{"version":`, httpapi.ErrMalformedPayload},
		"two values":         {`{}{}`, httpapi.ErrMalformedPayload},
		"headers of another": {`{"headers":"x"}`, httpapi.ErrMalformedPayload},
		"number for a path":  {`{"httpMethod":"GET","path":1}`, httpapi.ErrMalformedPayload},
		"list for a header":  {`{"headers":{"a":{"b":"c"}}}`, httpapi.ErrMalformedPayload},
		"empty object":       {`{}`, httpapi.ErrUnknownPayload},
		"null":               {`null`, httpapi.ErrUnknownPayload},
		"list":               {`[{"version":"2.0"}]`, httpapi.ErrUnknownPayload},
		"EventBridge":        {`{"version":"0","id":"1","detail-type":"t","source":"s","detail":{}}`, httpapi.ErrUnknownPayload},
		"SQS":                {`{"Records":[{"messageId":"1","body":"{}","eventSource":"aws:sqs"}]}`, httpapi.ErrUnknownPayload},
		"WebSocket":          {`{"requestContext":{"connectionId":"c","eventType":"CONNECT","routeKey":"$connect"}}`, httpapi.ErrUnknownPayload},
		"authorizer": {`{"type":"REQUEST","methodArn":"arn:aws:execute-api:us-east-1:1:a/s/GET/x","resource":"/x","path":"/x",
			"httpMethod":"GET","headers":{},"requestContext":{"stage":"s","path":"/x"}}`, httpapi.ErrUnknownPayload},
		"authorizer of an HTTP API": {`{"version":"2.0","type":"REQUEST","routeArn":"arn:aws:execute-api:us-east-1:1:a/s/GET/x",
			"rawPath":"/x","requestContext":{"http":{"method":"GET","path":"/x"}}}`, httpapi.ErrUnknownPayload},
		"without a context":      {`{"httpMethod":"GET","path":"/"}`, httpapi.ErrUnknownPayload},
		"version 2.0 of another": {`{"version":"2.0","requestContext":{"condition":"Success"}}`, httpapi.ErrUnknownPayload},
	} {
		t.Run(name, func(t *testing.T) {
			handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler was called") })
			_, err := httpapi.New(handler, nil).Invoke(t.Context(), []byte(tc.payload))
			require.ErrorIs(t, err, tc.want)
			var typed *httpapi.PayloadError
			require.ErrorAs(t, err, &typed)
			require.Equal(t, tc.want, typed.Reason)

			fallback := httpapi.New(handler, &httpapi.Options{
				Fallback: func(_ context.Context, p []byte) ([]byte, error) { return append([]byte("got "), p...), nil },
			})
			out, err := fallback.Invoke(t.Context(), []byte(tc.payload))
			require.NoError(t, err)
			require.Equal(t, "got "+tc.payload, string(out))
		})
	}
}

func TestImpossibleRequestsAreAnswered400(t *testing.T) {
	for name, event := range map[string]string{
		"base64":         `"path":"/","httpMethod":"POST","body":"%%%","isBase64Encoded":true`,
		"escape":         `"path":"/%zz","httpMethod":"GET"`,
		"relative path":  `"path":"x","httpMethod":"GET"`,
		"no path":        `"httpMethod":"GET"`,
		"control":        `"path":"/a\nb","httpMethod":"GET"`,
		"method":         `"path":"/","httpMethod":"GET /"`,
		"header name":    `"path":"/","httpMethod":"GET","headers":{"a b":"c"}`,
		"header value":   `"path":"/","httpMethod":"GET","headers":{"a":"c\r\nd"}`,
		"host":           `"path":"/","httpMethod":"GET","headers":{"host":"a b<"}`,
		"delete":         `"path":"/","httpMethod":"GET","headers":{"a":"c\u007f"}`,
		"query":          `"path":"/x","httpMethod":"GET","version":"2.0","rawPath":"/x","rawQueryString":"a=\r\nb"`,
		"another header": `"path":"/","httpMethod":"GET","multiValueHeaders":{"a":["b","\u0000"]}`,
	} {
		t.Run(name, func(t *testing.T) {
			a := httpapi.New(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				t.Error("the handler was called")
			}), nil)
			out, err := a.Invoke(t.Context(), []byte(`{"requestContext":{"stage":"s","http":{"method":"GET"}},`+event+`}`))
			require.NoError(t, err)
			g := httpapitest.New(httpapi.SourceREST, nil, nil)
			response := g.Response(httptest.NewRequest("GET", "/", nil), out, nil)
			require.Equal(t, http.StatusBadRequest, problem(t, response).Status)
		})
	}
}

func TestLargeAnswerIsAnError(t *testing.T) {
	for _, tc := range []struct {
		source httpapi.Source
		max    int // Options.MaxResponse
		size   int
		want   int
	}{
		{source: httpapi.SourceREST, size: httpapi.MaxLambdaResponse - 300, want: 200},
		{source: httpapi.SourceREST, size: httpapi.MaxLambdaResponse - 10, want: 500},
		{source: httpapi.SourceREST, size: httpapi.MaxLambdaResponse + 1, want: 500},
		{source: httpapi.SourceALB, size: httpapi.MaxALBResponse - 300, want: 200},
		{source: httpapi.SourceALB, size: httpapi.MaxALBResponse + 1, want: 500},
		{source: httpapi.SourceHTTP2, max: 1000, size: 2000, want: 500},
		{source: httpapi.SourceHTTP2, max: 1000, size: 500, want: 200},
	} {
		var writeErr error
		handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for left := tc.size; left > 0 && writeErr == nil; left -= 10_000 {
				_, writeErr = io.WriteString(w, strings.Repeat("x", min(left, 10_000)))
			}
		})
		a := httpapi.New(handler, &httpapi.Options{MaxResponse: tc.max, Logger: slog.New(slog.DiscardHandler)})
		response := get(t, httpapitest.New(tc.source, a, nil), "/")
		require.Equal(t, tc.want, response.StatusCode, "%+v", tc)
		if tc.want == http.StatusInternalServerError {
			require.Equal(t, "the response is larger than the limit", problem(t, response).Detail)
		}
		if writeErr != nil {
			require.ErrorIs(t, writeErr, httpapi.ErrResponseTooLarge)
		}
	}
}

func TestAnswersThatCannotBeSentAreErrors(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"less than declared": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "abc")
		},
		"more than declared, at once": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			_, err := io.WriteString(w, "abcdef")
			if !errors.Is(err, http.ErrContentLength) {
				panic(err)
			}
		},
		"switching protocols": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusSwitchingProtocols) },
		"no status":           func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(0) },
	} {
		t.Run(name, func(t *testing.T) {
			a := httpapi.New(handler, &httpapi.Options{Logger: slog.New(slog.DiscardHandler)})
			response := get(t, httpapitest.New(httpapi.SourceFunctionURL, a, nil), "/")
			require.Equal(t, http.StatusInternalServerError, problem(t, response).Status)
		})
	}
}

func TestBase64ExactlyWhenNeeded(t *testing.T) {
	for name, tc := range map[string]struct {
		encoding, body string
		want           bool
	}{
		"nothing":      {"", "", false},
		"text":         {"", "é€😀\x00", false},
		"not UTF-8":    {"", "caf\xe9", true},
		"encoded":      {"gzip", "\x1f\x8b", true},
		"encoded text": {"aws-chunked", "text", true},
	} {
		a := httpapi.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", tc.encoding)
			io.WriteString(w, tc.body)
		}), nil)
		for _, source := range httpapitest.Sources() {
			out, err := a.Invoke(t.Context(), payload(t, source, "/"))
			require.NoError(t, err)
			var got struct{ IsBase64Encoded bool }
			require.NoError(t, json.Unmarshal(out, &got))
			require.Equal(t, tc.want, got.IsBase64Encoded, "%s %s", source, name)
		}
	}
}

func TestHeadersOfTheConnectionAreNotSent(t *testing.T) {
	forEachSource(t, func(w http.ResponseWriter, _ *http.Request) {
		for _, name := range []string{
			"Connection", "Keep-Alive", "Proxy-Connection", "Trailer", "Transfer-Encoding", "Upgrade",
		} {
			w.Header().Set(name, "x")
		}
		w.Header().Set("X-A", "1")
		w.Header().Set("Content-Type", "text/plain")
	}, nil, func(t *testing.T, g *httpapitest.Gateway) {
		response := get(t, g, "/")
		response.Header.Del("Date")
		require.Equal(t, http.Header{"X-A": {"1"}, "Content-Type": {"text/plain"}, "Content-Length": {"0"}}, response.Header)
	})
}

func TestLambdaContextReachesTheHandler(t *testing.T) {
	forEachSource(t, func(w http.ResponseWriter, r *http.Request) {
		lc, ok := lambdacontext.FromContext(r.Context())
		require.True(t, ok)
		io.WriteString(w, lc.InvokedFunctionArn)
	}, nil, func(t *testing.T, g *httpapitest.Gateway) {
		body, err := io.ReadAll(get(t, g, "/").Body)
		require.NoError(t, err)
		require.Equal(t, "arn:aws:lambda:us-east-1:123456789012:function:test", string(body))
	})
}

func TestReverseProxyForwardsTheBody(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }))
	defer backend.Close()
	to, err := url.Parse(backend.URL)
	require.NoError(t, err)
	forEachSource(t, httputil.NewSingleHostReverseProxy(to).ServeHTTP, nil, func(t *testing.T, g *httpapitest.Gateway) {
		response, err := g.RoundTrip(httptest.NewRequest("POST", "/", strings.NewReader("\xff\x00binary")))
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Equal(t, "\xff\x00binary", string(body))
	})
}

func TestManyCookiesWithoutMultiValue(t *testing.T) {
	a := httpapi.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 512 {
			http.SetCookie(w, &http.Cookie{Name: "c", Value: "v"})
		}
	}), nil)
	response := get(t, httpapitest.New(httpapi.SourceALB, a, nil), "/")
	require.Len(t, response.Cookies(), 512)
}

func TestOverlappingInvocations(t *testing.T) {
	a := httpapi.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Path", r.URL.Path)
		io.WriteString(w, r.URL.Query().Get("n"))
	}), nil)
	var wg sync.WaitGroup
	for _, n := range strings.Split(strings.Repeat("0123456789", 20), "") {
		wg.Go(func() {
			source := httpapitest.Sources()[int(n[0]-'0')%len(httpapitest.Sources())]
			response, err := httpapitest.New(source, a, nil).Client().Get("http://example.com/" + n + "?n=" + n)
			if err != nil {
				t.Error(err)
				return
			}
			body, err := io.ReadAll(response.Body)
			if err != nil || string(body) != n || response.Header.Get("X-Path") != "/"+n {
				t.Errorf("%s: got %q, %v, %v", n, body, response.Header, err)
			}
		})
	}
	wg.Wait()
}

func TestPayloadIsNotKept(t *testing.T) {
	event := payload(t, httpapi.SourceREST, "/path?q=value")
	a := httpapi.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clear(event) // aws-lambda-go uses the buffer again
		io.WriteString(w, r.URL.Path+r.URL.Query().Get("q")+r.Host)
	}), nil)
	out, err := a.Invoke(t.Context(), event)
	require.NoError(t, err)
	require.Contains(t, string(out), `"body":"/pathvalueexample.com"`)
}

func TestWriterIsDeadAfterTheAnswer(t *testing.T) {
	var kept http.ResponseWriter
	a := httpapi.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		kept = w
		io.WriteString(w, "first")
	}), nil)
	_, err := a.Invoke(t.Context(), payload(t, httpapi.SourceALB, "/"))
	require.NoError(t, err)
	_, err = io.WriteString(kept, "late")
	require.ErrorIs(t, err, http.ErrHandlerTimeout)
}

func TestWrongOptionsPanic(t *testing.T) {
	for want, o := range map[string]httpapi.Options{
		"httpapi: Options.MaxResponse: must not be negative, got -1":                                                   {MaxResponse: -1},
		"httpapi: Options.ShutdownTimeout: must not be negative, got -1ns":                                             {ShutdownTimeout: -1},
		`httpapi: Options.BasePath: must start with a slash, not end with one and need no percent-encoding, got "x"`:   {BasePath: "x"},
		`httpapi: Options.BasePath: must start with a slash, not end with one and need no percent-encoding, got "/x/"`: {BasePath: "/x/"},
	} {
		require.PanicsWithValue(t, want, func() { httpapi.New(nil, &o) })
	}
}

func TestInvokeAllocations(t *testing.T) {
	body := strings.Repeat("x", 964)
	a := httpapi.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, body)
	}), nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for _, source := range httpapitest.Sources() {
		g := httpapitest.New(source, nil, nil)
		r := httptest.NewRequest("POST", "/items/1?a=1&b=2", strings.NewReader(`{"a":"b"}`))
		for name, value := range browserHeaders {
			r.Header.Set(name, value)
		}
		event, err := g.Payload(r)
		require.NoError(t, err)
		allocs := testing.AllocsPerRun(100, func() {
			if _, err := a.Invoke(ctx, event); err != nil {
				panic(err)
			}
		})
		require.LessOrEqual(t, allocs, 50.0, source)
		t.Logf("%s: %d bytes, %v allocations", source, len(event), allocs)
	}
}

// browserHeaders are what a browser sends.
var browserHeaders = map[string]string{
	"Accept": "*/*", "Accept-Encoding": "gzip, deflate, br, zstd", "Accept-Language": "en-GB,en;q=0.9",
	"Content-Type": "application/json", "Cookie": "session=abc; theme=dark", "Origin": "https://example.com",
	"Priority": "u=1, i", "Referer": "https://example.com/", "Sec-Ch-Ua": `"Chromium";v="140"`,
	"Sec-Ch-Ua-Mobile": "?0", "Sec-Ch-Ua-Platform": `"Linux"`, "Sec-Fetch-Dest": "empty",
	"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-site", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)",
	"Authorization": "Bearer abc.def.ghi",
}
