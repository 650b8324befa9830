package api_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/dynamo/ratelimit"
	"github.com/go-thaw/thaw/events"

	"github.com/go-thaw/thaw/examples/gigs/announce"
	"github.com/go-thaw/thaw/examples/gigs/api"
	"github.com/go-thaw/thaw/examples/gigs/store"
)

// A platform is an API on an empty table.
type platform struct {
	*api.API
	table     *dynamotest.Fake
	box       *announce.Box
	published []events.Event
}

func setup(t *testing.T) *platform {
	t.Helper()
	p := &platform{table: dynamotest.New(nil)}
	s, err := store.New(p.table.Client(), "gigs", nil)
	require.NoError(t, err)
	p.box, err = announce.New(announce.Options{
		Client: p.table.Client(), Table: "gigs", Logger: slog.New(slog.DiscardHandler), MinAge: -1,
		Publish: func(_ context.Context, e ...events.Event) error {
			p.published = append(p.published, e...)
			return nil
		},
	})
	require.NoError(t, err)
	require.NoError(t, dynamo.CreateTables(t.Context(), p.table.Client(), p.box, s))
	p.API = api.New(api.Options{
		Store: s, Announce: p.box.Op, Idempotency: idempotency.NewMemory(nil), Logger: slog.New(slog.DiscardHandler),
	})
	return p
}

// send sends a request; its body is JSON, its header "Name: value" or "".
func (p *platform) send(t *testing.T, method, path, header, body string) (int, http.Header, string) {
	t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, content)
	r.Header.Set("Content-Type", "application/json")
	if name, value, ok := strings.Cut(header, ": "); ok {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Code, w.Header(), w.Body.String()
}

func (p *platform) mustSend(t *testing.T, status int, method, path, header, body string) (http.Header, string) {
	t.Helper()
	got, h, answer := p.send(t, method, path, header, body)
	require.Equal(t, status, got, answer)
	return h, answer
}

const piano = `{"id":"piano","title":"Move a piano","city":"Porto","pay":9000}`

func TestRegister(t *testing.T) {
	p := setup(t)
	header, _ := p.mustSend(t, 201, "POST", "/users", "", `{"email":"ada@example.com","name":"Ada"}`)
	require.Regexp(t, `^/users/\w{16}$`, header.Get("Location"))
	_, err := p.box.Sweep(t.Context())
	require.NoError(t, err)
	require.Len(t, p.published, 1)
	require.Equal(t, "UserRegistered", p.published[0].DetailType)

	p.mustSend(t, 409, "POST", "/users", "", `{"email":"ADA@example.com","name":"Eve"}`)
	_, err = p.box.Sweep(t.Context())
	require.NoError(t, err)
	require.Len(t, p.published, 1, "nobody new to announce")
}

func TestARepeatedRequestIsAnsweredAsTheFirst(t *testing.T) {
	p := setup(t)
	const ada, key = `{"email":"ada@example.com","name":"Ada"}`, "Idempotency-Key: 1f0c"
	_, first := p.mustSend(t, 201, "POST", "/users", key, ada)
	header, second := p.mustSend(t, 201, "POST", "/users", key, ada)
	require.Equal(t, first, second)
	require.Equal(t, "true", header.Get(idempotency.ReplayedHeader))
	_, err := p.box.Sweep(t.Context())
	require.NoError(t, err)
	require.Len(t, p.published, 1)
	p.mustSend(t, 422, "POST", "/users", key, `{"email":"eve@example.com","name":"Eve"}`)
	p.mustSend(t, 201, "POST", "/gigs", key, piano)

	// A failure is not an answer to keep.
	p.table.Inject("TransactWriteItems", dynamotest.Fault{Error: &dynamotest.Error{Code: "AccessDeniedException"}})
	p.mustSend(t, 500, "POST", "/users", "Idempotency-Key: 2", `{"email":"bob@example.com","name":"Bob"}`)
	p.mustSend(t, 201, "POST", "/users", "Idempotency-Key: 2", `{"email":"bob@example.com","name":"Bob"}`)
}

func TestAUserThatWasNotStoredIsNotAnnounced(t *testing.T) {
	p := setup(t)
	p.table.Inject("TransactWriteItems", dynamotest.Fault{Error: &dynamotest.Error{Code: "AccessDeniedException", Message: "secret"}})
	_, body := p.mustSend(t, 500, "POST", "/users", "", `{"email":"ada@example.com","name":"Ada"}`)
	require.NotContains(t, body, "secret", "what went wrong inside is not the client's business")
	_, err := p.box.Sweep(t.Context())
	require.NoError(t, err)
	require.Empty(t, p.published)
}

func TestRegistrationsAreLimited(t *testing.T) {
	p := setup(t)
	limit, err := api.LimitRegistrations(p.table.Client(), "gigs", ratelimit.Limit{Rate: 1, Per: time.Hour, Burst: 2}, nil, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	s, err := store.New(p.table.Client(), "gigs", nil)
	require.NoError(t, err)
	p.API = api.New(api.Options{
		Store: s, Announce: p.box.Op, Idempotency: idempotency.NewMemory(nil), Logger: slog.New(slog.DiscardHandler), Limit: limit,
	})
	for i, want := range []int{201, 201, 429, 429} {
		header, _ := p.mustSend(t, want, "POST", "/users", "", fmt.Sprintf(`{"email":"%d@example.com","name":"Ada"}`, i))
		require.Equal(t, want == 429, header.Get("Retry-After") != "")
		require.Contains(t, header.Get("RateLimit"), `"registrations";r=`)
	}
	p.mustSend(t, 201, "POST", "/gigs", "", piano)
}

func TestCreateAndRead(t *testing.T) {
	p := setup(t)
	header, _ := p.mustSend(t, 201, "POST", "/gigs", "", piano)
	require.Equal(t, "/gigs/piano", header.Get("Location"))
	require.Equal(t, `"1"`, header.Get("Etag"))
	p.mustSend(t, 409, "POST", "/gigs", "", piano)

	for range 3 {
		header, body := p.mustSend(t, 200, "GET", "/gigs/piano", "", "")
		require.Equal(t, `"1"`, header.Get("Etag"))
		require.Contains(t, body, `"title":"Move a piano"`)
	}
	require.Len(t, p.table.Calls("GetItem"), 1, "the cache answers the rest")
	p.mustSend(t, 200, "HEAD", "/gigs/piano", "", "")
}

func TestChange(t *testing.T) {
	p := setup(t)
	p.mustSend(t, 201, "POST", "/gigs", "", piano)
	p.mustSend(t, 200, "GET", "/gigs/piano", "", "") // into the cache

	p.mustSend(t, 428, "PATCH", "/gigs/piano", "", `{"pay":9500}`)
	header, _ := p.mustSend(t, 200, "PATCH", "/gigs/piano", `If-Match: "1"`, `{"pay":9500}`)
	require.Equal(t, `"2"`, header.Get("Etag"))
	p.mustSend(t, 412, "PATCH", "/gigs/piano", `If-Match: "1"`, `{"pay":9600}`)

	_, body := p.mustSend(t, 200, "GET", "/gigs/piano", "", "")
	require.Contains(t, body, `"pay":9500`, "the change is not hidden by the cache")
}

// TestAWriteBetweenReadAndWrite changes the gig after the API has read it and
// before it writes.
func TestAWriteBetweenReadAndWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := setup(t)
		p.mustSend(t, 201, "POST", "/gigs", "", piano)
		other, err := store.New(p.table.Client(), "gigs", nil)
		require.NoError(t, err)
		g, err := other.Gig(t.Context(), "piano")
		require.NoError(t, err)

		p.table.Inject("PutItem", dynamotest.Fault{Delay: time.Second})
		changed := make(chan int, 1)
		go func() {
			status, _, _ := p.send(t, "PATCH", "/gigs/piano", `If-Match: "1"`, `{"pay":1}`)
			changed <- status
		}()
		synctest.Wait() // until the write is on its way
		require.NoError(t, other.PutGig(t.Context(), &g))
		require.Equal(t, 412, <-changed)
	})
}

func TestList(t *testing.T) {
	p := setup(t)
	for _, id := range []string{"a", "b", "c"} {
		p.mustSend(t, 201, "POST", "/gigs", "", strings.Replace(piano, `"piano"`, `"`+id+`"`, 1))
	}
	_, first := p.mustSend(t, 200, "GET", "/gigs?limit=2", "", "")
	_, cursor, found := strings.Cut(first, `"cursor":"`)
	require.True(t, found, first)
	cursor, _, _ = strings.Cut(cursor, `"`)
	_, second := p.mustSend(t, 200, "GET", "/gigs?limit=2&cursor="+cursor, "", "")
	require.Contains(t, second, `"id":"c"`)
	require.NotContains(t, second, "cursor")

	_, closed := p.mustSend(t, 200, "GET", "/gigs?status=closed", "", "")
	require.Equal(t, `{"gigs":[]}`+"\n", closed)
	p.mustSend(t, 400, "GET", "/gigs?status=closed&cursor="+cursor, "", "")
}

func TestApply(t *testing.T) {
	p := setup(t)
	p.mustSend(t, 201, "POST", "/gigs", "", piano)
	p.mustSend(t, 201, "POST", "/gigs/piano/applications", "", `{"user":"u-1"}`)
	p.mustSend(t, 409, "POST", "/gigs/piano/applications", "", `{"user":"u-1"}`)
	p.mustSend(t, 404, "POST", "/gigs/organ/applications", "", `{"user":"u-1"}`)

	header, body := p.mustSend(t, 200, "GET", "/gigs/piano", "", "")
	require.Contains(t, body, `"applications":1`)
	p.mustSend(t, 200, "PATCH", "/gigs/piano", "If-Match: "+header.Get("Etag"), `{"status":"closed"}`)
	p.mustSend(t, 409, "POST", "/gigs/piano/applications", "", `{"user":"u-2"}`)

	_, body = p.mustSend(t, 200, "GET", "/gigs/piano/applications", "", "")
	require.Equal(t, 1, strings.Count(body, `"user":"u-`))
	p.mustSend(t, 404, "GET", "/gigs/organ/applications", "", "")
}

func TestBadRequests(t *testing.T) {
	for name, tt := range map[string]struct {
		method, path, body string
		status             int
		fields             []string
	}{
		"user without anything": {"POST", "/users", `{}`, 422, []string{"email", "name"}},
		"unknown field":         {"POST", "/users", `{"email":"a@b.example","name":"A","role":"admin"}`, 400, []string{"role"}},
		"wrong type":            {"POST", "/gigs", `{"id":7}`, 400, []string{"id"}},
		"several wrong fields":  {"POST", "/gigs", `{"id":"a#b","title":" ","pay":0}`, 422, []string{"id", "title", "pay"}},
		"half a document":       {"POST", "/gigs", `{"id":`, 400, nil},
		"no body":               {"POST", "/gigs", ``, 400, nil},
		"limit":                 {"GET", "/gigs?limit=1000", ``, 422, []string{"limit"}},
		"not a number":          {"GET", "/gigs?limit=x", ``, 400, []string{"limit"}},
		"foreign cursor":        {"GET", "/gigs?cursor=x", ``, 400, nil},
		"user with a #":         {"POST", "/gigs/piano/applications", `{"user":"u#1"}`, 422, []string{"user"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := setup(t)
			header, body := p.mustSend(t, tt.status, tt.method, tt.path, "", tt.body)
			require.Equal(t, "application/problem+json", header.Get("Content-Type"))
			for _, field := range tt.fields {
				require.Contains(t, body, `"field":"`+field+`"`)
			}
			require.Empty(t, p.table.Calls("PutItem"))
		})
	}
}

func TestRoutes(t *testing.T) {
	p := setup(t)
	p.mustSend(t, 404, "GET", "/nowhere", "", "")
	header, _ := p.mustSend(t, 405, "DELETE", "/gigs", "", "")
	require.Equal(t, "GET, HEAD, POST", header.Get("Allow"))
}
