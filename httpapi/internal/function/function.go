// Package function is the Lambda function that the tests of httpapi run in a
// process of its own.
package function

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-thaw/thaw/httpapi"
)

// Variable is the environment variable that says how to serve: "buffered",
// "stream" or "local".
const Variable = "HTTPAPI_BOOTSTRAP"

// Run serves the function until the process ends.
func Run() {
	addr := os.Getenv("HTTPAPI_ADDR")
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	start := httpapi.Start
	if os.Getenv(Variable) == "stream" {
		start = httpapi.StartStreaming
	}
	start(newHandler(), &httpapi.Options{Addr: addr, DeadlineMargin: 200 * time.Millisecond})
}

// newHandler returns a path for each way in which a handler can end.
func newHandler() http.Handler {
	var served, inside atomic.Int32
	full := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/served", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, served.Add(1)) })
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("on purpose") })
	mux.HandleFunc("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Repeat("x", httpapi.MaxLambdaResponse))
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
		if _, err := io.Copy(w, r.Body); err != nil {
			panic(err)
		}
		if r.URL.Query().Has("panic") {
			panic("on purpose")
		}
		for range 70 { // 7 MB
			fmt.Fprint(w, strings.Repeat("x", 100_000))
		}
	})
	mux.HandleFunc("/wait", func(w http.ResponseWriter, _ *http.Request) {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		fmt.Fprint(w, "started, ")
		w.(http.Flusher).Flush()
		<-signals
		fmt.Fprint(w, "finished")
	})
	return mux
}
