package local_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/examples/gigs/local"
	"github.com/go-thaw/thaw/examples/gigs/mail"
)

// TestAWelcomeComesByItself registers a user over HTTP and waits for the e-mail
// that travels over the bus and the queue.
func TestAWelcomeComesByItself(t *testing.T) {
	sent := make(chan mail.Email, 1)
	p, err := local.New(t.Context(), local.Options{
		Send:   func(_ context.Context, e mail.Email) error { sent <- e; return nil },
		Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	server := httptest.NewServer(p.Handler())
	defer server.Close()

	ctx, stop := context.WithCancel(t.Context())
	delivered := make(chan error, 1)
	go func() { delivered <- p.Run(ctx) }()

	response, err := http.Post(server.URL+"/users", "application/json", strings.NewReader(`{"email":"ada@example.com","name":"Ada"}`))
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, response.StatusCode, string(body))

	require.Equal(t, "ada@example.com", (<-sent).To)
	stop()
	require.NoError(t, <-delivered)
	require.EqualValues(t, 1, p.Tracker.Totals().Total.Invocations)
	require.Positive(t, p.Tracker.Totals().Total.Cost.Services.Float64(), "what the table and the bus cost is counted")
}
