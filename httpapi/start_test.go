//go:build !lambda.norpc

package httpapi_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/internal/function"
)

// startLocal runs the local server and returns its URL and how to stop it.
func startLocal(t *testing.T, h http.HandlerFunc, o httpapi.Options) (addr string, stop func() error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	o.Listener, o.Logger = listener, slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- httpapi.Serve(ctx, h, &o) }()
	stop = func() error {
		cancel()
		return <-served
	}
	return "http://" + listener.Addr().String(), stop
}

func TestServeLocally(t *testing.T) {
	requests := make(chan httpapi.Request, 1)
	url, stop := startLocal(t, func(w http.ResponseWriter, r *http.Request) {
		requests <- *httpapi.RequestFrom(r.Context())
		io.WriteString(w, "hello")
	}, httpapi.Options{})
	response, err := http.Get(url + "/x")
	require.NoError(t, err)
	require.Equal(t, "hello", read(t, response).Body)
	got := <-requests
	require.Equal(t, httpapi.SourceLocal, got.Source)
	require.Equal(t, "127.0.0.1", got.SourceIP)
	require.Equal(t, url, "http://"+got.Domain)
	require.Len(t, got.ID, 26)
	require.NoError(t, stop())
	_, err = http.Get(url)
	require.Error(t, err)
}

func TestServeWaitsForRequests(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	url, stop := startLocal(t, func(w http.ResponseWriter, r *http.Request) {
		close(started)
		<-release
		if r.Context().Err() == nil {
			io.WriteString(w, "finished")
		}
	}, httpapi.Options{})
	answered := make(chan string)
	go func() {
		response, err := http.Get(url)
		if err != nil {
			answered <- err.Error()
			return
		}
		body, _ := io.ReadAll(response.Body)
		answered <- string(body)
	}()
	<-started
	stopped := make(chan error)
	go func() { stopped <- stop() }()
	select {
	case <-stopped:
		t.Fatal("the server stopped with a request in flight")
	case release <- struct{}{}:
	}
	require.Equal(t, "finished", <-answered)
	require.NoError(t, <-stopped)
}

func TestServeGivesUpOnRequests(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	url, stop := startLocal(t, func(http.ResponseWriter, *http.Request) {
		close(started)
		<-release
	}, httpapi.Options{ShutdownTimeout: time.Millisecond})
	go http.Get(url)
	<-started
	require.ErrorIs(t, stop(), context.DeadlineExceeded)
}

func TestServeAnswersPanics(t *testing.T) {
	url, stop := startLocal(t, func(http.ResponseWriter, *http.Request) { panic("x") }, httpapi.Options{})
	response, err := http.Get(url)
	require.NoError(t, err)
	require.Equal(t, http.StatusInternalServerError, problem(t, response).Status)
	require.NoError(t, stop())
}

func TestServeCannotListen(t *testing.T) {
	err := httpapi.Serve(t.Context(), nil, &httpapi.Options{Addr: "127.0.0.1:-1"})
	var address *net.AddrError
	require.ErrorAs(t, err, &address)
}

// TestStartStopsGracefully runs Start in a process of its own, because it takes
// signals and may end the process.
func TestStartStopsGracefully(t *testing.T) {
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), function.Variable+"=local")
	log, err := process.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	defer process.Process.Kill()
	line, err := bufio.NewReader(log).ReadString('\n')
	require.NoError(t, err)
	_, url, ok := strings.Cut(strings.TrimSpace(line), "addr=")
	require.True(t, ok, line)

	first, err := http.Get(url + "/served")
	require.NoError(t, err)
	require.Equal(t, "1", read(t, first).Body)
	response, err := http.Get(url + "/wait") // answered in part, then waiting for the signal
	require.NoError(t, err)
	require.NoError(t, process.Process.Signal(syscall.SIGTERM))
	require.Equal(t, "started, finished", read(t, response).Body)
	require.NoError(t, process.Wait())
}

func TestStartFails(t *testing.T) {
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), function.Variable+"=local", "HTTPAPI_ADDR=127.0.0.1:-1")
	output, err := process.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 1, exit.ExitCode())
	require.Contains(t, string(output), "serving failed")
}
