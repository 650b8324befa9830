package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
	"github.com/go-thaw/thaw/httpapi/internal/function"
	"github.com/go-thaw/thaw/internal/lambdaruntime"
)

// emulatorVariable names the Lambda Runtime Interface Emulator, AWS's own
// Runtime API: THAW_RIE=$(bash .ci/rie) go test ./httpapi -run Emulator -v
const emulatorVariable = "THAW_RIE"

// startEmulator starts the emulator with the bootstrap that would be deployed
// and a timeout of two seconds, and returns how to invoke it.
func startEmulator(t *testing.T) (invoke func(payload []byte) []byte) {
	t.Helper()
	emulator := os.Getenv(emulatorVariable)
	if emulator == "" {
		t.Skipf("SKIPPED: needs the Lambda Runtime Interface Emulator; set %s=$(bash .ci/rie)", emulatorVariable)
	}
	process, err := lambdaruntime.StartEmulator(t.Context(), emulator, buildBootstrap(t),
		function.Variable+"=buffered", "AWS_LAMBDA_FUNCTION_TIMEOUT=2")
	require.NoError(t, err)
	t.Cleanup(func() {
		process.Stop()
		if t.Failed() {
			t.Logf("the emulator says:\n%s", process.Output())
		}
	})
	return func(payload []byte) []byte {
		answer, err := process.Invoke(t.Context(), payload)
		require.NoError(t, err)
		return answer
	}
}

func TestEmulator(t *testing.T) {
	invoke := startEmulator(t)
	for _, source := range []httpapi.Source{
		httpapi.SourceHTTP2, httpapi.SourceREST, httpapi.SourceALB, httpapi.SourceALBMultiValue,
	} {
		for _, tc := range []struct {
			path string
			want int
		}{{"/panic", 500}, {"/large", 500}, {"/none", 404}} {
			response := exchange(t, source, tc.path, invoke)
			require.Equal(t, tc.want, response.StatusCode, "%s %s", source, tc.path)
		}
	}
	response := exchange(t, httpapi.SourceHTTP2, "/slow", invoke)
	require.Equal(t, http.StatusServiceUnavailable, problem(t, response).Status)
	served := read(t, exchange(t, httpapi.SourceREST, "/served", invoke))
	require.Equal(t, "1", served.Body, "the first in this process")
	require.Contains(t, string(invoke([]byte(`{"Records":[]}`))), `"errorType":"PayloadError"`)
	require.Equal(t, "2", read(t, exchange(t, httpapi.SourceALB, "/served", invoke)).Body, "the process is another one")
}

// exchange sends a GET for path through source and returns what a client gets.
func exchange(t *testing.T, source httpapi.Source, path string, invoke func([]byte) []byte) *http.Response {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	return httpapitest.New(source, nil, nil).Response(r, invoke(payload(t, source, path)), nil)
}
