package main

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache/secrets/secretstest"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

const usageOfAcme = "/tenants/acme/usage"

// The key is rotated while it is in the cache. Ten requests find out at once; all
// are answered, and the secret is loaded once more.
func TestARotationIsNotNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := setup(t)
		h := s.environment(nil) // on the clocks of the bubble
		status, body := get(t, h, usageOfAcme)
		require.Equal(t, http.StatusOK, status)
		require.JSONEq(t, `{"requests":1}`, body)

		s.api.Rotate("second")
		s.vault.PutSecret("partner", `{"key":"second"}`)
		<-time.After(2 * time.Minute) // the usage is old, the key is not
		statuses := make(chan int)
		for i := range 10 {
			go func() {
				status, _ := get(t, h, "/tenants/"+strings.Repeat("x", i+1)+"/usage")
				statuses <- status
			}()
		}
		for range 10 {
			require.Equal(t, http.StatusOK, <-statuses)
		}
		require.Len(t, s.vault.Calls("GetSecretValue"), 2)
		_, refused := s.api.Calls()
		require.LessOrEqual(t, refused, 10, "each was refused at most once")
		require.Positive(t, refused)
	})
}

func TestAKeyThatStaysWrongIsAnError(t *testing.T) {
	s := setup(t)
	s.api.Rotate("unknown")
	status, body := get(t, s.handler, usageOfAcme)
	require.Equal(t, http.StatusInternalServerError, status)
	require.NotContains(t, body, "first", "the key is not in the answer")
	accepted, refused := s.api.Calls()
	require.Equal(t, 0, accepted)
	require.Equal(t, 2, refused)
}

// Secrets Manager is out of reach when the key has expired: the last one will do.
func TestAnOutageOfSecretsManager(t *testing.T) {
	s := setup(t)
	status, _ := get(t, s.handler, usageOfAcme)
	require.Equal(t, http.StatusOK, status)
	s.vault.Inject("GetSecretValue", secretstest.Fault{Times: 100, Error: &secretstest.Error{Code: "AccessDeniedException"}})
	s.clock.Freeze(8 * time.Minute)
	status, _ = get(t, s.handler, "/tenants/umbrella/usage")
	require.Equal(t, http.StatusOK, status)
}

// What one environment has asked the partner, the others find in the table.
func TestEnvironmentsShareWhatTheyLearn(t *testing.T) {
	s := setup(t)
	for range 5 {
		status, body := get(t, s.environment(nil), usageOfAcme)
		require.Equal(t, http.StatusOK, status)
		require.JSONEq(t, `{"requests":1}`, body)
	}
	accepted, _ := s.api.Calls()
	require.Equal(t, 1, accepted)
	require.Len(t, s.fake.Calls("PutItem"), 2, "the tenant's configuration, and one usage")
}

// What is in the table may have expired: its time to live removes items late.
func TestExpiredUsageIsNotShared(t *testing.T) {
	s := setup(t)
	require.NoError(t, s.shared.Put(t.Context(), &SharedUsage{Tenant: "acme", Requests: 99, Expires: time.Now().Add(-time.Second)}))
	_, body := get(t, s.environment(nil), usageOfAcme)
	require.JSONEq(t, `{"requests":1}`, body)
}

// The table is a help, not a condition.
func TestUsageWithoutTheTable(t *testing.T) {
	s := setup(t)
	s.fake.Inject("", dynamotest.Fault{Times: 100, Error: &dynamotest.Error{Code: "AccessDeniedException"}})
	status, _ := get(t, s.handler, usageOfAcme)
	require.Equal(t, http.StatusOK, status)
}
