package console_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/examples/gigs/console"
	"github.com/go-thaw/thaw/examples/gigs/local"
	"github.com/go-thaw/thaw/examples/gigs/mail"
)

// A site is a platform with its console. Nothing is delivered unless a test does
// it.
type site struct {
	platform *local.Platform
	clock    *console.Clock
	handler  http.Handler
	stop     context.CancelFunc
}

func open(t *testing.T) *site {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	clock := console.NewClock()
	watch := console.NewWatch(clock)
	log := slog.New(slog.DiscardHandler)
	p, err := local.New(ctx, local.Options{
		Send: mail.Bouncing("bounce.example", mail.Log(log)), Logger: log,
		Now: clock.Time, Clock: clock, OnHandled: watch.Handled, WrapStore: watch.Store,
	})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/", watch.Requests(p.Handler()))
	mux.Handle(console.Path, console.New(ctx, console.Options{Platform: p, Clock: clock, Watch: watch, Logger: log}))
	return &site{p, clock, console.Guard(mux), stop}
}

// do sends a request as a page of the site would.
func (s *site) do(t *testing.T, method, path, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Host = "localhost:8080"
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// press presses a button, which has to work.
func (s *site) press(t *testing.T, path string) string {
	t.Helper()
	w := s.do(t, http.MethodPost, console.Path+path, "")
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	var answer struct{ Message string }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	return answer.Message
}

func (s *site) state(t *testing.T) (state console.State) {
	t.Helper()
	require.NoError(t, json.Unmarshal(s.do(t, http.MethodGet, console.Path+"state", "").Body.Bytes(), &state))
	return state
}

func (s *site) register(t *testing.T, email string) {
	t.Helper()
	w := s.do(t, http.MethodPost, "/users", `{"email":"`+email+`","name":"Ada"}`, "Idempotency-Key", email)
	require.Equal(t, http.StatusCreated, w.Code, w.Body.String())
}

// settle delivers what is on its way now.
func (s *site) settle(t *testing.T) {
	t.Helper()
	_, err := s.platform.Stream.Drain(t.Context())
	require.NoError(t, err)
	_, err = s.platform.Bus.Deliver(t.Context())
	require.NoError(t, err)
	_, err = s.platform.Worker.Drain(t.Context())
	require.NoError(t, err)
}

func TestTheStateIsWhatHappened(t *testing.T) {
	s := open(t)
	s.register(t, "ada@example.com")
	require.Equal(t, http.StatusNotFound, s.do(t, http.MethodGet, "/gigs/none", "").Code)
	s.settle(t)

	state := s.state(t)
	require.Equal(t, 2, state.Requests.Total)
	require.Equal(t, map[string]int{"201": 1, "404": 1}, state.Requests.Statuses)
	require.Equal(t, "/gigs/none", state.Requests.Last[0].Path, "the newest first")
	require.Equal(t, http.StatusNotFound, state.Requests.Last[0].Status)

	require.Len(t, state.Events, 1)
	require.Equal(t, "UserRegistered", state.Events[0].Type)
	require.Equal(t, []console.Outcome{
		{Handler: "metrics", Attempts: 1, Done: 1}, {Handler: "preferences", Attempts: 1, Done: 1},
		{Handler: "profile", Attempts: 1, Done: 1}, {Handler: "welcome-email", Attempts: 1, Done: 1},
	}, state.Events[0].Handlers)

	var names []string
	for _, item := range state.Tables[0].Items {
		kind := item.Key[strings.LastIndex(item.Key, "/ ")+2:]
		if kind == "USER" {
			var user struct{ Email string }
			require.NoError(t, json.Unmarshal(item.JSON, &user))
			require.Equal(t, "ada@example.com", user.Email)
		}
		names = append(names, kind)
	}
	require.Subset(t, names, []string{"USER", "PROFILE", "PREFERENCES", "ADDRESS"})

	require.Equal(t, uint64(1), state.Cache.Misses)
	var invocations int64
	for _, route := range state.Costs.Routes {
		invocations += route.Requests
	}
	require.Equal(t, int64(2), invocations)
}

func TestAThrottledTableIsNoticedByNobody(t *testing.T) {
	s := open(t)
	s.press(t, "faults/throttle")
	s.register(t, "ada@example.com")
	throttled := 0
	for _, c := range s.platform.Tables.Calls() {
		if c.Faulty {
			throttled++
		}
	}
	require.Equal(t, 2, throttled)
}

func TestALostAnswerIsNoConflict(t *testing.T) {
	s := open(t)
	s.press(t, "faults/cut")
	w := s.do(t, http.MethodPost, "/gigs", `{"id":"piano","title":"Move a piano","city":"Porto","pay":9000}`, "Idempotency-Key", "k")
	require.Equal(t, http.StatusCreated, w.Code, w.Body.String())
}

func TestAFailingHandlerIsTriedAgain(t *testing.T) {
	s := open(t)
	s.press(t, "faults/handler")
	s.register(t, "ada@example.com")
	s.settle(t)
	handlers := s.state(t).Events[0].Handlers
	require.Equal(t, "profile", handlers[2].Handler)
	require.Equal(t, 1, handlers[2].Attempts)
	require.Equal(t, "made to fail by the console", handlers[2].Error)

	s.press(t, "faults/freeze")
	s.settle(t)
	s.press(t, "faults/freeze")
	s.settle(t)
	handlers = s.state(t).Events[0].Handlers
	require.Equal(t, console.Outcome{Handler: "metrics", Attempts: 3, Done: 1}, handlers[0])
	require.Equal(t, console.Outcome{Handler: "profile", Attempts: 3, Done: 3}, handlers[2])
}

func TestAFreezeExpiresTheCache(t *testing.T) {
	s := open(t)
	require.Equal(t, http.StatusCreated, s.do(t, http.MethodPost, "/gigs", `{"id":"piano","title":"Move a piano","city":"Porto","pay":9000}`, "Idempotency-Key", "k").Code)
	read := func() { require.Equal(t, http.StatusOK, s.do(t, http.MethodGet, "/gigs/piano", "").Code) }
	read()
	read()
	require.Equal(t, uint64(1), s.state(t).Cache.Loads)
	before := s.clock.Time()
	s.press(t, "faults/freeze")
	require.GreaterOrEqual(t, s.clock.Time().Sub(before), time.Hour)
	read()
	require.Equal(t, uint64(2), s.state(t).Cache.Loads, "what had expired while frozen is not served")
}

func TestDeadLettersAreRedriven(t *testing.T) {
	s := open(t)
	require.Equal(t, "There are no dead letters.", s.press(t, "redrive"))
	s.register(t, "ada@bounce.example")
	for range local.MaxReceives + 1 {
		s.settle(t)
		s.clock.Freeze(time.Hour)
	}
	queues := s.state(t).Queues
	require.Equal(t, local.FailedEmails, queues[1].Name)
	require.True(t, queues[1].DeadLetter)
	require.Len(t, queues[1].Messages, 1)
	require.Contains(t, queues[1].Messages[0].Body, "ada@bounce.example")

	require.Equal(t, "1 dead letters are on their way again.", s.press(t, "redrive"))
	require.Equal(t, 1, s.platform.Queues.Counts(local.Emails).Total())
	require.Zero(t, s.platform.Queues.Counts(local.FailedEmails).Total())
}

func TestOnlyTheOwnPagePressesButtons(t *testing.T) {
	s := open(t)
	for name, header := range map[string][]string{
		"cross site":      {"Sec-Fetch-Site", "cross-site"},
		"same site":       {"Sec-Fetch-Site", "same-site"},
		"older browsers":  {"Origin", "http://evil.example"},
		"another port":    {"Origin", "http://localhost:9999"},
		"a rebound name":  {"Host", "evil.example:8080"},
		"a name like one": {"Host", "127.0.0.1.evil.example"},
	} {
		w := s.do(t, http.MethodPost, console.Path+"faults/throttle", "", header...)
		require.Equal(t, http.StatusForbidden, w.Code, name)
	}
	require.Equal(t, http.StatusForbidden, s.do(t, http.MethodGet, console.Path+"state", "", "Host", "evil.example").Code)
	for _, host := range []string{"127.0.0.1:8080", "[::1]:8080", "localhost", "192.168.0.7:8080"} {
		require.Equal(t, http.StatusOK, s.do(t, http.MethodGet, console.Path+"state", "", "Host", host).Code, host)
	}
	require.Equal(t, http.StatusMethodNotAllowed, s.do(t, http.MethodGet, console.Path+"faults/throttle", "").Code)
	require.Equal(t, http.StatusNotFound, s.do(t, http.MethodPost, console.Path+"faults/none", "").Code)
}

func TestThePageRunsNoScriptButItsOwn(t *testing.T) {
	s := open(t)
	first := s.do(t, http.MethodGet, console.Path, "")
	require.Equal(t, http.StatusOK, first.Code)
	policy := first.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	_, nonce, _ := strings.Cut(policy, "script-src 'nonce-")
	nonce, _, _ = strings.Cut(nonce, "'")
	require.Equal(t, 1, strings.Count(first.Body.String(), `<script nonce="`+nonce+`">`))
	require.NotContains(t, first.Body.String(), "src=\"http")
	require.NotEqual(t, policy, s.do(t, http.MethodGet, console.Path, "").Header().Get("Content-Security-Policy"))
}

// TestTheStreamTellsWhatChanges reads two states over a real connection, and ends
// with the program.
func TestTheStreamTellsWhatChanges(t *testing.T) {
	s := open(t)
	server := httptest.NewServer(s.handler)
	defer server.Close()
	response, err := http.Get(server.URL + console.Path + "stream")
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))

	lines := bufio.NewReader(response.Body)
	next := func() (state console.State) {
		for {
			line, err := lines.ReadString('\n')
			require.NoError(t, err)
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				require.NoError(t, json.Unmarshal([]byte(data), &state))
				return state
			}
		}
	}
	require.Zero(t, next().Requests.Total)
	s.register(t, "ada@example.com")
	for next().Requests.Total != 1 {
	}
	s.stop()
	_, err = io.Copy(io.Discard, lines)
	require.NoError(t, err, "the stream ends cleanly")
}
