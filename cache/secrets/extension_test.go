package secrets_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/secrets"
	"github.com/go-thaw/thaw/cache/secrets/secretstest"
)

func newExtension() (*secrets.Extension, *secretstest.Fake) {
	fake := secretstest.New(nil)
	return secrets.NewExtension(fake.ExtensionOptions()), fake
}

func TestExtensionLoadsSecrets(t *testing.T) {
	e, fake := newExtension()
	first := fake.PutSecret("a/b c", "one")
	fake.PutSecret("a/b c", "two")
	fake.PutSecretBinary("binary", []byte{0, 255})
	for key, want := range map[secrets.SecretID]string{
		{ID: "a/b c"}:                              "two",
		{ID: "a/b c", VersionID: first}:            "one",
		{ID: "a/b c", VersionStage: "AWSPREVIOUS"}: "one",
		{ID: "binary"}:                             "\x00\xff",
	} {
		secret, err := e.LoadSecret(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, want, secret.Reveal(), key)
	}
	for _, key := range []secrets.SecretID{{ID: "none"}, {ID: "binary", VersionID: first}} {
		_, err := e.LoadSecret(t.Context(), key)
		require.ErrorIs(t, err, cache.ErrNotFound)
	}
}

func TestExtensionLoadsParameters(t *testing.T) {
	e, fake := newExtension()
	fake.PutParameter("/p", "one", &secretstest.ParameterOptions{Labels: []string{"live"}})
	fake.PutParameter("/p", "two", nil)
	fake.PutParameter("/s", hidden, &secretstest.ParameterOptions{Secure: true})
	for key, want := range map[secrets.Parameter]string{
		{Name: "/p"}:                "two",
		{Name: "/p", Version: 1}:    "one",
		{Name: "/p", Label: "live"}: "one",
		{Name: "/s"}:                hidden,
	} {
		secret, err := e.LoadParameter(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, want, secret.Reveal(), key)
	}
	secret, err := e.LoadParameter(t.Context(), secrets.Parameter{Name: "/s", Ciphertext: true})
	require.NoError(t, err)
	require.NotEqual(t, hidden, secret.Reveal())
	for _, key := range []secrets.Parameter{{Name: "/none"}, {Name: "/p", Version: 9}} {
		_, err = e.LoadParameter(t.Context(), key)
		require.ErrorIs(t, err, cache.ErrNotFound)
	}
	for _, key := range []secrets.Parameter{{}, {Name: "/p", Version: -1}, {Name: "/p", Version: 1, Label: "live"}} {
		_, err = e.LoadParameter(t.Context(), key)
		require.Error(t, err)
		require.NotErrorIs(t, err, cache.ErrNotFound)
	}
}

func TestExtensionLoadsConfigurations(t *testing.T) {
	e, fake := newExtension()
	key := secrets.Configuration{Application: "my app", Environment: "prod", Profile: "flags"}
	fake.PutConfiguration(key, `{"beta":{"enabled":true},"limit":{"enabled":false},"x":{}}`)
	one, two, none, wrong := key, key, key, key
	one.Flags, two.Flags, none.Profile, wrong.Flags = "beta", "beta, limit", "none", "unknown"
	for key, want := range map[secrets.Configuration]string{
		key: `{"beta":{"enabled":true},"limit":{"enabled":false},"x":{}}`,
		one: `{"enabled":true}`,
		two: `{"beta":{"enabled":true},"limit":{"enabled":false}}`,
	} {
		secret, err := e.LoadConfiguration(t.Context(), key)
		require.NoError(t, err)
		require.JSONEq(t, want, secret.Reveal())
	}
	_, err := e.LoadConfiguration(t.Context(), none)
	require.ErrorIs(t, err, cache.ErrNotFound)
	var refused *secrets.ExtensionError
	_, err = e.LoadConfiguration(t.Context(), wrong)
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusBadRequest, refused.Status)
	_, err = e.LoadConfiguration(t.Context(), secrets.Configuration{Application: "a", Environment: "b"})
	require.EqualError(t, err, "secrets: Configuration: Application, Environment and Profile must be set")
}

func TestExtensionWithoutItsToken(t *testing.T) {
	_, fake := newExtension()
	options := fake.ExtensionOptions()
	options.Token = func() string { return "" }
	_, err := secrets.NewExtension(options).LoadSecret(t.Context(), secrets.SecretID{ID: "a"})
	var refused *secrets.ExtensionError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusUnauthorized, refused.Status)
}

func TestExtensionOnItsPort(t *testing.T) {
	fake := secretstest.New(nil)
	fake.PutSecret("db", hidden)
	fake.PutConfiguration(secrets.Configuration{Application: "a", Environment: "b", Profile: "c"}, "on")
	server := httptest.NewServer(fake.Handler())
	defer server.Close()
	port := server.URL[strings.LastIndexByte(server.URL, ':')+1:]
	t.Setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", port)
	t.Setenv("AWS_APPCONFIG_EXTENSION_HTTP_PORT", "1")
	t.Setenv("AWS_SESSION_TOKEN", "token")
	number, err := strconv.Atoi(port)
	require.NoError(t, err)
	e := secrets.NewExtension(&secrets.ExtensionOptions{AppConfigPort: number})

	secret, err := e.LoadSecret(t.Context(), secrets.SecretID{ID: "db"})
	require.NoError(t, err)
	require.Equal(t, hidden, secret.Reveal())
	configuration, err := e.LoadConfiguration(t.Context(), secrets.Configuration{Application: "a", Environment: "b", Profile: "c"})
	require.NoError(t, err)
	require.Equal(t, "on", configuration.Reveal())

	server.Close()
	_, err = e.LoadSecret(t.Context(), secrets.SecretID{ID: "db"})
	require.ErrorContains(t, err, "is the extension's layer part of the function?")
}

// An answer that is not understood is not quoted: it may be the value.
func TestExtensionDoesNotQuoteWhatItDoesNotUnderstand(t *testing.T) {
	client := &http.Client{Transport: roundTrip(func(*http.Request) *http.Response {
		w := httptest.NewRecorder()
		_, _ = w.WriteString(hidden)
		return w.Result()
	})}
	_, err := secrets.NewExtension(&secrets.ExtensionOptions{Client: client}).LoadSecret(t.Context(), secrets.SecretID{ID: "a"})
	var refused *secrets.ExtensionError
	require.ErrorAs(t, err, &refused)
	requireHidden(t, err.Error(), "answer")
}

// An answer without a value is not an empty secret, which would be cached.
func TestExtensionAnswerWithoutAValueIsAnError(t *testing.T) {
	for _, body := range []string{"null", "{}", `{"SecretString":null}`, `{"Parameter":{}}`, "[]", "{"} {
		client := &http.Client{Transport: roundTrip(func(*http.Request) *http.Response {
			w := httptest.NewRecorder()
			_, _ = w.WriteString(body)
			return w.Result()
		})}
		e := secrets.NewExtension(&secrets.ExtensionOptions{Client: client})
		var refused *secrets.ExtensionError
		_, err := e.LoadSecret(t.Context(), secrets.SecretID{ID: "a"})
		require.ErrorAs(t, err, &refused, body)
		_, err = e.LoadParameter(t.Context(), secrets.Parameter{Name: "a"})
		require.ErrorAs(t, err, &refused, body)
		require.NotErrorIs(t, err, cache.ErrNotFound)
	}
}

type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// The secret that was good an hour ago is better than none.
func TestAnOutageServesTheLastSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, fake := newExtension()
		fake.PutSecret("db", hidden)
		c := cache.New(&cache.Options[secrets.SecretID, secrets.Secret[string]]{Load: e.LoadSecret, StaleIfError: 24 * time.Hour})
		for range 3 {
			secret, err := c.Get(t.Context(), secrets.SecretID{ID: "db"})
			require.NoError(t, err)
			require.Equal(t, hidden, secret.Reveal())
			fake.Inject("GetSecretValue", secretstest.Fault{Times: 1, Error: &secretstest.Error{Code: "InternalServiceError", Status: 500}})
			<-time.After(time.Hour)
		}
		require.Len(t, fake.Calls("GetSecretValue"), 3)
	})
}
