package compare_test

import (
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/compare"
)

// TestStatements compares the fake with the server at DYNAMODB_ENDPOINT as
// TestReference does, on PartiQL statements.
func TestStatements(t *testing.T) {
	endpoint := os.Getenv("DYNAMODB_ENDPOINT")
	if endpoint == "" {
		t.Skip("DYNAMODB_ENDPOINT is not set: PartiQL in the fake is not compared with a reference")
	}
	seed := number(t, "DYNAMODB_SEED", rand.Uint64N(1e6))
	t.Logf("seed %d", seed)
	report, err := compare.RunStatements(t.Context(), compare.Options{
		New:         newFake,
		Reference:   compare.Endpoint{URL: endpoint, Region: "dynoxide"},
		Seed:        seed,
		Operations:  int(number(t, "DYNAMODB_OPERATIONS", 3000)),
		Differences: int(number(t, "DYNAMODB_DIFFERENCES", 5)),
		Log:         t.Logf,
	})
	require.NoError(t, err)
	t.Logf("%d requests, by operation and outcome: %v", report.Total, report.Sent)
	t.Logf("known differences: %v", report.Known)
	require.Zero(t, len(report.Unknown), "differences that nothing explains; DYNAMODB_SEED=%d repeats them", seed)
}
