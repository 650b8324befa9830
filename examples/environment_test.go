package examples_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// What the starters do, config.LoadDefaultConfig and dynamo.NewClient, obeys
// the environment: region, credentials, endpoint and certificates.
func TestTheClientObeysTheEnvironment(t *testing.T) {
	fake := dynamotest.New(nil)
	var authorization string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization = r.Header.Get("Authorization")
		fake.Handler().ServeHTTP(w, r)
	}))
	defer server.Close()
	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(bundle, certificate, 0o600))

	none := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_REGION": "eu-central-2", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_ENDPOINT_URL_DYNAMODB": server.URL, "AWS_MAX_ATTEMPTS": "1",
		"AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none, "AWS_CA_BUNDLE": "",
	} {
		t.Setenv(name, value)
	}
	cfg, err := config.LoadDefaultConfig(t.Context())
	require.NoError(t, err)
	require.ErrorContains(t, dynamo.Warm(t.Context(), dynamo.NewClient(cfg, nil)), "certificate", "nobody knows the server's certificate")

	t.Setenv("AWS_CA_BUNDLE", bundle)
	cfg, err = config.LoadDefaultConfig(t.Context())
	require.NoError(t, err)
	require.NoError(t, dynamo.Warm(t.Context(), dynamo.NewClient(cfg, nil)))
	require.Contains(t, authorization, "Credential=AKIDEXAMPLE/")
	require.Contains(t, authorization, "/eu-central-2/dynamodb/")
}
