package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
	"github.com/go-thaw/thaw/httpapi/internal/function"
	"github.com/go-thaw/thaw/internal/lambdaruntime"
)

// These tests run the adapter in a process of its own under a Runtime API, as
// Lambda does. The process is this test program, which has the race detector and
// becomes the function when its variable is set, or the bootstrap that would be
// deployed.

// startBootstrap starts this program as the function.
func startBootstrap(t *testing.T, timeout time.Duration, env ...string) (*lambdaruntime.Server, *lambdaruntime.Process) {
	t.Helper()
	return startProgram(t, os.Args[0], timeout, env...)
}

func startProgram(
	t *testing.T, program string, timeout time.Duration, env ...string,
) (*lambdaruntime.Server, *lambdaruntime.Process) {
	t.Helper()
	server := lambdaruntime.New(&lambdaruntime.Options{Timeout: timeout})
	t.Cleanup(server.Close)
	process, err := server.Start(program, env...)
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
	server, process := startBootstrap(t, 3*time.Second, function.Variable+"=buffered")
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
	for name, program := range map[string]string{"with race detector": os.Args[0], "as deployed": buildBootstrap(t)} {
		t.Run(name, func(t *testing.T) {
			server, _ := startProgram(t, program, 10*time.Second,
				function.Variable+"=buffered", "AWS_LAMBDA_MAX_CONCURRENCY=4")
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
		})
	}
}

// buildBootstrap builds the function as it would be deployed.
func buildBootstrap(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "bootstrap")
	require.NoError(t, lambdaruntime.Build(t.Context(), "./internal/function/bootstrap", program))
	return program
}

// What is deployed has no local server, and says so.
func TestBootstrapAsDeployedServesOnLambdaOnly(t *testing.T) {
	process := exec.CommandContext(t.Context(), buildBootstrap(t))
	process.Env = append(os.Environ(), function.Variable+"=local", "AWS_LAMBDA_RUNTIME_API=")
	output, err := process.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 1, exit.ExitCode())
	require.Contains(t, string(output), "lambda.norpc")
}

func TestBootstrapStreams(t *testing.T) {
	server, process := startBootstrap(t, 10*time.Second, function.Variable+"=stream")
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
