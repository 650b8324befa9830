package queue_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/internal/lambdaruntime"
	"github.com/go-thaw/thaw/queue/internal/function"
)

// TestMain makes this program the function when its variable is set.
func TestMain(m *testing.M) {
	if os.Getenv(function.Variable) != "" {
		function.Run()
	}
	os.Exit(m.Run())
}

// ways has batches with a record for each way in which handlers end, and the ids
// that come back. The process must live on after all of them.
var ways = []struct {
	name   string
	bodies []string
	want   []string
}{
	{"all handled", []string{"ok", "ok"}, []string{}},
	{"some fail", []string{"ok", "fail", "ok", "panic", "goexit"}, []string{"1", "3", "4"}},
	{"timeout", []string{"wait", "ok", "deaf"}, []string{"0", "2"}},
	{"after all that", []string{"ok", "fail"}, []string{"1"}},
}

// batchOf returns a payload whose records have the bodies and their places as ids.
func batchOf(bodies ...string) []byte {
	rows := make([]row, len(bodies))
	for i, body := range bodies {
		rows[i] = row{ID: fmt.Sprint(i), Body: fmt.Sprintf("%q", body)}
	}
	return payload(standardARN, rows...)
}

// buildBootstrap builds the function as it would be deployed.
func buildBootstrap(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "bootstrap")
	require.NoError(t, lambdaruntime.Build(t.Context(), "./internal/function/bootstrap", program))
	return program
}

func TestBootstrap(t *testing.T) {
	for name, program := range map[string]string{"test program": os.Args[0], "as deployed": buildBootstrap(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := lambdaruntime.New(&lambdaruntime.Options{Timeout: 1500 * time.Millisecond})
			t.Cleanup(server.Close)
			process, err := server.Start(program, function.Variable+"=1")
			require.NoError(t, err)
			t.Cleanup(process.Stop)
			for _, w := range ways {
				response, err := server.Call(t.Context(), batchOf(w.bodies...))
				require.NoError(t, err, w.name)
				require.Equal(t, w.want, failed(t, response), w.name)
			}
			_, err = server.Call(t.Context(), []byte(`{"source":"aws.events"}`))
			require.Equal(t, &lambdaruntime.FunctionError{Type: "SourceError", Message: `queue: invoke: event source "", want "aws:sqs"`}, err)
			require.NoError(t, process.Err(), "the process lives on")
			require.Contains(t, process.Output(), "on purpose")
			require.Contains(t, process.Output(), "handler ignored the end of its context")

			// Nothing survives the end of the process; Lambda keeps the batch.
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-process.Ended()
				cancel()
			}()
			_, err = server.Call(ctx, batchOf("ok", "exit"))
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorContains(t, process.Err(), "exit status 3")
		})
	}
}

func TestBootstrapServesOverlappingInvocations(t *testing.T) {
	server := lambdaruntime.New(&lambdaruntime.Options{Timeout: 1500 * time.Millisecond})
	t.Cleanup(server.Close)
	process, err := server.Start(os.Args[0], function.Variable+"=1", "AWS_LAMBDA_MAX_CONCURRENCY=4")
	require.NoError(t, err)
	t.Cleanup(process.Stop)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			response, err := server.Call(context.Background(), batchOf("panic", "wait", "ok"))
			if err != nil || string(response) != `{"batchItemFailures":[{"itemIdentifier":"0"},{"itemIdentifier":"1"}]}` {
				t.Errorf("got %s, %v", response, err)
			}
		})
	}
	all.Wait()
	require.NoError(t, process.Err())
}

// emulatorVariable names the Lambda Runtime Interface Emulator, AWS's own
// Runtime API: THAW_RIE=$(bash .ci/rie) go test ./queue -run Emulator -v
const emulatorVariable = "THAW_RIE"

func TestEmulator(t *testing.T) {
	emulator := os.Getenv(emulatorVariable)
	if emulator == "" {
		t.Skipf("SKIPPED: needs the Lambda Runtime Interface Emulator; set %s=$(bash .ci/rie)", emulatorVariable)
	}
	process, err := lambdaruntime.StartEmulator(t.Context(), emulator, buildBootstrap(t), "AWS_LAMBDA_FUNCTION_TIMEOUT=2")
	require.NoError(t, err)
	t.Cleanup(func() {
		process.Stop()
		if t.Failed() {
			t.Logf("the emulator says:\n%s", process.Output())
		}
	})
	invoke := func(payload []byte) []byte {
		answer, err := process.Invoke(t.Context(), payload)
		require.NoError(t, err)
		return answer
	}
	for _, w := range ways {
		require.Equal(t, w.want, failed(t, invoke(batchOf(w.bodies...))), w.name)
	}
	require.Contains(t, string(invoke([]byte(`{"source":"aws.events"}`))), `"errorType":"SourceError"`)
	require.Contains(t, string(invoke(batchOf("ok", "exit"))), `"errorType":"Runtime.ExitError"`)
	require.Equal(t, []string{"1"}, failed(t, invoke(batchOf("ok", "fail"))), "in another process")
}
