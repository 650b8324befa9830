package websocket_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/websocket"
)

var _ lambda.Handler = (*websocket.Handler)(nil)

// event returns a documented event.
func event(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile("../testdata/apigw-websocket-request" + name + ".json")
	require.NoError(t, err)
	return content
}

// quiet are options without a log.
var quiet = &websocket.Options{Logger: slog.New(slog.DiscardHandler)}

func TestEventsReachTheirFunction(t *testing.T) {
	var got []*websocket.Event
	record := func(_ context.Context, e *websocket.Event) ([]byte, error) {
		got = append(got, e)
		return []byte("reply"), nil
	}
	h := websocket.New(nil)
	h.Connect(record)
	h.Message(websocket.RouteDefault, record)
	h.Disconnect(record)
	for _, name := range []string{"", "-send-message", "-disconnect"} {
		out, err := h.Invoke(t.Context(), event(t, name))
		require.NoError(t, err)
		require.JSONEq(t, `{"statusCode":200,"body":"reply"}`, string(out))
	}
	require.Len(t, got, 3)

	connect, message, disconnect := got[0], got[1], got[2]
	require.Equal(t, "$connect", connect.Route)
	require.Equal(t, "13", connect.Header.Get("Sec-WebSocket-Version"))
	require.Equal(t, "me", connect.Query.Get("name"))
	require.Equal(t, "admin", connect.Authorizer["principalId"])
	require.Equal(t, websocket.Event{
		ConnectionID: "R1kmxc2VNjMCFIA=", Route: "$default", RequestID: "R1knPH17NjMFftw=", MessageID: "R1knPc2ntjMCFIA=",
		Stage: "prod", Domain: "dl7ptocha9.execute-api.ap-northeast-1.amazonaws.com", APIID: "gy415nuibc",
		SourceIP: "49.105.91.154", UserAgent: message.UserAgent,
		ConnectedAt: time.UnixMilli(1705751697419), Time: time.UnixMilli(1705751700453),
		Header: http.Header{}, Body: []byte("{\r\n\t\"a\": 1\r\n}"),
	}, *message)
	require.Equal(t, "https://dl7ptocha9.execute-api.ap-northeast-1.amazonaws.com/prod", message.Endpoint())
	require.Equal(t, 1001, disconnect.DisconnectCode)
}

func TestRoutes(t *testing.T) {
	named := func(name string) websocket.Func {
		return func(context.Context, *websocket.Event) ([]byte, error) { return []byte(name), nil }
	}
	h := websocket.New(quiet)
	h.Message("chat", named("chat"))
	require.JSONEq(t, `{"statusCode":200,"body":"chat"}`, invoke(t, h, "chat"))
	require.JSONEq(t, `{"statusCode":500}`, invoke(t, h, "other"))
	require.JSONEq(t, `{"statusCode":200}`, invoke(t, h, websocket.RouteConnect))
	require.JSONEq(t, `{"statusCode":200}`, invoke(t, h, websocket.RouteDisconnect))
	h.Message(websocket.RouteDefault, named("default"))
	require.JSONEq(t, `{"statusCode":200,"body":"default"}`, invoke(t, h, "other"))
	require.Panics(t, func() { h.Message("chat", named("again")) })
	require.Panics(t, func() { h.Message("", named("x")) })
	require.Panics(t, func() { h.Connect(nil) })
}

func TestDeadlineIsAnsweredInTime(t *testing.T) {
	for name, tc := range map[string]struct {
		margin, timeout, want time.Duration
	}{
		"default":          {0, 3 * time.Second, 3*time.Second - websocket.DefaultDeadlineMargin},
		"configured":       {time.Second, 3 * time.Second, 2 * time.Second},
		"half of the time": {10 * time.Second, 3 * time.Second, 1500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tc.timeout)
				defer cancel()
				h := websocket.New(&websocket.Options{DeadlineMargin: tc.margin, Logger: quiet.Logger})
				h.Message(websocket.RouteDefault, func(ctx context.Context, _ *websocket.Event) ([]byte, error) {
					<-ctx.Done()
					<-time.After(time.Millisecond)
					return []byte("too late"), nil
				})
				start := time.Now()
				out, err := h.Invoke(ctx, event(t, "-send-message"))
				require.NoError(t, err)
				require.JSONEq(t, `{"statusCode":503}`, string(out))
				require.Equal(t, tc.want, time.Since(start))
				<-time.After(2 * time.Millisecond) // until the function has ended
			})
		})
	}
}

func TestCancelledInvocationsHaveNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		h := websocket.New(quiet)
		h.Message(websocket.RouteDefault, func(ctx context.Context, _ *websocket.Event) ([]byte, error) {
			cancel()
			return nil, ctx.Err()
		})
		_, err := h.Invoke(ctx, event(t, "-send-message"))
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestExitIsAnswered(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	h := websocket.New(quiet)
	h.Message(websocket.RouteDefault, func(context.Context, *websocket.Event) ([]byte, error) {
		runtime.Goexit()
		return nil, nil
	})
	out, err := h.Invoke(ctx, event(t, "-send-message"))
	require.NoError(t, err)
	require.JSONEq(t, `{"statusCode":500}`, string(out))
}

func TestRepliesThatCannotBeSent(t *testing.T) {
	for name, tc := range map[string]struct{ reply, want string }{
		"largest":   {strings.Repeat("x", websocket.MaxMessage), `{"statusCode":200,"body":"` + strings.Repeat("x", websocket.MaxMessage) + `"}`},
		"too large": {strings.Repeat("x", websocket.MaxMessage+1), `{"statusCode":500}`},
		"not text":  {"\xff", `{"statusCode":500}`},
	} {
		t.Run(name, func(t *testing.T) {
			h := websocket.New(quiet)
			h.Message("chat", func(context.Context, *websocket.Event) ([]byte, error) { return []byte(tc.reply), nil })
			require.JSONEq(t, tc.want, invoke(t, h, "chat"))
		})
	}
}

// invoke sends an event of a route.
func invoke(t *testing.T, h *websocket.Handler, route string) string {
	t.Helper()
	payload, err := json.Marshal(map[string]any{
		"requestContext":    map[string]any{"connectionId": "c", "routeKey": route},
		"multiValueHeaders": map[string]any{"Sec-WebSocket-Protocol": []string{"v2, v1"}},
	})
	require.NoError(t, err)
	out, err := h.Invoke(t.Context(), payload)
	require.NoError(t, err)
	return string(out)
}

func TestErrorsBecomeStatuses(t *testing.T) {
	var log bytes.Buffer
	for name, tc := range map[string]struct {
		f    websocket.Func
		want string
	}{
		"refused": {
			func(context.Context, *websocket.Event) ([]byte, error) { return nil, httpapi.Error(403, "no") },
			`{"statusCode":403}`,
		},
		"failed": {
			func(context.Context, *websocket.Event) ([]byte, error) { return []byte("x"), errors.New("no") },
			`{"statusCode":500}`,
		},
		"panicked": {
			func(context.Context, *websocket.Event) ([]byte, error) { panic("no") },
			`{"statusCode":500}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			log.Reset()
			h := websocket.New(&websocket.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			h.Connect(tc.f)
			require.JSONEq(t, tc.want, invoke(t, h, websocket.RouteConnect))
			require.Contains(t, log.String(), "connectionId=c")
		})
	}
}

func TestSubprotocol(t *testing.T) {
	h := websocket.New(nil)
	h.Connect(func(_ context.Context, e *websocket.Event) ([]byte, error) {
		require.Equal(t, []string{"v2", "v1"}, e.Subprotocols)
		e.Subprotocol = "v2"
		return nil, nil
	})
	require.JSONEq(t, `{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"v2"}}`, invoke(t, h, websocket.RouteConnect))
}

func TestOtherPayloads(t *testing.T) {
	for _, payload := range []string{``, `{}`, `[]`, `{"requestContext":{"connectionId":1}}`,
		`{"requestContext":{"connectionId":"c","routeKey":"r"},"body":"%","isBase64Encoded":true}`} {
		_, err := websocket.New(nil).Invoke(t.Context(), []byte(payload))
		require.ErrorIs(t, err, websocket.ErrUnknownPayload, payload)
		h := websocket.New(&websocket.Options{Fallback: httpapi.New(http.NotFoundHandler(), nil).Invoke})
		_, err = h.Invoke(t.Context(), []byte(payload))
		var other *httpapi.PayloadError
		require.ErrorAs(t, err, &other)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := websocket.New(nil).Invoke(ctx, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// A clientFunc answers requests.
type clientFunc func(*http.Request) (*http.Response, error)

func (f clientFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

// newSender returns a sender whose calls are answered by f.
func newSender(t *testing.T, f clientFunc) *websocket.Sender {
	t.Helper()
	s, err := websocket.NewSender(aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", "TOKEN"), HTTPClient: f,
	}, "https://abc.execute-api.us-east-1.amazonaws.com/prod", nil)
	require.NoError(t, err)
	return s
}

func respond(status int) *http.Response {
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: io.NopCloser(strings.NewReader("{}"))}
}

func TestSendSignsTheMessage(t *testing.T) {
	s := newSender(t, func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, "hello", string(body))
		require.Equal(t, "POST https://abc.execute-api.us-east-1.amazonaws.com/prod/@connections/R1kmxc2VNjMCFIA%3D",
			r.Method+" "+r.URL.String())
		require.Regexp(t, `^AWS4-HMAC-SHA256 Credential=AKID/\d{8}/us-east-1/execute-api/aws4_request, SignedHeaders=`+
			`content-length;host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$`, r.Header.Get("Authorization"))
		return respond(200), nil
	})
	require.NoError(t, s.Send(t.Context(), "R1kmxc2VNjMCFIA=", []byte("hello")))
}

func TestSendErrors(t *testing.T) {
	broken := errors.New("broken pipe")
	for name, tc := range map[string]struct {
		status int // 0: the connection breaks
		calls  int
		want   error
	}{
		"gone":      {410, 1, websocket.ErrGone},
		"too large": {413, 1, websocket.ErrTooLarge},
		"forbidden": {403, 1, nil},
		"throttled": {429, 3, nil},
		"failed":    {500, 3, nil},
		"broken":    {0, 3, broken},
	} {
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			s := newSender(t, func(*http.Request) (*http.Response, error) {
				if calls++; tc.status == 0 {
					return nil, broken
				}
				return respond(tc.status), nil
			})
			err := s.Close(t.Context(), "c")
			var failed *websocket.SendError
			require.ErrorAs(t, err, &failed, name)
			require.Equal(t, tc.status, failed.Status)
			require.Equal(t, "c", failed.ConnectionID)
			require.Equal(t, tc.calls, calls, name)
			if tc.want != nil {
				require.ErrorIs(t, err, tc.want)
			}
		})
	}
}

func TestSendTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		statuses := []int{429, 503, 200}
		s := newSender(t, func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			require.Equal(t, "x", string(body))
			status := statuses[0]
			statuses = statuses[1:]
			return respond(status), nil
		})
		require.NoError(t, s.Send(t.Context(), "c", []byte("x")))
		require.Empty(t, statuses)
	})
}

func TestSendLimitsAndOptions(t *testing.T) {
	s := newSender(t, func(*http.Request) (*http.Response, error) { return respond(200), nil })
	require.NoError(t, s.Send(t.Context(), "c", make([]byte, websocket.MaxMessage)))
	require.ErrorIs(t, s.Send(t.Context(), "c", make([]byte, websocket.MaxMessage+1)), websocket.ErrTooLarge)

	ctx, cancel := context.WithCancel(t.Context())
	stopped := newSender(t, func(*http.Request) (*http.Response, error) {
		cancel()
		return nil, errors.New("broken")
	})
	require.ErrorIs(t, stopped.Send(ctx, "c", nil), context.Canceled)

	full := aws.Config{Region: "r", Credentials: aws.AnonymousCredentials{}}
	for _, tc := range []struct {
		cfg      aws.Config
		endpoint string
		opts     *websocket.SenderOptions
	}{
		{full, "abc.example.com/prod", nil},
		{full, "https://%", nil},
		{aws.Config{}, "https://a.example", nil},
		{full, "https://a.example", &websocket.SenderOptions{Attempts: -1}},
	} {
		_, err := websocket.NewSender(tc.cfg, tc.endpoint, tc.opts)
		require.Error(t, err)
	}
}
