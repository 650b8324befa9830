package queuetest_test

import (
	"context"
	"os"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest"
)

func TestConformance(t *testing.T) {
	names := make(map[string]bool)
	for _, c := range queuetest.Conformance() {
		require.False(t, names[c.Name], "%s is there twice", c.Name)
		names[c.Name] = true
		t.Run(c.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // visibility timeouts cost no time
				require.NoError(t, c.Run(t.Context(), queuetest.New(nil).Client()), c.Rule)
			})
		})
	}
}

func TestConformanceNoticesAServerThatAnswersAnythingElse(t *testing.T) {
	for _, c := range queuetest.Conformance() {
		fake := queuetest.New(nil)
		fake.Inject("", queuetest.Fault{Times: 1000, Error: &queuetest.Error{Code: "SomethingElse"}})
		require.ErrorContains(t, c.Run(t.Context(), fake.Client()), "SomethingElse", c.Name)
	}
}

// differences are the rules that a server is known not to keep, by the name in
// SQS_SERVER, with what it does instead. What SQS does is at the rule's Source.
// The fake has none.
var differences = map[string]map[string]string{
	"elasticmq": {
		"sending/attribute names":           "takes every name",
		"sending/attribute types":           "its own code, and some types are taken",
		"sending/attributes count":          "counts the body alone",
		"sending/batch":                     "its own code for a character",
		"sending/batch limits":              "takes every id",
		"sending/batch size":                "its own code",
		"sending/characters":                "its own code",
		"sending/empty batch":               "a success",
		"sending/empty body":                "its own code",
		"sending/largest message":           "its own code",
		"sending/a queue's own limit":       "has no MaximumMessageSize",
		"sending/ten attributes":            "its own code",
		"receiving/attributes asked for":    "knows no prefixes",
		"receiving/change of visibility":    "takes every timeout",
		"receiving/delete":                  "refuses to delete twice",
		"receiving/limits":                  "its own code",
		"receiving/not in flight":           "changes the visibility of every message",
		"fifo/deduplication within a group": "one scope for all",
		"fifo/sequence numbers of a batch":  "answers none",
		"queues/attribute values":           "takes some that are out of range",
		"queues/attributes":                 "has no MaximumMessageSize",
		"queues/codes":                      "sends no x-amzn-query-error",
		"queues/dead-letter queue":          "takes one of another type",
		"queues/names":                      "its own code",
	},
	"fauxqs": {
		"sending/a group on a standard queue": "drops the group",
		"sending/a message arrives whole":     "drops AWSTraceHeader",
		"sending/attribute names":             "takes every name",
		"sending/attribute types":             "takes every type",
		"sending/characters":                  "refuses what is beyond the basic plane",
		"sending/delay":                       "takes every delay",
		"sending/ten attributes":              "takes more",
		"receiving/attributes asked for":      "answers all of them",
		"receiving/delete of a batch":         "takes every receipt handle",
		"receiving/move task":                 "has no move tasks",
		"receiving/not in flight":             "changes the visibility of every message",
		"receiving/redrive":                   "does not tell the source",
		"receiving/unknown receipt":           "takes every receipt handle",
		"fifo/deduplication by content":       "one message of a group in a receive",
		"fifo/deduplication within a group":   "one scope for all",
		"fifo/not on a standard queue":        "takes a deduplication id",
		"fifo/order":                          "one message of a group in a receive",
		"fifo/repeated receive":               "does not know attempt ids",
		"fifo/sequence numbers":               "one message of a group in a receive",
		"queues/codes":                        "a prefix before MissingParameter",
		"queues/dead-letter queue":            "has no ListDeadLetterSourceQueues",
		"queues/names":                        "takes every name",
	},
}

// server returns a client of the server at SQS_ENDPOINT, and its name.
func server(t *testing.T) (client *sqs.Client, name string) {
	t.Helper()
	endpoint := os.Getenv("SQS_ENDPOINT")
	if endpoint == "" {
		t.Skip("SQS_ENDPOINT is not set: the rules are checked on the fake alone; .ci/sqs/compare checks other servers")
	}
	return sqs.New(sqs.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(endpoint),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "fake", SecretAccessKey: "fake"}, nil
		}),
	}), os.Getenv("SQS_SERVER")
}

// TestConformanceOfEndpoint holds the server at SQS_ENDPOINT to the same rules.
func TestConformanceOfEndpoint(t *testing.T) {
	client, name := server(t)
	known := differences[name]
	rules := make(map[string]bool)
	for _, c := range queuetest.Conformance() {
		rules[c.Name] = true
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			err := c.Run(t.Context(), client)
			if difference, ok := known[c.Name]; ok {
				require.Error(t, err, "the server keeps the rule; the difference %q is out of date", difference)
				t.Skipf("known difference: %s; see %s; %v", difference, c.Source, err)
			}
			require.NoError(t, err, "%s See %s.", c.Rule, c.Source)
		})
	}
	for rule := range known {
		require.True(t, rules[rule], "there is no rule %s", rule)
	}
}
