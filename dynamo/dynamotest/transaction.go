package dynamotest

import (
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// Limits of transactions.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
const (
	maxActions          = 100
	maxTransactionBytes = 4 << 20
)

// transactionFactor is what a transaction pays for each unit: it prepares and
// commits.
const transactionFactor = 2

const twiceText = "Transaction request cannot include multiple operations on one item"

// A cancellationReason is why one action of a transaction failed, or that it
// did not.
type cancellationReason struct {
	Code    string
	Message string     `json:",omitempty"`
	Item    value.Item `json:",omitempty"`
}

// reasonFor returns the reason that an action's error amounts to; it tells
// false for an error that fails the whole transaction.
func reasonFor(err error) (cancellationReason, bool) {
	e, ok := refusal.As(err)
	switch {
	case err == nil:
		return cancellationReason{Code: "None"}, true
	case !ok:
		return cancellationReason{}, false
	case e.Code == refusal.ConditionFailedCode:
		item, _ := e.Fields["Item"].(value.Item)
		return cancellationReason{Code: "ConditionalCheckFailed", Message: e.Message, Item: item}, true
	case e.Code == refusal.ValidationCode:
		return cancellationReason{Code: "ValidationError", Message: e.Message}, true
	}
	return cancellationReason{}, false
}

// canceled returns the error of a transaction with those reasons, nil when all
// of them are None.
func canceled(reasons []cancellationReason) error {
	codes := make([]string, len(reasons))
	failed := false
	for i, r := range reasons {
		codes[i] = r.Code
		failed = failed || r.Code != "None"
	}
	if !failed {
		return nil
	}
	return &refusal.Error{
		Code:    "TransactionCanceledException",
		Message: "Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(codes, ", ") + "]",
		Fields:  map[string]any{"CancellationReasons": reasons},
	}
}

// conflict returns the error of a transaction of n actions that all met
// another one.
func conflict(n int) error {
	reasons := make([]cancellationReason, n)
	for i := range reasons {
		reasons[i] = cancellationReason{Code: "TransactionConflict", Message: "Transaction is ongoing for the item"}
	}
	return canceled(reasons)
}
