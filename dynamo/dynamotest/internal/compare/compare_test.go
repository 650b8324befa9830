package compare_test

import (
	"cmp"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/compare"
)

func newFake() compare.Server { return compare.Handler{Handler: dynamotest.New(nil).Handler()} }

// number returns the environment variable, or else what is usual.
func number(t *testing.T, name string, usual uint64) uint64 {
	n, err := strconv.ParseUint(cmp.Or(os.Getenv(name), strconv.FormatUint(usual, 10)), 10, 64)
	require.NoError(t, err, "%s", name)
	return n
}

// TestReference compares the fake with the server at DYNAMODB_ENDPOINT, a
// dynoxide that holds nothing of value. DYNAMODB_OPERATIONS is how many requests
// to send, DYNAMODB_SEED repeats a run.
func TestReference(t *testing.T) {
	endpoint := os.Getenv("DYNAMODB_ENDPOINT")
	if endpoint == "" {
		t.Skip("DYNAMODB_ENDPOINT is not set: the fake is not compared with a reference; .ci/dynamo does it")
	}
	seed := number(t, "DYNAMODB_SEED", rand.Uint64N(1e6))
	t.Logf("seed %d", seed)
	report, err := compare.Run(t.Context(), compare.Options{
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
	t.Logf("requests that break two rules, by the rules reported: %d", len(report.Ordered))
	for rules, n := range report.Ordered {
		t.Logf("%4d %s", n, rules)
	}
	require.Zero(t, len(report.Unknown), "differences that nothing explains; DYNAMODB_SEED=%d repeats them", seed)
}
