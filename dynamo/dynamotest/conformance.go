package dynamotest

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/conform"
)

// A Case checks one rule of DynamoDB.
type Case struct {
	// Name is unique and fit for the name of a subtest: "numbers/trailing zeros".
	Name string
	// Rule says in a sentence what DynamoDB does.
	Rule string
	// Run checks the rule on the server that the client talks to. It makes its
	// own tables, named "thaw-conformance-" and something random, and deletes
	// them. The error says which request was answered with what, and what the
	// rule wants. Run is safe for concurrent use.
	Run func(ctx context.Context, client *dynamodb.Client) error
}

// Conformance returns the rules that this package keeps and any other DynamoDB
// should: DynamoDB itself, an emulator, or a fake that wraps this one.
//
//	for _, c := range dynamotest.Conformance() {
//		t.Run(c.Name, func(t *testing.T) {
//			if err := c.Run(t.Context(), client); err != nil {
//				t.Errorf("%s\n%v", c.Rule, err)
//			}
//		})
//	}
//
// Requests go through the client's endpoint, credentials and retries, but are
// sent as they are written in the rules, so that invalid ones get through. The
// texts of errors are those of [WordingCurrent]. On DynamoDB itself the tables
// of a whole run cost a few cents and creating them takes most of the time.
func Conformance() []Case {
	scripts := conform.Scripts()
	cases := make([]Case, len(scripts))
	for i, s := range scripts {
		cases[i] = Case{Name: s.Name, Rule: s.Rule, Run: s.Run}
	}
	return cases
}
