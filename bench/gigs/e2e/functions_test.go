package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/bench/gigs/functions"
	"github.com/go-thaw/thaw/internal/lambdaruntime"
)

// binaries builds the functions of gigs once for all tests.
var binaries = sync.OnceValues(func() (map[string]string, error) {
	all, err := functions.All("../../../examples")
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "gigs")
	if err != nil {
		return nil, err
	}
	built := make(map[string]string)
	for _, f := range all {
		name, ok := strings.CutPrefix(f.Name, "gigs/")
		if !ok {
			continue
		}
		built[name] = filepath.Join(folder, name)
		if err := f.Build(context.Background(), runtime.GOARCH, built[name]); err != nil {
			return nil, err
		}
	}
	return built, nil
})

// TestMain removes what binaries has built.
func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv(emulatorVariable) != "" {
		if built, err := binaries(); err == nil {
			os.RemoveAll(filepath.Dir(built["api"])) // a folder of the system
		}
	}
	os.Exit(code)
}

// A function runs under the emulator, which takes one invocation at a time.
type function struct {
	mu       sync.Mutex
	emulator *lambdaruntime.Emulator
}

// start starts a function of gigs with the variables that its template sets.
func (w *world) start(name string, env ...string) *function {
	w.Helper()
	built, err := binaries()
	require.NoError(w, err)
	emulator, err := lambdaruntime.StartEmulator(w.Context(), w.rie, built[name], append([]string{
		"AWS_REGION=" + region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_ENDPOINT_URL_DYNAMODB=" + w.dynamoURL, "AWS_ENDPOINT_URL_SQS=" + w.sqsURL, "AWS_ENDPOINT_URL_EVENTBRIDGE=" + w.busURL,
		"AWS_LAMBDA_FUNCTION_NAME=gigs-" + name, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_FUNCTION_TIMEOUT=30",
		"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=INFO",
		"TABLE=" + w.table, "IDEMPOTENCY=" + w.records, "BUS=" + busName, "EMAILS=" + w.emails, "FAILED_EMAILS=" + w.failed,
		"CURSOR_KEY=0123456789abcdef",
	}, env...)...)
	require.NoError(w, err)
	w.Cleanup(func() {
		emulator.Stop()
		if w.Failed() {
			w.Logf("%s says:\n%s", name, emulator.Output())
		}
	})
	return &function{emulator: emulator}
}

// Invoke invokes the function and makes an error of the one that it reports.
func (f *function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answer, err := f.emulator.Invoke(ctx, payload)
	if err != nil {
		return nil, err
	}
	var failed struct {
		Type string `json:"errorType"`
	}
	if json.Unmarshal(answer, &failed) == nil && failed.Type != "" {
		return nil, fmt.Errorf("the function reports %s", answer)
	}
	return answer, nil
}

// logged returns the lines with the message that the function has logged.
func (f *function) logged(message string) []map[string]any {
	var lines []map[string]any
	for line := range strings.Lines(f.emulator.Output()) {
		var fields map[string]any
		if json.Unmarshal([]byte(line), &fields) == nil && (fields["msg"] == message || fields["message"] == message) {
			lines = append(lines, fields)
		}
	}
	return lines
}
