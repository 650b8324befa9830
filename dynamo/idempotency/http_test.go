package idempotency_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/idempotency"
)

// post sends a request with a key through h; "" sends none.
func post(h http.Handler, target, key, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// protect returns handler under a middleware on a store in memory.
func protect(o *idempotency.HTTPOptions, handler http.HandlerFunc) http.Handler {
	return idempotency.Middleware(idempotency.NewMemory(nil), o)(handler)
}

func TestRepeatedRequestGetsTheFirstResponse(t *testing.T) {
	runs := 0
	h := protect(nil, func(w http.ResponseWriter, r *http.Request) {
		runs++
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		w.Header().Add("Link", "<a>")
		w.Header().Add("Link", "<b>")
		w.Header().Set("Location", fmt.Sprint("/orders/", runs))
		w.Header().Set("Set-Cookie", "session=secret")
		w.Header().Set("Date", "yesterday")
		w.WriteHeader(http.StatusCreated)
		w.WriteHeader(http.StatusTeapot) // has no effect
		fmt.Fprintf(w, "run %d of %s\x00\xff", runs, body)
	})
	first := post(h, "/orders?a=1", "k-1", "tea")
	second := post(h, "/orders?a=1", "k-1", "tea")
	require.Equal(t, 1, runs)
	for _, w := range []*httptest.ResponseRecorder{first, second} {
		require.Equal(t, http.StatusCreated, w.Code)
		require.Equal(t, "run 1 of tea\x00\xff", w.Body.String())
		require.Equal(t, "/orders/1", w.Header().Get("Location"))
		require.Equal(t, []string{"<a>", "<b>"}, w.Header()["Link"])
	}
	require.Empty(t, first.Header().Get(idempotency.ReplayedHeader))
	require.Equal(t, "session=secret", first.Header().Get("Set-Cookie"))
	require.Equal(t, "true", second.Header().Get(idempotency.ReplayedHeader))
	require.Empty(t, second.Header().Values("Set-Cookie"), "a cookie is for the one who asked")
	require.Empty(t, second.Header().Values("Date"))
	require.Equal(t, first.Header().Get("Content-Type"), second.Header().Get("Content-Type"))
}

func TestRequestsThatAreNotRepeats(t *testing.T) {
	var runs atomic.Int64
	h := protect(&idempotency.HTTPOptions{Caller: func(r *http.Request) string { return r.Header.Get("User") }},
		func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, runs.Add(1)) })
	require.Equal(t, "1", post(h, "/a", "k-1", "").Body.String())
	require.Equal(t, "2", post(h, "/b", "k-1", "").Body.String(), "another path")
	require.Equal(t, "3", post(h, "/a", "k-2", "").Body.String(), "another key")
	require.Equal(t, "4", post(h, "/a", "", "").Body.String(), "no key")
	require.Equal(t, "5", post(h, "/a", "", "").Body.String())
	for want, method := range map[string]string{"6": http.MethodPatch, "7": http.MethodPut, "8": http.MethodGet} {
		_ = want
		r := httptest.NewRequest(method, "/a", nil)
		r.Header.Set("Idempotency-Key", "k-1")
		before := runs.Load()
		h.ServeHTTP(httptest.NewRecorder(), r)
		require.Equal(t, before+1, runs.Load(), "another method")
	}
	r := httptest.NewRequest(http.MethodPost, "/a", nil)
	r.Header.Set("Idempotency-Key", "k-1")
	r.Header.Set("User", "eve")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, "9", w.Body.String(), "another caller")
	require.Equal(t, "1", post(h, "/a", "k-1", "").Body.String())
}

func TestStatusOfRequestsThatAreNotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newStore(t, nil)
		var runs atomic.Int64
		h := idempotency.Middleware(store, &idempotency.HTTPOptions{Required: true, MaxRequest: 10})(
			http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { runs.Add(1); <-time.After(5 * time.Second) }))
		problem := func(w *httptest.ResponseRecorder) int {
			require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
			require.NotContains(t, w.Body.String(), "dynamo")
			return w.Code
		}
		require.Equal(t, http.StatusBadRequest, problem(post(h, "/", "", "")))
		require.Equal(t, http.StatusBadRequest, problem(post(h, "/", strings.Repeat("k", 256), "")))
		require.Equal(t, http.StatusBadRequest, problem(post(h, "/", "é", "")))
		require.Equal(t, http.StatusBadRequest, problem(post(h, "/", "  ", "")))
		require.Equal(t, http.StatusRequestEntityTooLarge, problem(post(h, "/", "k", "12345678901")))
		require.Zero(t, runs.Load())

		go post(h, "/", "k-1", "a")
		<-time.After(3 * time.Second)
		busy := post(h, "/", "k-1", "a")
		require.Equal(t, http.StatusConflict, problem(busy))
		require.Equal(t, "3", busy.Header().Get("Retry-After"))
		require.Equal(t, http.StatusUnprocessableEntity, problem(post(h, "/", "k-1", "b")))
		require.Equal(t, http.StatusUnprocessableEntity, problem(post(h, "/?x", "k-1", "a")))
		<-time.After(3 * time.Second)
		require.Equal(t, http.StatusUnprocessableEntity, problem(post(h, "/", "k-1", "b")))
		require.Equal(t, http.StatusOK, post(h, "/", "k-1", "a").Code)

		fake.Inject("PutItem", dynamotest.Fault{Times: 10, Error: &dynamotest.Error{Code: "InternalServerError", Status: 500}})
		down := post(h, "/", "k-2", "a")
		require.Equal(t, http.StatusServiceUnavailable, problem(down))
		require.Equal(t, "1", down.Header().Get("Retry-After"))
		require.Equal(t, int64(1), runs.Load())
	})
}

func TestWhichResponsesAreKept(t *testing.T) {
	for status, kept := range map[int]bool{
		200: true, 201: true, 204: true, 303: true, 304: true, 400: true, 404: true, 409: true, 422: true,
		401: false, 403: false, 408: false, 425: false, 429: false, 500: false, 503: false,
	} {
		runs := 0
		h := protect(nil, func(w http.ResponseWriter, _ *http.Request) { runs++; w.WriteHeader(status) })
		for range 2 {
			require.Equal(t, status, post(h, "/", "k", "").Code)
		}
		require.Equal(t, kept, runs == 1, status)
	}
	runs := 0
	h := protect(&idempotency.HTTPOptions{Keep: func(int) bool { return true }, OmitHeaders: []string{"x-secret"}},
		func(w http.ResponseWriter, _ *http.Request) {
			runs++
			w.Header().Set("X-Secret", "s")
			w.WriteHeader(500)
		})
	require.Equal(t, "s", post(h, "/", "k", "").Header().Get("X-Secret"))
	second := post(h, "/", "k", "")
	require.Equal(t, 500, second.Code)
	require.Empty(t, second.Header().Get("X-Secret"))
	require.Equal(t, 1, runs)
}

func TestStreamingAndLargeResponses(t *testing.T) {
	t.Run("a flushed response is passed on and kept", func(t *testing.T) {
		runs := 0
		var atFlush string
		out := httptest.NewRecorder()
		h := protect(nil, func(w http.ResponseWriter, _ *http.Request) {
			runs++
			fmt.Fprint(w, "one,")
			require.Empty(t, out.Body.String(), "held back")
			w.(http.Flusher).Flush()
			atFlush = out.Body.String()
			fmt.Fprint(w, "two")
			require.NoError(t, http.NewResponseController(w).Flush())
		})
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Idempotency-Key", "k")
		h.ServeHTTP(out, r)
		require.Equal(t, "one,", atFlush)
		require.True(t, out.Flushed)
		require.Equal(t, "one,two", out.Body.String())
		require.Equal(t, "one,two", post(h, "/", "k", "").Body.String())
		require.Equal(t, 1, runs)
	})
	t.Run("one that is too large is passed on and only its completion kept", func(t *testing.T) {
		runs := 0
		h := protect(&idempotency.HTTPOptions{MaxResponse: 10}, func(w http.ResponseWriter, _ *http.Request) {
			runs++
			for range 4 {
				fmt.Fprint(w, "12345")
			}
		})
		require.Equal(t, strings.Repeat("12345", 4), post(h, "/", "k", "").Body.String())
		second := post(h, "/", "k", "")
		require.Equal(t, http.StatusConflict, second.Code)
		require.Empty(t, second.Header().Get("Retry-After"), "there is nothing to wait for")
		require.Equal(t, 1, runs)
	})
	t.Run("trailers", func(t *testing.T) {
		h := protect(nil, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "Sum")
			fmt.Fprint(w, "x")
			w.(http.Flusher).Flush()
			w.Header().Set("Sum", "1")
		})
		server := httptest.NewServer(h)
		defer server.Close()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, nil)
		require.NoError(t, err)
		r.Header.Set("Idempotency-Key", "k")
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		_, err = io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, "1", response.Trailer.Get("Sum"))
	})
}

func TestHeadersSetAroundTheHandlerAreNotReplayed(t *testing.T) {
	ids := 0
	inner := protect(nil, func(w http.ResponseWriter, _ *http.Request) {
		require.NotEmpty(t, w.Header().Get("X-Request-Id"))
		w.Header().Del("X-Remove")
	})
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ids++
		w.Header().Set("X-Request-Id", fmt.Sprint(ids))
		w.Header().Set("X-Remove", "yes")
		inner.ServeHTTP(w, r)
	})
	first, second := post(h, "/", "k", ""), post(h, "/", "k", "")
	require.Equal(t, "1", first.Header().Get("X-Request-Id"))
	require.Empty(t, first.Header().Get("X-Remove"))
	require.Equal(t, "2", second.Header().Get("X-Request-Id"))
}

func TestHandlerPanicReleasesTheKeyOfTheRequest(t *testing.T) {
	runs := 0
	h := protect(nil, func(w http.ResponseWriter, _ *http.Request) {
		if runs++; runs == 1 {
			fmt.Fprint(w, "half")
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, "whole")
	})
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { post(h, "/", "k", "") })
	require.Equal(t, "whole", post(h, "/", "k", "").Body.String())
}

// What has happened is what the client is told, also when it could not be
// stored.
func TestResponseIsSentWhenItCannotBeStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen observed
		fake, store := newStore(t, &idempotency.Options{Observe: seen.observe})
		h := idempotency.Middleware(store, nil)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fake.Inject("PutItem", dynamotest.Fault{Times: 100, Error: &dynamotest.Error{Code: "InternalServerError", Status: 500}})
			w.WriteHeader(http.StatusCreated)
		}))
		require.Equal(t, http.StatusCreated, post(h, "/", "k", "").Code)
		require.Equal(t, []idempotency.Outcome{idempotency.Unsaved}, seen.outcomes())
		var unsaved *idempotency.UnsavedError
		require.ErrorAs(t, seen.all[0].Err, &unsaved)
	})
}

func TestErrorsInTheApplicationsOwnForm(t *testing.T) {
	h := protect(&idempotency.HTTPOptions{Required: true, Error: func(w http.ResponseWriter, _ *http.Request, status int, err error) {
		http.Error(w, "own: "+err.Error(), status)
	}}, func(http.ResponseWriter, *http.Request) { t.Error("it runs") })
	w := post(h, "/", "", "")
	require.Equal(t, http.StatusBadRequest, w.Code)
	require.Contains(t, w.Body.String(), "own: ")
}

type brokenBody struct{ io.Reader }

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("gone") }

func TestBrokenBodyRunsNothing(t *testing.T) {
	h := protect(nil, func(http.ResponseWriter, *http.Request) { t.Error("it runs") })
	r := httptest.NewRequest(http.MethodPost, "/", brokenBody{})
	r.Header.Set("Idempotency-Key", "k")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, http.StatusBadRequest, w.Code)
}
