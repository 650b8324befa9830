package demo

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"

	"github.com/go-thaw/thaw/examples/gigs/local"
)

func TestTheDemoAddsUp(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, Run(t.Context(), &out, slog.New(slog.DiscardHandler)), "\n%s", &out)
	require.Contains(t, out.String(), "everything adds up")
}

// TestTheDemoNotices plays the script once and then spoils one thing after the
// other: each must make the checks find more than before.
func TestTheDemoNotices(t *testing.T) {
	now, seen := new(clock), newWitness()
	p, err := local.New(t.Context(), local.Options{
		Send: seen.send, Logger: slog.New(slog.DiscardHandler), Now: now.Now,
		OnHandled: seen.handled, OnBatch: seen.batch, RegistrationLimit: registrationLimit,
	})
	require.NoError(t, err)
	c := newClient(httpapitest.New(httpapi.SourceHTTP2, p.Function, nil))
	require.NoError(t, play(t.Context(), p, c))
	require.NoError(t, settle(t.Context(), p, now))

	found := 0
	for _, spoiled := range []struct {
		what  string
		spoil func()
	}{
		{"nothing", func() {}},
		{"an e-mail sent twice", func() { seen.sent["user-0@mail.example"]++ }},
		{"a lost e-mail", func() { delete(seen.sent, "user-1@mail.example") }},
		{"a lost event", func() { clear(seen.handlers[handlers[0]]) }},
		{"too many attempts", func() { seen.bounced++ }},
		{"a message left behind", func() { deliver(t, p, local.Emails) }},
		{"a wrong dead letter", func() { deliver(t, p, local.FailedEmails) }},
		{"a request without cost", func() { c.statuses[200]++ }},
		{"a wrong permanent failure", func() { seen.results.Permanent++ }},
	} {
		spoiled.spoil()
		c.problems = nil
		require.NoError(t, check(t.Context(), p, c, seen))
		if spoiled.what == "nothing" {
			require.Empty(t, c.problems)
			continue
		}
		require.Greater(t, len(c.problems), found, spoiled.what)
		found = len(c.problems)
	}
}

func TestAnUnexpectedStatusIsAProblem(t *testing.T) {
	p, err := local.New(t.Context(), local.Options{Send: newWitness().send, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	c := newClient(httpapitest.New(httpapi.SourceHTTP2, p.Function, nil))
	c.send(t.Context(), request{method: "GET", path: "/gigs/missing", want: 200})
	require.Len(t, c.problems, 1)
}

func deliver(t *testing.T, p *local.Platform, queue string) {
	t.Helper()
	require.NoError(t, p.Queues.Deliver(queue)(t.Context(), []byte("{}")))
}
