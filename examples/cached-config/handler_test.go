package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
	"github.com/go-thaw/thaw/cache/secrets"
	"github.com/go-thaw/thaw/cache/secrets/secretsmgr"
	"github.com/go-thaw/thaw/cache/secrets/secretstest"
	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/examples/cached-config/partnertest"
)

// A service is the handler with all that is behind it.
type service struct {
	handler http.Handler
	table   *dynamo.Repository[Config]
	shared  *dynamo.Repository[SharedUsage]
	fake    *dynamotest.Fake
	vault   *secretstest.Fake
	api     *partnertest.API
	clock   *cachetest.Clock
}

func setup(t *testing.T) *service {
	t.Helper()
	s := &service{fake: dynamotest.New(nil), vault: secretstest.New(nil), api: partnertest.New("first"), clock: cachetest.NewClock()}
	var err error
	s.table, err = dynamo.New[Config](s.fake.Client(), "tenants", nil)
	require.NoError(t, err)
	s.shared, err = dynamo.New[SharedUsage](s.fake.Client(), "usage", nil)
	require.NoError(t, err)
	require.NoError(t, dynamo.CreateTables(t.Context(), s.fake.Client(), s.table, s.shared))
	s.put(t, "free")
	s.vault.PutSecret("partner", `{"key":"first"}`)
	s.handler = s.environment(s.clock)
	return s
}

// environment returns the handler of another execution environment.
func (s *service) environment(clock cache.Clock) http.Handler {
	return newHandler(&services{configs: s.table, shared: s.shared, clock: clock, partner: &partner{
		client: s.api.Client(),
		url:    "http://partner",
		secret: secrets.SecretID{ID: "partner"},
		keys:   newKeys(secretsmgr.Load(secretsmanager.NewFromConfig(s.vault.Config())), clock),
	}})
}

func (s *service) put(t *testing.T, plan string) {
	t.Helper()
	require.NoError(t, s.table.Put(t.Context(), &Config{Tenant: "acme", Plan: plan}))
}

// get returns the status and the body that a request sees.
func (s *service) get(t *testing.T, tenant string) (int, string) {
	t.Helper()
	return get(t, s.handler, "/tenants/"+tenant+"/config")
}

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
	return w.Code, w.Body.String()
}

func (s *service) requirePlan(t *testing.T, plan string) {
	t.Helper()
	status, body := s.get(t, "acme")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, `"plan":"`+plan+`"`)
}

func TestAHitCostsNothing(t *testing.T) {
	s := setup(t)
	for range 5 {
		s.requirePlan(t, "free")
	}
	require.Len(t, s.fake.Calls("GetItem"), 1)
}

func TestAnOldConfigurationIsReplacedWhileItIsServed(t *testing.T) {
	s := setup(t)
	s.requirePlan(t, "free")
	s.put(t, "pro")
	s.clock.Advance(2 * time.Minute)
	s.requirePlan(t, "free") // nobody waits
	s.requirePlan(t, "pro")  // the next has the new one
}

func TestAFreezeMakesAConfigurationTooOld(t *testing.T) {
	s := setup(t)
	s.requirePlan(t, "free")
	s.put(t, "pro")
	s.clock.Freeze(time.Hour) // the monotonic clock stood still
	s.requirePlan(t, "pro")
}

func TestAnOutageServesWhatIsKnown(t *testing.T) {
	s := setup(t)
	s.requirePlan(t, "free")
	s.fake.Inject("GetItem", dynamotest.Fault{Times: 100, Error: &dynamotest.Error{Code: "ValidationException"}})
	s.clock.Advance(5 * time.Minute)
	s.requirePlan(t, "free")

	s.clock.Advance(time.Hour)
	status, _ := s.get(t, "acme")
	require.Equal(t, http.StatusInternalServerError, status, "but not for ever")
}

func TestAMissingTenantIsRememberedForAMoment(t *testing.T) {
	s := setup(t)
	for range 3 {
		status, _ := s.get(t, "umbrella")
		require.Equal(t, http.StatusNotFound, status)
	}
	require.Len(t, s.fake.Calls("GetItem"), 1)
	s.clock.Advance(11 * time.Second)
	s.get(t, "umbrella")
	require.Len(t, s.fake.Calls("GetItem"), 2)
}
