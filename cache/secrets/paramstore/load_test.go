package paramstore_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/secrets"
	"github.com/go-thaw/thaw/cache/secrets/paramstore"
	"github.com/go-thaw/thaw/cache/secrets/secretstest"
)

type parameterCache = cache.Cache[secrets.Parameter, secrets.Secret[string]]

func setup() (*parameterCache, *secretstest.Fake) {
	fake := secretstest.New(nil)
	client := ssm.NewFromConfig(fake.Config())
	return cache.New(&cache.Options[secrets.Parameter, secrets.Secret[string]]{
		Load:     paramstore.Load(client),
		LoadMany: paramstore.LoadMany(client),
	}), fake
}

// What is asked for with and without decryption, or in two versions, is never
// mixed up.
func TestKeyCoversVersionLabelAndDecryption(t *testing.T) {
	c, fake := setup()
	secure := &secretstest.ParameterOptions{Secure: true, Labels: []string{"live"}}
	fake.PutParameter("/p", "one", secure)
	fake.PutParameter("/p", "two", &secretstest.ParameterOptions{Secure: true})
	want := map[secrets.Parameter]string{
		{Name: "/p"}:                "two",
		{Name: "/p", Version: 1}:    "one",
		{Name: "/p", Version: 2}:    "two",
		{Name: "/p", Label: "live"}: "one",
		{Name: "/p:1"}:              "one",
	}
	for range 2 {
		for key, want := range want {
			secret, err := c.Get(t.Context(), key)
			require.NoError(t, err)
			require.Equal(t, want, secret.Reveal(), key)
		}
		secret, err := c.Get(t.Context(), secrets.Parameter{Name: "/p", Ciphertext: true})
		require.NoError(t, err)
		require.NotContains(t, secret.Reveal(), "two")
	}
	require.Len(t, fake.Calls("GetParameter"), 6)
}

func TestMissingParameter(t *testing.T) {
	c, fake := setup()
	fake.PutParameter("/p", "one", nil)
	for _, key := range []secrets.Parameter{{Name: "/none"}, {Name: "/p", Version: 2}, {Name: "/p", Label: "none"}} {
		_, err := c.Get(t.Context(), key)
		require.ErrorIs(t, err, cache.ErrNotFound, key)
	}
	_, err := c.Get(t.Context(), secrets.Parameter{Name: "/p", Version: 1, Label: "live"})
	require.ErrorContains(t, err, "Version and Label exclude each other")
}

func TestManyParametersNeedFewRequests(t *testing.T) {
	c, fake := setup()
	var keys []secrets.Parameter
	for i := range 25 {
		name := fmt.Sprint("/p", i)
		fake.PutParameter(name, name, &secretstest.ParameterOptions{Secure: true})
		keys = append(keys, secrets.Parameter{Name: name})
	}
	keys = append(keys,
		secrets.Parameter{Name: "/p0", Ciphertext: true},
		secrets.Parameter{Name: "/p0", Version: 1}, secrets.Parameter{Name: "/p0:1"}, // one request for both
		secrets.Parameter{Name: "arn:aws:ssm:us-east-1:000000000000:parameter/p1"},
		secrets.Parameter{Name: "/none"}, secrets.Parameter{Name: "/p0", Version: -1})
	values, err := c.GetMany(t.Context(), keys)
	var many *cache.ManyError[secrets.Parameter]
	require.ErrorAs(t, err, &many)
	require.Len(t, many.Errors, 1)
	require.ErrorContains(t, many.Errors[secrets.Parameter{Name: "/p0", Version: -1}], "cannot be negative")
	require.Len(t, values, 29)
	require.Equal(t, "/p24", values[secrets.Parameter{Name: "/p24"}].Reveal())
	require.Equal(t, "/p0", values[secrets.Parameter{Name: "/p0:1"}].Reveal())
	require.Equal(t, "/p0", values[secrets.Parameter{Name: "/p0", Version: 1}].Reveal())
	require.Equal(t, "/p1", values[keys[28]].Reveal())
	require.NotEqual(t, "/p0", values[secrets.Parameter{Name: "/p0", Ciphertext: true}].Reveal())
	require.Len(t, fake.Calls("GetParameters"), 4, "three with decryption, one without")
}

func TestOneRequestThatFailsDoesNotFailTheOthers(t *testing.T) {
	c, fake := setup()
	var keys []secrets.Parameter
	for i := range 20 {
		name := fmt.Sprint("/p", i)
		fake.PutParameter(name, name, nil)
		keys = append(keys, secrets.Parameter{Name: name})
	}
	fake.Inject("GetParameters", secretstest.Fault{Error: &secretstest.Error{Code: "AccessDeniedException"}})
	values, err := c.GetMany(t.Context(), keys)
	require.Len(t, values, 10)
	var many *cache.ManyError[secrets.Parameter]
	require.ErrorAs(t, err, &many)
	require.Len(t, many.Errors, 10)
}

func TestParametersBelowAPath(t *testing.T) {
	fake := secretstest.New(nil)
	c := cache.New(&cache.Options[secrets.ParameterPath, secrets.Secret[map[string]string]]{
		Load: paramstore.LoadPath(ssm.NewFromConfig(fake.Config())),
	})
	want := make(map[string]string)
	for i := range 23 {
		name := fmt.Sprintf("p%02d", i)
		fake.PutParameter("/prod/"+name, name, nil)
		want[name] = name
	}
	fake.PutParameter("/prod/db/host", "h", &secretstest.ParameterOptions{Labels: []string{"live"}})
	fake.PutParameter("/prod/db/host", "new", nil)
	fake.PutParameter("/production", "not below", nil)
	get := func(key secrets.ParameterPath) map[string]string {
		secret, err := c.Get(t.Context(), key)
		require.NoError(t, err)
		return secret.Reveal()
	}
	require.Equal(t, want, get(secrets.ParameterPath{Path: "/prod"}))
	require.Len(t, fake.Calls("GetParametersByPath"), 3)
	require.Equal(t, want, get(secrets.ParameterPath{Path: "/prod/"}))
	want["db/host"] = "new"
	require.Equal(t, want, get(secrets.ParameterPath{Path: "/prod", Recursive: true}))
	require.Equal(t, map[string]string{"db/host": "h"}, get(secrets.ParameterPath{Path: "/prod", Recursive: true, Label: "live"}))
	require.Empty(t, get(secrets.ParameterPath{Path: "/nothing"}))
	require.Len(t, get(secrets.ParameterPath{Path: "/", Recursive: true}), 25)

	got := get(secrets.ParameterPath{Path: "/prod"})
	got["p00"] = "changed by a caller"
	require.Equal(t, "p00", get(secrets.ParameterPath{Path: "/prod"})["p00"])

	_, err := c.Get(t.Context(), secrets.ParameterPath{Path: "prod"})
	require.ErrorContains(t, err, "must begin with a slash")
}

// A path with and without decryption are two entries.
func TestPathKeyCoversDecryption(t *testing.T) {
	fake := secretstest.New(nil)
	fake.PutParameter("/a/b", "plain", &secretstest.ParameterOptions{Secure: true})
	c := cache.New(&cache.Options[secrets.ParameterPath, secrets.Secret[map[string]string]]{
		Load: paramstore.LoadPath(ssm.NewFromConfig(fake.Config())),
	})
	encrypted, err := c.Get(t.Context(), secrets.ParameterPath{Path: "/a", Ciphertext: true})
	require.NoError(t, err)
	decrypted, err := c.Get(t.Context(), secrets.ParameterPath{Path: "/a"})
	require.NoError(t, err)
	require.NotEqual(t, "plain", encrypted.Reveal()["b"])
	require.Equal(t, "plain", decrypted.Reveal()["b"])
}
