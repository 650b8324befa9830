package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/bench/gigs/functions"
	"github.com/go-thaw/thaw/events/eventstest"
	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
)

// registrationTarget delivers to the function without another attempt.
func registrationTarget(f *function) eventstest.Target {
	return eventstest.Target{ID: "registration", Invoke: f.Invoke, MaximumRetries: -1}
}

// An answer is what a client of the API gets.
type answer struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

// call sends a request as an HTTP API does, with headers in pairs.
func (w *world) call(api *function, method, path, body string, header ...string) answer {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, "https://gigs.example.com"+path, strings.NewReader(body))
	require.NoError(w, err)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := httpapitest.New(httpapi.SourceHTTP2, api, nil).RoundTrip(r)
	require.NoError(w, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(w, err)
	got := answer{status: response.StatusCode, header: response.Header, raw: string(raw)}
	require.NoError(w, json.Unmarshal(raw, &got.body), "%s", raw)
	return got
}

// TestARegistrationBecomesAnEmail follows one registration through all functions.
func TestARegistrationBecomesAnEmail(t *testing.T) {
	w := newWorld(t)
	api, relay, registration, worker := w.start("api"), w.start("relay"), w.start("registration"), w.start("worker")
	w.addRule(registration)

	const ada = `{"email":"ada@example.com","name":"Ada"}`
	created := w.call(api, "POST", "/users", ada, "Idempotency-Key", "k1")
	require.Equal(t, http.StatusCreated, created.status, created.raw)
	again := w.call(api, "POST", "/users", ada, "Idempotency-Key", "k1")
	require.Equal(t, created.raw, again.raw, "the first answer is replayed")
	require.Equal(t, http.StatusCreated, again.status)
	require.Equal(t, http.StatusConflict, w.call(api, "POST", "/users", ada, "Idempotency-Key", "k2").status, "the address is taken")
	require.Len(t, w.items("USER"), 1)
	pending := w.items("EVENT#")
	require.Len(t, pending, 1)
	require.True(t, strings.HasPrefix(text(pending[0]["outbox"]), "PENDING-"))

	changes, passed, all := w.changes()
	require.Equal(t, 1, passed)
	require.Greater(t, all, 1, "the user is in the stream too, and filtered")
	_, err := relay.Invoke(t.Context(), changes)
	require.NoError(t, err)
	require.Len(t, w.bus.Events(busName), 1)
	require.NotContains(t, text(w.items("EVENT#")[0]["outbox"]), "PENDING-", "it is marked as sent")
	_, err = relay.Invoke(t.Context(), changes)
	require.NoError(t, err)
	require.Len(t, w.bus.Events(busName), 1, "a repeated batch publishes nothing")

	require.NoError(t, w.bus.Drain(t.Context()))
	eventstest.RequireDelivered(t, w.bus, "registration", 1)
	require.Len(t, w.items("PROFILE"), 1)
	require.Len(t, w.items("PREFERENCES"), 1)
	require.Len(t, w.items("REGISTRATION#"), 1)
	require.Equal(t, "1+0", w.waiting(w.emails))
	w.bus.Redeliver(w.bus.Events(busName)[0].ID)
	require.NoError(t, w.bus.Drain(t.Context()))
	require.Equal(t, "1+0", w.waiting(w.emails), "a repeated event welcomes nobody twice")

	done, failed := w.poll(worker)
	require.Len(t, done, 1)
	require.Empty(t, failed)
	sent := worker.logged("e-mail sent")
	require.Len(t, sent, 1)
	require.Equal(t, "ada@example.com", sent[0]["to"])
	require.Equal(t, "0+0", w.waiting(w.emails))
	w.sendRaw(*done[0].Body)
	done, _ = w.poll(worker)
	require.Len(t, done, 1, "it was sent before")
	require.Len(t, worker.logged("e-mail sent"), 1)
	require.Equal(t, "0+0", w.waiting(w.failed))
}

// TestTheSweepPublishesWhatTheStreamMissed invokes the relay by its schedule.
func TestTheSweepPublishesWhatTheStreamMissed(t *testing.T) {
	w := newWorld(t)
	api, relay := w.start("api"), w.start("relay")
	require.Equal(t, http.StatusCreated, w.call(api, "POST", "/users", `{"email":"eve@example.com","name":"Eve"}`).status)
	w.age()
	_, err := relay.Invoke(t.Context(), []byte(`{"source":"aws.events","detail-type":"Scheduled Event","detail":{}}`))
	require.NoError(t, err)
	require.Len(t, w.bus.Events(busName), 1)
	require.Empty(t, w.bus.Lost())
}

// TestAFailingEmailEndsInTheDeadLetterQueue lets one e-mail fail for good and
// another until the redrive policy of the real queue takes it.
func TestAFailingEmailEndsInTheDeadLetterQueue(t *testing.T) {
	w := newWorld(t)
	worker := w.start("worker")
	w.sendRaw(`{"id":"bad","to":"nowhere"}`)
	done, failed := w.poll(worker)
	require.Len(t, done, 1, "it was put aside by the worker")
	require.Empty(t, failed)
	dead := w.receive(w.failed)
	require.Len(t, dead, 1)
	require.Contains(t, *dead[0].Body, `"id":"bad"`)

	// Without its records the worker cannot know what was sent before.
	_, err := w.tables.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: &w.records})
	require.NoError(t, err)
	const bob = `{"id":"welcome-bob","to":"bob@example.com","subject":"Welcome"}`
	w.sendRaw(bob)
	for receive := 1; receive <= 2; receive++ {
		done, failed = w.poll(worker)
		require.Empty(t, done)
		require.Len(t, failed, 1)
		require.Equal(t, string(rune('0'+receive)), failed[0].Attributes["ApproximateReceiveCount"])
	}
	done, failed = w.poll(worker)
	require.Empty(t, append(done, failed...), "the queue has moved it")
	require.Empty(t, worker.logged("e-mail sent"))
	dead = w.receive(w.failed)
	require.Len(t, dead, 1)
	require.Equal(t, bob, *dead[0].Body)

	// The cause is gone: what failed is put back and sent.
	require.NoError(t, functions.CreateRecords(t.Context(), w.tables, w.records))
	w.sendRaw(*dead[0].Body)
	done, failed = w.poll(worker)
	require.Len(t, done, 1)
	require.Empty(t, failed)
	require.Len(t, worker.logged("e-mail sent"), 1)
}

// TestGigs uses the rest of the API.
func TestGigs(t *testing.T) {
	w := newWorld(t)
	api := w.start("api")
	created := w.call(api, "POST", "/gigs", `{"id":"g1","title":"Paint a fence","city":"Bern","pay":10000}`)
	require.Equal(t, http.StatusCreated, created.status, created.raw)
	require.Len(t, w.items("GIG"), 1)
	read := w.call(api, "GET", "/gigs/g1", "")
	require.Equal(t, created.body, read.body)
	require.Equal(t, http.StatusNotFound, w.call(api, "GET", "/gigs/g2", "").status)

	etag := read.header.Get("Etag")
	require.Equal(t, http.StatusPreconditionRequired, w.call(api, "PATCH", "/gigs/g1", `{"pay":12000}`).status)
	changed := w.call(api, "PATCH", "/gigs/g1", `{"pay":12000}`, "If-Match", etag)
	require.Equal(t, http.StatusOK, changed.status, changed.raw)
	require.Equal(t, http.StatusPreconditionFailed, w.call(api, "PATCH", "/gigs/g1", `{"pay":1}`, "If-Match", etag).status)
	require.EqualValues(t, 12000, w.call(api, "GET", "/gigs/g1", "").body["pay"])

	const application = `{"user":"u1","message":"I have a brush"}`
	applied := w.call(api, "POST", "/gigs/g1/applications", application, "Idempotency-Key", "a1")
	require.Equal(t, http.StatusCreated, applied.status, applied.raw)
	require.Equal(t, applied.raw, w.call(api, "POST", "/gigs/g1/applications", application, "Idempotency-Key", "a1").raw)
	require.Equal(t, http.StatusConflict, w.call(api, "POST", "/gigs/g1/applications", application, "Idempotency-Key", "a2").status)
	require.Len(t, w.call(api, "GET", "/gigs/g1/applications", "").body["applications"], 1)
	require.Len(t, w.items("APPLICATION#u1"), 1)
	require.EqualValues(t, 1, w.call(api, "GET", "/gigs/g1", "").body["applications"])
	require.Len(t, w.call(api, "GET", "/gigs?status=open", "").body["gigs"], 1)
	require.Empty(t, w.call(api, "GET", "/gigs?status=closed", "").body["gigs"])
}
