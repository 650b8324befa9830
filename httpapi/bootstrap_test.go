package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
	"github.com/go-thaw/thaw/internal/lambdaruntime"
)

// These tests run the adapter in a process of its own under a Runtime API, as
// Lambda does. The process is this test program, which becomes a function when
// the variable below is set.
const bootstrapVariable = "HTTPAPI_BOOTSTRAP"

// bootstrap is the main function of the process.
func bootstrap() {
	var served, inside atomic.Int32
	full := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/served", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, served.Add(1)) })
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("on purpose") })
	mux.HandleFunc("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, strings.Repeat("x", httpapi.MaxLambdaResponse))
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/barrier", func(w http.ResponseWriter, r *http.Request) {
		if inside.Add(1) == 4 {
			close(full)
		}
		select {
		case <-full:
		case <-r.Context().Done():
			w.WriteHeader(http.StatusTeapot)
		}
	})
	mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "first")
		w.(http.Flusher).Flush()
		io.Copy(w, r.Body)
		if r.URL.Query().Has("panic") {
			panic("on purpose")
		}
		for range 70 { // 7 MB
			io.WriteString(w, strings.Repeat("x", 100_000))
		}
	})
	mux.HandleFunc("/wait", func(w http.ResponseWriter, _ *http.Request) {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		io.WriteString(w, "started, ")
		http.NewResponseController(w).Flush()
		<-signals
		io.WriteString(w, "finished")
	})
	addr := os.Getenv("HTTPAPI_ADDR")
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	httpapi.Start(mux, &httpapi.Options{
		Addr:           addr,
		Stream:         os.Getenv(bootstrapVariable) == "stream",
		DeadlineMargin: 200 * time.Millisecond,
	})
}

// startBootstrap starts the process.
func startBootstrap(t *testing.T, timeout time.Duration, env ...string) (*lambdaruntime.Server, *lambdaruntime.Process) {
	t.Helper()
	server := lambdaruntime.New(&lambdaruntime.Options{Timeout: timeout})
	t.Cleanup(server.Close)
	process, err := server.Start(os.Args[0], env...)
	require.NoError(t, err)
	t.Cleanup(process.Stop)
	return server, process
}

// call sends a GET for path to the process.
func call(t *testing.T, server *lambdaruntime.Server, path string) (status int, body string) {
	t.Helper()
	out, err := server.Call(t.Context(), payload(t, httpapi.SourceHTTP2, path))
	require.NoError(t, err)
	var a struct {
		StatusCode int
		Body       string
	}
	require.NoError(t, json.Unmarshal(out, &a))
	return a.StatusCode, a.Body
}

func TestBootstrapLivesOn(t *testing.T) {
	server, process := startBootstrap(t, time.Second, bootstrapVariable+"=buffered")
	for i, tc := range []struct {
		path string
		want int // 0: the invocation fails
	}{
		{"/panic", 500}, {"/abort", 0}, {"/large", 500}, {"/slow", 503}, {"/none", 404},
	} {
		if tc.want == 0 {
			_, err := server.Call(t.Context(), payload(t, httpapi.SourceHTTP2, tc.path))
			var failed *lambdaruntime.FunctionError
			require.ErrorAs(t, err, &failed)
		} else {
			status, _ := call(t, server, tc.path)
			require.Equal(t, tc.want, status, tc.path)
		}
		_, body := call(t, server, "/served")
		require.Equal(t, fmt.Sprint(i+1), body, "the process is another one")
	}
	_, err := server.Call(t.Context(), []byte(`{"Records":[]}`))
	require.Equal(t, &lambdaruntime.FunctionError{
		Type: "PayloadError", Message: "httpapi: payload is not an HTTP request",
	}, err)
	require.NoError(t, process.Err())
	require.Contains(t, process.Output(), "on purpose")
}

func TestBootstrapServesOverlappingInvocations(t *testing.T) {
	server, _ := startBootstrap(t, 10*time.Second, bootstrapVariable+"=buffered", "AWS_LAMBDA_MAX_CONCURRENCY=4")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			out, err := server.Call(context.Background(), payload(t, httpapi.SourceALB, "/barrier"))
			if err != nil || !strings.Contains(string(out), `"statusCode":200`) {
				t.Errorf("got %s, %v", out, err)
			}
		})
	}
	wg.Wait()
}

func TestBootstrapStreams(t *testing.T) {
	server, process := startBootstrap(t, 10*time.Second, bootstrapVariable+"=stream")
	for _, source := range streaming {
		a, err := server.Invoke(t.Context(), payload(t, source, "/stream"))
		require.NoError(t, err)
		require.Equal(t, "application/vnd.awslambda.http-integration-response", a.ContentType)
		from := bufio.NewReader(a.Body)
		line, err := from.ReadString('\n')
		require.NoError(t, err)
		require.True(t, strings.HasSuffix(line, "\x00\x00\x00\x00\x00\x00\x00\x00first\n"), line)
		n, err := io.Copy(io.Discard, from)
		require.NoError(t, err)
		require.Equal(t, int64(7_000_000), n)
		require.NoError(t, a.Body.Close())

		_, err = server.Call(t.Context(), payload(t, source, "/stream?panic"))
		var failed *lambdaruntime.FunctionError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "StreamError", failed.Type)
		require.Equal(t, "httpapi: stream: handler panicked", failed.Message)
	}
	out, err := server.Call(t.Context(), payload(t, httpapi.SourceALB, "/served"))
	require.NoError(t, err)
	response := httpapitest.New(httpapi.SourceALB, nil, nil).Response(&http.Request{Method: "GET"}, out, nil)
	require.Equal(t, "1", read(t, response).Body)
	require.NoError(t, process.Err())
}
