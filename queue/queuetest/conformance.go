package queuetest

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/go-thaw/thaw/queue/queuetest/internal/conform"
)

// A Case checks one rule of SQS.
type Case struct {
	// Name is unique and fit for the name of a subtest: "fifo/order".
	Name string
	// Rule says in a sentence what SQS does.
	Rule string
	// Source is the page on which AWS documents the rule.
	Source string
	// Run checks the rule on the server that the client talks to. It makes its
	// own queues, named "thaw-conformance-" and something random, and deletes
	// them. The error says which request was answered with what, and what the
	// rule wants. Run takes up to some seconds, and is safe for concurrent use.
	Run func(ctx context.Context, client *sqs.Client) error
}

// Conformance returns the rules that this package keeps and any other SQS
// should: SQS itself, an emulator, or a fake that wraps this one.
//
//	for _, c := range queuetest.Conformance() {
//		t.Run(c.Name, func(t *testing.T) {
//			if err := c.Run(t.Context(), client); err != nil {
//				t.Errorf("%s\n%v", c.Rule, err)
//			}
//		})
//	}
//
// Counts of messages are only approximate in SQS, and a short poll may overlook
// a message there: a rule that fails on SQS itself may hold the next time.
func Conformance() []Case {
	rules := conform.Rules()
	cases := make([]Case, len(rules))
	for i, r := range rules {
		cases[i] = Case{Name: r.Name, Rule: r.Text, Source: r.Source, Run: r.Run}
	}
	return cases
}
