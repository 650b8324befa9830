// Package proof is what the long tests of the packages below dynamo share: random
// schedules in many bubbles, and a real server for real processes. Only tests use
// it.
package proof

import (
	"context"
	"os"
	"runtime/debug"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	few    = 100 // schedules of an ordinary run
	shards = 4   // that are played side by side
)

// Schedules plays random schedules, each in a bubble of testing/synctest and with
// the seed that tells it from the others, until one fails: as many as the
// environment variable says, or few. play is called from several goroutines at
// once.
func Schedules(t *testing.T, variable string, play func(t *testing.T, seed uint64)) {
	t.Helper()
	n := few
	if text := os.Getenv(variable); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatalf("%s: %v", variable, err)
		}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // garbage of the SDK is most of what there is
	t.Run("shards", func(t *testing.T) {
		for shard := range shards {
			t.Run(strconv.Itoa(shard), func(t *testing.T) {
				t.Parallel()
				for seed := shard; seed < n && !t.Failed(); seed += shards {
					synctest.Test(t, func(t *testing.T) { play(t, uint64(seed)) })
				}
			})
		}
	})
	t.Logf("%d schedules", n)
}

// Server returns a client of the server at DYNAMODB_ENDPOINT, which real processes
// can share, and skips the test when there is none: .ci/dynamo has dynoxide.
func Server(t *testing.T) *dynamodb.Client {
	t.Helper()
	endpoint := os.Getenv("DYNAMODB_ENDPOINT")
	if endpoint == "" {
		t.Skip("DYNAMODB_ENDPOINT is not set: processes share no table; .ci/dynamo runs them on dynoxide")
	}
	return dynamodb.New(dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

// Table creates a table on demand for the time of the test.
func Table(t *testing.T, client *dynamodb.Client, schema *dynamodb.CreateTableInput) {
	t.Helper()
	schema.BillingMode = types.BillingModePayPerRequest
	if _, err := client.CreateTable(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: aws.String(*schema.TableName)})
		if err != nil {
			t.Error(err)
		}
	})
}
