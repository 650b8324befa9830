package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache/cachetest"
	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// A service is the handler with its table and its clock.
type service struct {
	handler http.Handler
	table   *dynamo.Repository[Config]
	fake    *dynamotest.Fake
	clock   *cachetest.Clock
}

func setup(t *testing.T) *service {
	t.Helper()
	s := &service{fake: dynamotest.New(nil), clock: cachetest.NewClock()}
	var err error
	s.table, err = dynamo.New[Config](s.fake.Client(), "tenants", nil)
	require.NoError(t, err)
	require.NoError(t, dynamo.CreateTables(t.Context(), s.fake.Client(), s.table))
	s.put(t, "free")
	s.handler = newHandler(newConfigs(s.table, s.clock))
	return s
}

func (s *service) put(t *testing.T, plan string) {
	t.Helper()
	require.NoError(t, s.table.Put(t.Context(), &Config{Tenant: "acme", Plan: plan}))
}

// get returns the status and the plan that a request sees.
func (s *service) get(t *testing.T, tenant string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/tenants/"+tenant+"/config", nil))
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
