package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// start runs the command on a free port and returns its URL and a function that
// stops it and waits for its end.
func start(t *testing.T, args ...string) (url string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), in, io.Discard)
		in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "dynamotest is ready on ")
	require.True(t, ok, line)
	stop = func() error {
		cancel()
		return <-done
	}
	t.Cleanup(cancel)
	return url, stop
}

// ask sends ListTables with that Host header, "" for the address itself.
func ask(t *testing.T, url, host string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("{}"))
	require.NoError(t, err)
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810.ListTables")
	r.Host = host
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	return response.StatusCode
}

func TestServeAndStop(t *testing.T) {
	url, stop := start(t)
	require.Equal(t, http.StatusOK, ask(t, url, ""))
	require.NoError(t, stop())
}

func TestHostHeader(t *testing.T) {
	url, stop := start(t, "-host", "dynamo.test")
	for host, want := range map[string]int{
		"localhost":        http.StatusOK,
		"LOCALHOST:8000":   http.StatusOK,
		"127.0.0.1":        http.StatusOK,
		"[::1]:8000":       http.StatusOK,
		"dynamo.test:8000": http.StatusOK,
		"evil.example":     http.StatusForbidden,
		"10.0.0.1":         http.StatusForbidden,
	} {
		require.Equal(t, want, ask(t, url, host), host)
	}
	require.NoError(t, stop())
}

func TestBadFlags(t *testing.T) {
	require.Error(t, run(t.Context(), []string{"-nope"}, io.Discard, io.Discard))
	require.Error(t, run(t.Context(), []string{"-addr", "127.0.0.1:notaport"}, io.Discard, io.Discard))
}
