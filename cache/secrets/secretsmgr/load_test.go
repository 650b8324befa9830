package secretsmgr_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/secrets"
	"github.com/go-thaw/thaw/cache/secrets/secretsmgr"
	"github.com/go-thaw/thaw/cache/secrets/secretstest"
)

type secretCache = cache.Cache[secrets.SecretID, secrets.Secret[string]]

func setup() (*secretCache, *secretstest.Fake) {
	fake := secretstest.New(nil)
	client := secretsmanager.NewFromConfig(fake.Config())
	return cache.New(&cache.Options[secrets.SecretID, secrets.Secret[string]]{
		Load:     secretsmgr.Load(client),
		LoadMany: secretsmgr.LoadMany(client),
	}), fake
}

// Each version is an entry of its own: no option that changes the value is
// missing from the key.
func TestKeyCoversTheVersion(t *testing.T) {
	c, fake := setup()
	first := fake.PutSecret("db", "one")
	second := fake.PutSecret("db", "two")
	for range 2 {
		for key, want := range map[secrets.SecretID]string{
			{ID: "db"}:                                                "two",
			{ID: "db", VersionID: first}:                              "one",
			{ID: "db", VersionID: second}:                             "two",
			{ID: "db", VersionStage: "AWSPREVIOUS"}:                   "one",
			{ID: "db", VersionID: first, VersionStage: "AWSPREVIOUS"}: "one",
		} {
			secret, err := c.Get(t.Context(), key)
			require.NoError(t, err)
			require.Equal(t, want, secret.Reveal(), key)
		}
	}
	require.Len(t, fake.Calls("GetSecretValue"), 5)
}

func TestBinarySecretIsAStringOfItsBytes(t *testing.T) {
	c, fake := setup()
	fake.PutSecretBinary("key", []byte{0, 255, 'a'})
	secret, err := c.Get(t.Context(), secrets.SecretID{ID: "key"})
	require.NoError(t, err)
	require.Equal(t, "\x00\xffa", secret.Reveal())
}

func TestMissingSecret(t *testing.T) {
	c, fake := setup()
	fake.PutSecret("db", "one")
	for _, key := range []secrets.SecretID{{ID: "none"}, {ID: "db", VersionStage: "AWSPENDING"}, {ID: "db", VersionID: "none"}} {
		_, err := c.Get(t.Context(), key)
		require.ErrorIs(t, err, cache.ErrNotFound)
		var missing *types.ResourceNotFoundException
		require.ErrorAs(t, err, &missing, "the SDK's own error is there too")
	}
	_, err := c.Get(t.Context(), secrets.SecretID{})
	require.Error(t, err)
	require.NotErrorIs(t, err, cache.ErrNotFound)
}

// The client's own retries are the real ones, and take no time in a bubble.
func TestThrottledCallIsRetriedByTheSDK(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, fake := setup()
		fake.PutSecret("db", "one")
		fake.Inject("GetSecretValue", secretstest.Fault{Error: &secretstest.Error{Code: "ThrottlingException"}})
		secret, err := c.Get(t.Context(), secrets.SecretID{ID: "db"})
		require.NoError(t, err)
		require.Equal(t, "one", secret.Reveal())
		require.Len(t, fake.Calls("GetSecretValue"), 2)
	})
}

func TestManySecretsNeedFewRequests(t *testing.T) {
	c, fake := setup()
	var keys []secrets.SecretID
	for i := range 45 {
		name := fmt.Sprint("s", i)
		fake.PutSecret(name, name)
		keys = append(keys, secrets.SecretID{ID: name})
	}
	first := fake.PutSecret("s0", "newer")
	keys = append(keys, secrets.SecretID{ID: "s0", VersionID: first}, secrets.SecretID{ID: "none"}, secrets.SecretID{ID: "s1", VersionStage: "none"})
	values, err := c.GetMany(t.Context(), keys)
	require.NoError(t, err)
	require.Len(t, values, 46)
	require.Equal(t, "newer", values[secrets.SecretID{ID: "s0", VersionID: first}].Reveal())
	require.Equal(t, "s44", values[secrets.SecretID{ID: "s44"}].Reveal())
	require.Len(t, fake.Calls("BatchGetSecretValue"), 3)
	require.Len(t, fake.Calls("GetSecretValue"), 2, "those with a version")
}

func TestManyByARN(t *testing.T) {
	c, fake := setup()
	fake.PutSecret("db", "one")
	fake.PutSecret("db-more", "two")
	_, err := c.Get(t.Context(), secrets.SecretID{ID: "db"})
	require.NoError(t, err)
	var out struct{ ARN string }
	require.NoError(t, json.Unmarshal(fake.Calls("GetSecretValue")[0].Output, &out))
	partial := out.ARN[:len(out.ARN)-len("-abcdef")]
	values, err := c.GetMany(t.Context(), []secrets.SecretID{{ID: out.ARN}, {ID: partial}, {ID: "db-more"}})
	require.NoError(t, err)
	require.Len(t, values, 3)
	require.Equal(t, "one", values[secrets.SecretID{ID: out.ARN}].Reveal())
	require.Equal(t, "one", values[secrets.SecretID{ID: partial}].Reveal())
}

func TestOneBatchThatFailsDoesNotFailTheOthers(t *testing.T) {
	c, fake := setup()
	var keys []secrets.SecretID
	for i := range 40 {
		name := fmt.Sprint("s", i)
		fake.PutSecret(name, name)
		keys = append(keys, secrets.SecretID{ID: name})
	}
	fake.Inject("BatchGetSecretValue", secretstest.Fault{Error: &secretstest.Error{Code: "AccessDeniedException"}})
	values, err := c.GetMany(t.Context(), keys)
	require.Len(t, values, 20)
	var many *cache.ManyError[secrets.SecretID]
	require.ErrorAs(t, err, &many)
	require.Len(t, many.Errors, 20)
}

// paging answers one secret per page, and refuses one of them.
type paging struct {
	secretsmgr.API
	pages int
}

func (p *paging) BatchGetSecretValue(_ context.Context, in *secretsmanager.BatchGetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.BatchGetSecretValueOutput, error) {
	p.pages++
	id, code := in.SecretIdList[p.pages-1], "AccessDeniedException"
	out := &secretsmanager.BatchGetSecretValueOutput{}
	if p.pages == 2 {
		out.Errors = []types.APIErrorType{{SecretId: &id, ErrorCode: &code}}
	} else {
		out.SecretValues = []types.SecretValueEntry{{Name: &id, SecretString: &id}}
	}
	if p.pages < len(in.SecretIdList) {
		out.NextToken = &id
	}
	return out, nil
}

func TestPagesAndSingleErrorsOfABatch(t *testing.T) {
	p := new(paging)
	values, err := secretsmgr.LoadMany(p)(t.Context(), []secrets.SecretID{{ID: "a"}, {ID: "b"}, {ID: "c"}})
	require.Len(t, values, 2)
	require.Equal(t, "c", values[secrets.SecretID{ID: "c"}].Reveal())
	var many *cache.ManyError[secrets.SecretID]
	require.ErrorAs(t, err, &many)
	require.Len(t, many.Errors, 1)
	require.ErrorContains(t, many.Errors[secrets.SecretID{ID: "b"}], "AccessDeniedException")
}

// A rotation is noticed by the refusal of the old password, on the real client.
func TestRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := secretstest.New(nil)
		type login struct {
			Username string
			Password secrets.Secret[string]
		}
		logins := cache.New(&cache.Options[secrets.SecretID, secrets.Secret[login]]{
			Load: secrets.JSON[login](secretsmgr.Load(secretsmanager.NewFromConfig(fake.Config()))),
		})
		fake.PutSecret("db", `{"username":"app","password":"first"}`)
		valid := "first"
		query := func() error {
			return secrets.Do(t.Context(), logins, secrets.SecretID{ID: "db"}, func(_ context.Context, l secrets.Secret[login]) error {
				if l.Reveal().Password.Reveal() != valid {
					return secrets.ErrAuthentication
				}
				return nil
			})
		}
		require.NoError(t, query())
		fake.PutSecret("db", `{"username":"app","password":"second"}`)
		valid = "second"
		<-time.After(time.Minute)
		errs := make(chan error)
		for range 20 {
			go func() { errs <- query() }()
		}
		for range 20 {
			require.NoError(t, <-errs)
		}
		require.Len(t, fake.Calls("GetSecretValue"), 2)
	})
}
