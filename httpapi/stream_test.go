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
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
)

// streaming are the sources that can.
var streaming = []httpapi.Source{httpapi.SourceFunctionURL, httpapi.SourceREST}

// forEachStream runs f in a bubble with h behind every source that streams. A
// goroutine that is left makes the bubble fail.
func forEachStream(t *testing.T, h http.HandlerFunc, f func(*testing.T, *httpapitest.Gateway)) {
	t.Helper()
	for _, source := range streaming {
		t.Run(string(source), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f(t, httpapitest.NewStreaming(source, httpapi.New(h, nil), nil))
			})
		})
	}
}

func TestStreamAnswersLikeNetHTTP(t *testing.T) {
	n := newNative(t)
	for _, tc := range answers {
		t.Run(tc.name, func(t *testing.T) {
			method := tc.method
			if method == "" {
				method = http.MethodGet
			}
			text := raw(method, "/x", tc.headers, "")
			want := n.send(t, text, tc.handler)
			for _, source := range streaming {
				response, err := httpapitest.NewStreaming(source, httpapi.New(tc.handler, nil), nil).RoundTrip(parse(t, text))
				require.NoError(t, err)
				got := read(t, response)
				if want.Header["Content-Type"] == nil {
					delete(got.Header, "Content-Type")
				}
				require.Equal(t, want, got, source)
			}
		})
	}
}

func TestStreamLeavesAtTheFirstFlush(t *testing.T) {
	forEachStream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Set-Cookie", "a=1; Expires=Tue, 24 Nov 2026 10:00:00 GMT")
		w.Header().Add("Set-Cookie", "b=2")
		for _, part := range []string{"one ", "two ", "three"} {
			io.WriteString(w, part)
			w.(http.Flusher).Flush()
			<-time.After(time.Second)
		}
	}, func(t *testing.T, g *httpapitest.Gateway) {
		start := time.Now()
		response := get(t, g, "/")
		require.Len(t, response.Cookies(), 2)
		buf := make([]byte, 100)
		for i, want := range []string{"one ", "two ", "three"} {
			n, err := response.Body.Read(buf)
			require.NoError(t, err)
			require.Equal(t, want, string(buf[:n]))
			require.Equal(t, time.Duration(i)*time.Second, time.Since(start))
		}
		_, err := response.Body.Read(buf)
		require.ErrorIs(t, err, io.EOF)
	})
}

func TestStreamOfAnySize(t *testing.T) {
	part := bytes.Repeat([]byte{0xff, 0x00}, 500_000)
	forEachStream(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 8 { // 8 MB, more than Lambda takes at once
			if _, err := w.Write(part); err != nil {
				panic(err)
			}
		}
	}, func(t *testing.T, g *httpapitest.Gateway) {
		response := get(t, g, "/")
		n, err := io.Copy(io.Discard, response.Body)
		require.NoError(t, err)
		require.Equal(t, int64(8_000_000), n)
	})
}

func TestStreamThatEndsBadlyIsBroken(t *testing.T) {
	for name, tc := range map[string]struct {
		end  func(http.ResponseWriter, *http.Request)
		want error
	}{
		"panic": {func(http.ResponseWriter, *http.Request) { panic("secret") }, nil},
		"abort": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, http.ErrAbortHandler},
		"deadline": {func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			synctest.Wait()
			if _, err := io.WriteString(w, "x"); !errors.Is(err, io.ErrClosedPipe) {
				panic(err)
			}
		}, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			forEachStream(t, func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, "half")
				w.(http.Flusher).Flush()
				tc.end(w, r)
			}, func(t *testing.T, g *httpapitest.Gateway) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				response, err := g.RoundTrip(httptest.NewRequestWithContext(ctx, "GET", "/", nil))
				require.NoError(t, err)
				body, err := io.ReadAll(response.Body)
				require.Equal(t, "half", string(body))
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
				var broken *httpapi.StreamError
				require.ErrorAs(t, err, &broken)
				require.NotContains(t, err.Error(), "secret")
				if tc.want != nil {
					require.ErrorIs(t, err, tc.want)
				}
			})
		})
	}
}

func TestStreamShorterThanDeclaredIsBroken(t *testing.T) {
	forEachStream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
	}, func(t *testing.T, g *httpapitest.Gateway) {
		_, err := io.ReadAll(get(t, g, "/").Body)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
}

func TestStreamThatHasNotBegunIsAnswered(t *testing.T) {
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		want    int
	}{
		"panic": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, strings.Repeat("x", 2048))
			panic("x")
		}, 500},
		"deadline": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "x")
			<-r.Context().Done()
			<-time.After(time.Millisecond)
			if err := http.NewResponseController(w).Flush(); !errors.Is(err, http.ErrHandlerTimeout) {
				panic(err)
			}
		}, 503},
		"length": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "x")
		}, 500},
	} {
		t.Run(name, func(t *testing.T) {
			forEachStream(t, tc.handler, func(t *testing.T, g *httpapitest.Gateway) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				response, err := g.RoundTrip(httptest.NewRequestWithContext(ctx, "GET", "/", nil))
				require.NoError(t, err)
				require.Equal(t, tc.want, problem(t, response).Status)
				<-time.After(time.Second) // until the handler has seen that it is late
			})
		})
	}
}

func TestStreamAbortedBeforeItBegan(t *testing.T) {
	for _, source := range streaming {
		a := httpapi.New(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), nil)
		_, err := a.Stream(t.Context(), payload(t, source, "/"))
		require.ErrorIs(t, err, http.ErrAbortHandler)
	}
}

func TestClosingAStreamStopsTheHandler(t *testing.T) {
	stopped := make(chan error, 2)
	forEachStream(t, func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 10_000)); err != nil {
				stopped <- errors.Join(err, r.Context().Err())
				return
			}
		}
	}, func(t *testing.T, g *httpapitest.Gateway) {
		response := get(t, g, "/")
		_, err := io.ReadFull(response.Body, make([]byte, 15_000))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		synctest.Wait()
		err = <-stopped
		require.ErrorIs(t, err, io.ErrClosedPipe)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestStreamOfOtherSourcesIsBuffered(t *testing.T) {
	a := httpapi.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x") }),
		&httpapi.Options{Fallback: func(context.Context, []byte) ([]byte, error) { return []byte(`"else"`), nil }})
	for _, source := range httpapitest.Sources() {
		want := "application/json"
		if source == httpapi.SourceREST || source == httpapi.SourceFunctionURL {
			want = "application/vnd.awslambda.http-integration-response"
		}
		out, err := a.Stream(t.Context(), payload(t, source, "/"))
		require.NoError(t, err)
		require.Equal(t, want, out.ContentType(), source)
		_, err = json.Marshal(out)
		require.Error(t, err)
		require.NoError(t, out.Close())
	}
	out, err := a.Stream(t.Context(), []byte(`{}`))
	require.NoError(t, err)
	body, err := io.ReadAll(out)
	require.NoError(t, err)
	require.Equal(t, `"else"`, string(body))
}

func TestStreamErrors(t *testing.T) {
	a := httpapi.New(http.NotFoundHandler(), &httpapi.Options{Logger: slog.New(slog.DiscardHandler)})
	_, err := a.Stream(t.Context(), []byte(`{}`))
	require.ErrorIs(t, err, httpapi.ErrUnknownPayload)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = a.Stream(ctx, payload(t, httpapi.SourceREST, "/"))
	require.ErrorIs(t, err, context.Canceled)
	out, err := a.Stream(t.Context(), []byte(`{"requestContext":{},"httpMethod":"GET","path":"/%zz"}`))
	require.NoError(t, err)
	body, err := io.ReadAll(out)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(body, []byte(`{"statusCode":400,`)), string(body))
}
