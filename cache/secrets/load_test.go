package secrets_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/secrets"
	"github.com/go-thaw/thaw/cache/secrets/secretstest"
)

type login struct{ Username, Password string }

// text returns a loader that answers with a text.
func text(s string) func(context.Context, string) (secrets.Secret[string], error) {
	return func(context.Context, string) (secrets.Secret[string], error) { return secrets.New(s), nil }
}

func TestTypedValues(t *testing.T) {
	secret, err := secrets.JSON[login](text(`{"username":"app","password":"hunter2"}`))(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, login{"app", hidden}, secret.Reveal())

	for name, s := range map[string]string{"not JSON": "hunter2", "another type": `{"username":"app","password":{"is":"hunter2"}}`, "": "", "cut off": `{"password":"hunter2`} {
		_, err = secrets.JSON[login](text(s))(t.Context(), "k")
		var decode *secrets.DecodeError
		require.ErrorAs(t, err, &decode, name)
		requireHidden(t, err.Error(), name)
		require.Equal(t, "secrets_test.login", decode.Type)
	}
}

func TestTypedLoaderPassesErrorsOn(t *testing.T) {
	down := errors.New("down")
	_, err := secrets.JSON[login](func(context.Context, string) (secrets.Secret[string], error) {
		return secrets.Secret[string]{}, down
	})(t.Context(), "k")
	require.Equal(t, down, err)
}

func TestTypedValuesByTheBatchFailAlone(t *testing.T) {
	down := errors.New("down")
	load := secrets.JSONMany[int](func(context.Context, []string) (map[string]secrets.Secret[string], error) {
		return map[string]secrets.Secret[string]{"good": secrets.New("1"), "bad": secrets.New(hidden)},
			&cache.ManyError[string]{Errors: map[string]error{"down": down}}
	})
	c := cache.New(&cache.Options[string, secrets.Secret[int]]{LoadMany: load})
	values, err := c.GetMany(t.Context(), []string{"good", "bad", "down", "missing"})
	require.Len(t, values, 1)
	require.Equal(t, 1, values["good"].Reveal())
	var many *cache.ManyError[string]
	require.ErrorAs(t, err, &many)
	require.Len(t, many.Errors, 2)
	var decode *secrets.DecodeError
	require.ErrorAs(t, many.Errors["bad"], &decode)
	require.ErrorIs(t, many.Errors["down"], down)
	requireHidden(t, err.Error(), "many")
}

type statusError int

func (e statusError) Error() string       { return fmt.Sprint("status ", int(e)) }
func (e statusError) HTTPStatusCode() int { return int(e) }

type codeError string

func (e codeError) Error() string     { return string(e) }
func (e codeError) ErrorCode() string { return string(e) }
func (e codeError) SQLState() string  { return string(e) }

func TestWhatIsAnAuthenticationFailure(t *testing.T) {
	tests := map[bool][]error{
		true: {secrets.ErrAuthentication, statusError(401), codeError("28P01"), codeError("28000"),
			codeError("ExpiredToken"), codeError("UnrecognizedClientException")},
		false: {errors.New("x"), statusError(403), statusError(500), codeError("42P01"), codeError("AccessDeniedException"), context.Canceled},
	}
	for want, all := range tests {
		for _, err := range all {
			require.Equal(t, want, secrets.IsAuthenticationFailure(fmt.Errorf("wrapped: %w", err)), err)
		}
	}
	require.False(t, secrets.IsAuthenticationFailure(nil))
}

// A database takes one password, which a rotation changes.
func TestDoSurvivesARotation(t *testing.T) {
	fake := secretstest.New(nil)
	extension := secrets.NewExtension(fake.ExtensionOptions())
	fake.PutSecret("db", `{"username":"app","password":"first"}`)
	logins := cache.New(&cache.Options[secrets.SecretID, secrets.Secret[login]]{Load: secrets.JSON[login](extension.LoadSecret)})
	password, connections := "first", 0
	connect := func(_ context.Context, l secrets.Secret[login]) error {
		connections++
		if l.Reveal().Password != password {
			return codeError("28P01")
		}
		return nil
	}
	key := secrets.SecretID{ID: "db"}
	for range 2 {
		require.NoError(t, secrets.Do(t.Context(), logins, key, connect))
	}
	require.Len(t, fake.Calls("GetSecretValue"), 1)

	password = "second"
	fake.PutSecret("db", `{"username":"app","password":"second"}`)
	for range 2 {
		require.NoError(t, secrets.Do(t.Context(), logins, key, connect))
	}
	require.Equal(t, 5, connections)
	require.Len(t, fake.Calls("GetSecretValue"), 2)
}
