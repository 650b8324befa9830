package lambdaruntime_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/internal/lambdaruntime"
)

// TestMain makes this program its own function.
func TestMain(m *testing.M) {
	if os.Getenv("LAMBDARUNTIME_FUNCTION") == "" {
		os.Exit(m.Run())
	}
	lambda.Start(func(_ context.Context, event string) (string, error) {
		switch event {
		case "error":
			return "", errors.New("on purpose")
		case "panic":
			panic("on purpose")
		case "large":
			return strings.Repeat("x", lambdaruntime.MaxResponse), nil
		}
		return "got " + event, nil
	})
}

// start starts this program as a function.
func start(t *testing.T) (*lambdaruntime.Server, *lambdaruntime.Process) {
	t.Helper()
	server := lambdaruntime.New(&lambdaruntime.Options{Timeout: time.Minute})
	t.Cleanup(server.Close)
	process, err := server.Start(os.Args[0], "LAMBDARUNTIME_FUNCTION=1")
	require.NoError(t, err)
	t.Cleanup(process.Stop)
	return server, process
}

func TestFunctionAnswers(t *testing.T) {
	server, process := start(t)
	for range 3 {
		out, err := server.Call(t.Context(), []byte(`"x"`))
		require.NoError(t, err)
		require.Equal(t, `"got x"`, string(out))
	}
	_, err := server.Call(t.Context(), []byte(`"error"`))
	require.Equal(t, &lambdaruntime.FunctionError{Type: "errorString", Message: "on purpose"}, err)
	require.NoError(t, process.Err())
}

func TestFunctionThatPanicsEnds(t *testing.T) {
	server, process := start(t)
	_, err := server.Call(t.Context(), []byte(`"panic"`))
	var failed *lambdaruntime.FunctionError
	require.ErrorAs(t, err, &failed)
	<-process.Ended()
	require.Error(t, process.Err())
	require.Contains(t, process.Output(), "on purpose")
}

func TestFunctionThatAnswersTooMuchEnds(t *testing.T) {
	server, process := start(t)
	_, err := server.Call(t.Context(), []byte(`"large"`))
	var failed *lambdaruntime.FunctionError
	require.ErrorAs(t, err, &failed)
	<-process.Ended()
	require.Error(t, process.Err())
}

func TestInvokeHonoursItsContext(t *testing.T) {
	server := lambdaruntime.New(nil)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := server.Invoke(ctx, nil)
	require.ErrorIs(t, err, context.Canceled)
}
