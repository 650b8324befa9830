package awsfake_test

import (
	"context"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/internal/awsfake"
)

// echo is a service with one operation that answers its input and counts runs.
type echo struct {
	*awsfake.Server
	runs atomic.Int64
}

func newEcho(p awsfake.Protocol) *echo {
	e := &echo{}
	p.Targets = []string{"Echo_2026."}
	p.ContentType = "application/x-amz-json-1.0"
	e.Server = awsfake.New(p, map[string]awsfake.Operation{
		"Say": func(_ context.Context, input []byte) (any, error) {
			e.runs.Add(1)
			return json.RawMessage(input), nil
		},
		"Refuse": func(context.Context, []byte) (any, error) {
			return nil, &awsfake.Error{
				Code: "NotToday", Message: "come <back> tomorrow", MessageKey: "Message",
				Fields: map[string]any{"Reasons": []string{"None"}},
			}
		},
		"Break": func(context.Context, []byte) (any, error) { return nil, errors.New("disk full") },
		"Panic": func(context.Context, []byte) (any, error) { panic("boom") },
		"Empty": func(context.Context, []byte) (any, error) { return nil, nil },
		"Bad":   func(context.Context, []byte) (any, error) { return func() {}, nil },
	})
	return e
}

func request(ctx context.Context, target, body string) *http.Request {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://echo.us-east-1.amazonaws.com/", strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("X-Amz-Target", target)
	return r
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	length int64
	body   string
}

func send(t *testing.T, h http.Handler, target, body string) answer {
	t.Helper()
	response, err := awsfake.NewTransport(h).Do(request(t.Context(), target, body))
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	got, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return answer{response.StatusCode, response.Header, response.ContentLength, string(got)}
}

func TestAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		target, body, want string
		status             int
	}{
		"output":            {"Echo_2026.Say", `{"a":"<b>"}`, `{"a":"<b>"}`, 200},
		"no output":         {"Echo_2026.Empty", `{}`, `{}`, 200},
		"error":             {"Echo_2026.Refuse", `{}`, `{"Message":"come <back> tomorrow","Reasons":["None"],"__type":"ns#NotToday"}`, 400},
		"foreign error":     {"Echo_2026.Break", `{}`, `{"__type":"ns#InternalFailure","message":"disk full"}`, 500},
		"unknown operation": {"Echo_2026.Sing", `{}`, `{"__type":"ns#UnknownOperationException"}`, 400},
		"unknown service":   {"Other_2026.Say", `{}`, `{"__type":"ns#UnknownOperationException"}`, 400},
		"no target":         {"", `{}`, `{"__type":"ns#UnknownOperationException"}`, 400},
		"body too large":    {"Echo_2026.Say", strings.Repeat("x", 101), `{"__type":"ns#SerializationException"}`, 400},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newEcho(awsfake.Protocol{MaxBody: 100, ErrorType: func(code string) string { return "ns#" + code }})
			got := send(t, fake, tt.target, tt.body)
			require.Equal(t, tt.want, got.body)
			require.Equal(t, tt.status, got.status)
			require.Equal(t, "application/x-amz-json-1.0", got.header.Get("Content-Type"))
			require.EqualValues(t, len(tt.want), got.length)
		})
	}
}

func TestAPanicOrAnUnencodableOutputIsAnInternalError(t *testing.T) {
	fake := newEcho(awsfake.Protocol{})
	for _, operation := range []string{"Panic", "Bad"} {
		got := send(t, fake, "Echo_2026."+operation, `{}`)
		require.Equal(t, http.StatusInternalServerError, got.status)
		require.True(t, json.Valid([]byte(got.body)), got.body)
	}
}

func TestChecksumAndQueryError(t *testing.T) {
	fake := newEcho(awsfake.Protocol{CRC32: true, QueryErrors: true})

	checksum := func(a answer) string { return strconv.Itoa(int(crc32.ChecksumIEEE([]byte(a.body)))) }

	got := send(t, fake, "Echo_2026.Say", `{"a":1}`)
	require.Equal(t, checksum(got), got.header.Get("X-Amz-Crc32"))
	require.Empty(t, got.header.Get("X-Amzn-Query-Error"))

	got = send(t, fake, "Echo_2026.Refuse", `{}`)
	require.Equal(t, checksum(got), got.header.Get("X-Amz-Crc32"))
	require.Equal(t, "NotToday;Sender", got.header.Get("X-Amzn-Query-Error"))

	got = send(t, fake, "Echo_2026.Break", `{}`)
	require.Equal(t, "InternalFailure;Receiver", got.header.Get("X-Amzn-Query-Error"))
}

func TestFaultsApplyInOrderToTheirOperation(t *testing.T) {
	fake := newEcho(awsfake.Protocol{})
	throttled := &awsfake.Error{Code: "ThrottlingException"}
	fake.Inject("Say", awsfake.Fault{Times: 2, Error: throttled})
	fake.Inject("", awsfake.Fault{Error: &awsfake.Error{Code: "InternalServerError", Status: 500}})

	var got []int
	for range 4 {
		got = append(got, send(t, fake, "Echo_2026.Say", `{}`).status)
	}
	require.Equal(t, []int{400, 400, 500, 200}, got)
	require.EqualValues(t, 1, fake.runs.Load(), "a failed call does not run its operation")

	calls := fake.Calls("Say")
	require.Len(t, calls, 4)
	require.Equal(t, throttled, calls[0].Err)
	require.True(t, calls[2].Faulty)
	require.False(t, calls[3].Faulty)
	require.JSONEq(t, `{}`, string(calls[3].Output))
}

func TestClearFaults(t *testing.T) {
	fake := newEcho(awsfake.Protocol{})
	fake.Inject("Say", awsfake.Fault{Cut: awsfake.CutBefore})
	fake.ClearFaults()
	require.Equal(t, http.StatusOK, send(t, fake, "Echo_2026.Say", `{}`).status)
}

func TestCutConnections(t *testing.T) {
	fake := newEcho(awsfake.Protocol{})
	server := httptest.NewServer(fake)
	defer server.Close()
	inProcess := awsfake.NewTransport(fake)

	for _, tt := range []struct {
		cut  awsfake.Cut
		runs int
	}{{awsfake.CutBefore, 0}, {awsfake.CutAfter, 1}} {
		fake.runs.Store(0)
		fake.Inject("Say", awsfake.Fault{Cut: tt.cut})
		_, err := inProcess.Do(request(t.Context(), "Echo_2026.Say", `{}`))
		require.ErrorIs(t, err, syscall.ECONNRESET)
		require.EqualValues(t, tt.runs, fake.runs.Load())

		fake.Inject("Say", awsfake.Fault{Cut: tt.cut})
		r := request(t.Context(), "Echo_2026.Say", `{}`)
		r.URL.Scheme, r.URL.Host = "http", server.Listener.Addr().String()
		_, err = http.DefaultClient.Do(r)
		require.ErrorIs(t, err, io.EOF, "over a socket")
		require.EqualValues(t, 2*tt.runs, fake.runs.Load())
	}
}

func TestDelayIsExactAndObeysTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newEcho(awsfake.Protocol{})
		transport := awsfake.NewTransport(fake)
		fake.Inject("Say", awsfake.Fault{Times: 2, Delay: time.Hour})

		start := time.Now()
		response, err := transport.Do(request(t.Context(), "Echo_2026.Say", `{}`))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, time.Hour, time.Since(start))

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = transport.Do(request(ctx, "Echo_2026.Say", `{}`))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.EqualValues(t, 1, fake.runs.Load(), "a caller that has gone gets no work done")

		_, err = transport.Do(request(ctx, "Echo_2026.Say", `{}`))
		require.ErrorIs(t, err, context.DeadlineExceeded, "a context that has ended already")
		require.Equal(t, 2, fake.Count("Say"))
	})
}

func TestCallsAreBounded(t *testing.T) {
	fake := newEcho(awsfake.Protocol{})
	for range 10_010 {
		send(t, fake, "Echo_2026.Say", `{}`)
	}
	require.Len(t, fake.Calls(), 10_000)
	require.Equal(t, 10_010, fake.Count("Say"))

	fake.ResetCalls()
	require.Empty(t, fake.Calls())
	require.Zero(t, fake.Count("Say"))

	big := `"` + strings.Repeat("x", 20<<20) + `"`
	for range 3 { // 20 MiB in and 20 MiB out each
		send(t, fake, "Echo_2026.Say", big)
	}
	require.Len(t, fake.Calls("Say"), 1)
}

func TestTransportCarriesAGetWithoutBody(t *testing.T) {
	transport := awsfake.NewTransport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Empty(t, body)
		require.Equal(t, "example.org", r.Host)
		require.Equal(t, "/a?b=c", r.RequestURI)
		w.WriteHeader(http.StatusTeapot)
		w.WriteHeader(http.StatusOK) // the first status wins
	}))
	client := &http.Client{Transport: transport}
	response, err := client.Get("http://example.org/a?b=c")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusTeapot, response.StatusCode)
}

func TestTransportPassesOtherPanicsOn(t *testing.T) {
	transport := awsfake.NewTransport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a bug") }))
	require.PanicsWithValue(t, "a bug", func() {
		_, _ = transport.Do(request(t.Context(), "", ""))
	})
}

func TestConcurrentCalls(t *testing.T) {
	fake := newEcho(awsfake.Protocol{})
	fake.Inject("Say", awsfake.Fault{Times: 50, Error: &awsfake.Error{Code: "ThrottlingException"}})
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() { send(t, fake, "Echo_2026.Say", `{}`) })
	}
	wg.Wait()
	require.Equal(t, 100, fake.Count("Say"))
	require.EqualValues(t, 50, fake.runs.Load())
}
