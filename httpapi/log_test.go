package httpapi_test

import (
	"bytes"
	"encoding/json"
	"log"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
)

var _ httpapi.Logger = (*slog.Logger)(nil)

// captureLog returns what package log writes until the test ends.
func captureLog(t *testing.T) *bytes.Buffer {
	t.Helper()
	var written bytes.Buffer
	output, flags := log.Writer(), log.Flags()
	t.Cleanup(func() {
		log.SetOutput(output)
		log.SetFlags(flags)
	})
	log.SetOutput(&written)
	log.SetFlags(0)
	return &written
}

// panicking invokes a handler that panics.
func panicking(t *testing.T, o *httpapi.Options) {
	t.Helper()
	a := httpapi.New(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("on purpose") }), o)
	_, err := a.Invoke(t.Context(), payload(t, httpapi.SourceHTTP2, "/x"))
	require.NoError(t, err)
}

func TestPackageLogIsTheDefault(t *testing.T) {
	for name, o := range map[string]*httpapi.Options{
		"no options": nil, "nil *slog.Logger": {Logger: (*slog.Logger)(nil)},
	} {
		written := captureLog(t)
		panicking(t, o)
		line, rest, _ := strings.Cut(written.String(), "\n")
		require.Empty(t, rest, "%s: one line, whatever the stack is", name)
		line, stack, ok := strings.Cut(line, " stack=")
		require.True(t, ok)
		require.Equal(t, `ERROR httpapi: handler panicked method=GET path=/x panic="on purpose"`, line)
		require.Contains(t, stack, "log_test.go")
	}
}

func TestPackageLogReachesTheHandlerOfSlog(t *testing.T) {
	captureLog(t)
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	var written bytes.Buffer
	slog.SetDefault(slog.New(slog.NewJSONHandler(&written, nil)))
	panicking(t, nil)
	var record struct{ Level, Msg string }
	require.NoError(t, json.Unmarshal(written.Bytes(), &record))
	require.Equal(t, "INFO", record.Level)
	require.True(t, strings.HasPrefix(record.Msg, "ERROR httpapi: handler panicked method=GET"), record.Msg)

	written.Reset()
	panicking(t, &httpapi.Options{Logger: slog.Default()})
	var attributes struct{ Level, Method, Path, Panic, Stack string }
	require.NoError(t, json.Unmarshal(written.Bytes(), &attributes))
	require.Equal(t, "ERROR", attributes.Level)
	require.Equal(t, "on purpose", attributes.Panic)
}
