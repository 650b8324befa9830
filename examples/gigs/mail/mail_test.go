package mail_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/examples/gigs/mail"
)

func TestFolderWritesAnEmailOnce(t *testing.T) {
	dir := t.TempDir()
	send := mail.Folder(dir, slog.New(slog.DiscardHandler))
	e := mail.Email{ID: "e-1", To: "ada@example.com", Subject: "Hello", Text: "first"}
	require.NoError(t, send(t.Context(), e))
	e.Text = "second"
	require.NoError(t, send(t.Context(), e))

	content, err := os.ReadFile(filepath.Join(dir, "e-1.eml"))
	require.NoError(t, err)
	require.Equal(t, "To: ada@example.com\r\nSubject: Hello\r\nMessage-ID: <e-1>\r\n\r\nfirst\r\n", string(content))
}

func TestFolderStaysInItsFolder(t *testing.T) {
	send := mail.Folder(t.TempDir(), slog.New(slog.DiscardHandler))
	require.Error(t, send(t.Context(), mail.Email{ID: "../e-1"}))
}

func TestBouncingFailsForItsDomainOnly(t *testing.T) {
	var log bytes.Buffer
	send := mail.Bouncing("bounce.example", mail.Log(slog.New(slog.NewTextHandler(&log, nil))))
	require.ErrorIs(t, send(t.Context(), mail.Email{ID: "e-1", To: "a@bounce.example"}), mail.ErrBounced)
	require.Empty(t, log.String())
	require.NoError(t, send(t.Context(), mail.Email{ID: "e-2", To: "bounce.example@mail.example"}))
	require.NotEmpty(t, log.String())
}

func TestValidate(t *testing.T) {
	for name, tt := range map[string]struct {
		email mail.Email
		ok    bool
	}{
		"good":       {mail.Email{ID: "e-1", To: "ada@example.com"}, true},
		"no id":      {mail.Email{To: "ada@example.com"}, false},
		"no address": {mail.Email{ID: "e-1", To: "nobody"}, false},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tt.ok, tt.email.Validate() == nil) })
	}
}
