package dynamotest_test

import (
	"context"
	"os"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

func TestConformance(t *testing.T) {
	client := dynamotest.New(nil).Client()
	for _, c := range dynamotest.Conformance() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, c.Run(t.Context(), client), c.Rule)
		})
	}
}

func TestConformanceNoticesAServerThatAnswersAnythingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the waits for tables cost no time
		for _, c := range dynamotest.Conformance() {
			fake := dynamotest.New(nil)
			fake.Inject("", dynamotest.Fault{Times: 1000, Error: &dynamotest.Error{Code: "SomethingElse"}})
			require.ErrorContains(t, c.Run(t.Context(), fake.Client()), "SomethingElse", c.Name)
		}
	})
}

// differences are the rules that a server is known not to keep, by the name in
// DYNAMODB_SERVER, with where it says that DynamoDB does.
var differences = map[string]map[string]string{
	"dynoxide": {
		// The tests of dynalite were run against DynamoDB itself.
		"conditions/invalid: number of operands":      dynaliteScan,
		"conditions/invalid: function as a condition": dynaliteScan,
		"conditions/invalid: condition as an operand": dynaliteScan,
		"conditions/invalid: path needed":             dynaliteScan,
		"conditions/invalid: name of a type":          dynaliteScan,
		"conditions/invalid: bounds of one type":      dynaliteScan,
		"conditions/invalid: bounds in order":         dynaliteScan,
		"conditions/invalid: undefined value":         dynaliteScan,
		"queries/invalid: OR":                         dynaliteQuery,
		"queries/invalid: other operator":             dynaliteQuery,
		"queries/invalid: no index":                   dynaliteQuery,
		"queries/projection: syntax":                  dynaliteScan,
		"queries/projection: conflict":                dynaliteScan,
		"updates/paths: conflict":                     dynaliteUpdate,
		"values/types on the wire":                    dynalitePut,
		"batches/neither put nor delete":              "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_WriteRequest.html",
		"indexes/not projected":                       "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Projections",
		"sizes/pages of a megabyte":                   "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html#DDB-Query-response-ScannedCount",
		"order/an update without a key":               parityOrder + "updateItem.test.ts",
		"order/conditional operator before select":    parityOrder + "query.test.ts",
		"order/deep values in transactions":           parityOrder + "deepRequests.test.ts",
		"order/key condition":                         dynaliteQuery,
		"order/stages of a condition":                 dynaliteScan,
		"order/operands of a condition":               dynaliteScan,
		"order/values without an order":               "https://github.com/ExtendDB/extenddb/pull/216",
		"order/names that start with an underscore":   dynalitePut,
		"order/expressions of a query":                dynaliteQuery,
		"order/conditions without an attribute":       dynaliteQuery,
		"order/stages of an update":                   dynaliteUpdate,
		"order/members of very deep requests":         parityOrder + "deepRequests.test.ts",
		"order/types before values":                   dynalitePut,
		"tables/time to live of nothing":              "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html",
		"transactions/missing members":                "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Put.html",
	},
}

const (
	dynaliteScan   = "https://github.com/architect/dynalite/blob/main/test/scan.js"
	dynaliteQuery  = "https://github.com/architect/dynalite/blob/main/test/query.js"
	dynalitePut    = "https://github.com/architect/dynalite/blob/main/test/putItem.js"
	dynaliteUpdate = "https://github.com/architect/dynalite/blob/main/test/updateItem.js"
	// What was captured on DynamoDB in October 2026.
	parityOrder = "https://github.com/paritysuite/dynamodb-conformance/blob/main/tests/tier3/validation-ordering/"
)

// TestConformanceOfEndpoint holds the server at DYNAMODB_ENDPOINT to the same
// rules.
func TestConformanceOfEndpoint(t *testing.T) {
	endpoint := os.Getenv("DYNAMODB_ENDPOINT")
	if endpoint == "" {
		t.Skip("DYNAMODB_ENDPOINT is not set: the rules are checked on the fake alone; .ci/dynamo checks dynoxide")
	}
	client := dynamodb.New(dynamodb.Options{
		Region:       dynamotest.Region,
		BaseEndpoint: aws.String(endpoint),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "fake", SecretAccessKey: "fake"}, nil
		}),
	})
	known := differences[os.Getenv("DYNAMODB_SERVER")]
	rules := make(map[string]string)
	for _, c := range dynamotest.Conformance() {
		require.NotContains(t, rules, c.Name)
		rules[c.Name] = c.Rule
	}
	for name := range known {
		require.Contains(t, rules, name, "no such rule")
	}
	for _, c := range dynamotest.Conformance() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			err := c.Run(t.Context(), client)
			if source, ok := known[c.Name]; ok {
				require.Error(t, err, "the server keeps the rule; %s is out of date", c.Name)
				t.Skipf("known difference, see %s: %v", source, err)
			}
			require.NoError(t, err, c.Rule)
		})
	}
}
