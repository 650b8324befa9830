package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
)

func TestRequestIDIsTheSources(t *testing.T) {
	forEachSource(t, httpapi.RequestID(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, httpapi.RequestFrom(r.Context()).ID)
	})).ServeHTTP, nil, func(t *testing.T, g *httpapitest.Gateway) {
		response := get(t, g, "/")
		require.Equal(t, read(t, response).Body, response.Header.Get("X-Request-Id"))
		require.True(t, strings.HasPrefix(response.Header.Get("X-Request-Id"), "00000000-0000-4000-8000-"))
	})
}

func TestRequestIDOfAnotherServer(t *testing.T) {
	var id string
	h := httpapi.RequestID(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		id = httpapi.RequestFrom(r.Context()).ID
	}))
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Request-Id", "chosen by the client")
	h.ServeHTTP(w, r)
	require.Len(t, id, 26)
	require.Equal(t, id, w.Header().Get("X-Request-Id"))
}

func TestAccessLog(t *testing.T) {
	type line struct {
		Level, Method, Path, Pattern, Source string
		Status, Bytes                        int
		Panicked                             bool
		TraceID                              string `json:"xrayTraceId"`
		SourceIP                             string `json:"sourceIp"`
	}
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		want    line
	}{
		"implicit": {
			func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "abc") },
			line{Level: "INFO", Status: 200, Bytes: 3},
		},
		"nothing": {func(http.ResponseWriter, *http.Request) {}, line{Level: "INFO", Status: 200}},
		"created": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusProcessing)
			w.WriteHeader(http.StatusCreated)
			w.WriteHeader(http.StatusTeapot)
		}, line{Level: "INFO", Status: 201}},
		"failed":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, line{Level: "ERROR", Status: 503}},
		"panicked": {func(http.ResponseWriter, *http.Request) { panic("x") }, line{Level: "ERROR", Status: 500, Panicked: true}},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			mux := http.NewServeMux()
			mux.Handle("GET /items/{id}", tc.handler)
			h := httpapi.AccessLog(slog.New(slog.NewJSONHandler(&log, nil)))(mux)
			o := &httpapi.Options{Logger: slog.New(slog.DiscardHandler)}
			get(t, httpapitest.New(httpapi.SourceHTTP2, httpapi.New(h, o), nil), "/items/1?token=secret")
			require.NotContains(t, log.String(), "secret")
			var got line
			require.NoError(t, json.Unmarshal(log.Bytes(), &got))
			want := tc.want
			want.Method, want.Path, want.Pattern, want.Source = "GET", "/items/1", "GET /items/{id}", "http-2.0"
			want.SourceIP, want.TraceID = "192.0.2.1", "Root=1-67891233-abcdef012345678912345678"
			require.Equal(t, want, got)
		})
	}
}

func TestRecover(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	t.Run("before the answer", func(t *testing.T) {
		w := httptest.NewRecorder()
		httpapi.Recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") })).ServeHTTP(w, r)
		require.Equal(t, http.StatusInternalServerError, problem(t, w.Result()).Status)
	})
	t.Run("amid the answer", func(t *testing.T) {
		h := httpapi.Recover(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "half")
			panic("x")
		}))
		require.PanicsWithValue(t, http.ErrAbortHandler, func() { h.ServeHTTP(httptest.NewRecorder(), r) })
	})
	t.Run("abort", func(t *testing.T) {
		h := httpapi.Recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
		require.PanicsWithValue(t, http.ErrAbortHandler, func() { h.ServeHTTP(httptest.NewRecorder(), r) })
	})
}

func TestMiddlewareKeepsTheFlusher(t *testing.T) {
	w := httptest.NewRecorder()
	httpapi.Recover(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		require.NoError(t, http.NewResponseController(w).Flush())
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	require.True(t, w.Flushed)
}

func TestLimitBody(t *testing.T) {
	type in struct {
		Text string `json:"text"`
	}
	echo := httpapi.JSON(func(_ context.Context, in in) (int, error) { return len(in.Text), nil })
	big := `{"text":"` + strings.Repeat("x", httpapi.MaxJSONBody) + `"}`
	for name, tc := range map[string]struct {
		limit   int64
		body    string
		unsized bool
		want    int
	}{
		"lower, declared":     {limit: 10, body: `{"text":"0123"}`, want: 413},
		"lower, not declared": {limit: 10, body: `{"text":"0123"}`, unsized: true, want: 413},
		"exact":               {limit: 15, body: `{"text":"0123"}`, want: 200},
		"higher":              {limit: 2 << 20, body: big, want: 200},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", strings.NewReader(tc.body))
			if tc.unsized {
				r.ContentLength = -1
			}
			w := httptest.NewRecorder()
			httpapi.LimitBody(tc.limit)(echo).ServeHTTP(w, r)
			require.Equal(t, tc.want, w.Code)
		})
	}
	require.Panics(t, func() { httpapi.LimitBody(-1) })
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := httpapi.Timeout(time.Second)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}))
		start := time.Now()
		w := httptest.NewRecorder()
		slow.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		require.Equal(t, time.Second, time.Since(start))
		require.Equal(t, http.StatusServiceUnavailable, problem(t, w.Result()).Status)
	})
	w := httptest.NewRecorder()
	httpapi.Timeout(time.Hour)(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, http.StatusNotFound, w.Code)
	require.Panics(t, func() { httpapi.Timeout(0) })
}
