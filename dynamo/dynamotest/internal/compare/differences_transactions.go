package compare

import (
	"strings"
)

// placeholderTexts are complaints about placeholders as such.
var placeholderTexts = text(`ExpressionAttribute(Names|Values) (contains invalid key|must not be empty|can only be)`)

// transactionDifferences are about transactions.
var transactionDifferences = []knownDifference{
	{
		name:   "a transaction is cancelled, the reference with another of the complaints about an update",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html",
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("TransactionCanceledException") && got.Text() == want.Text() &&
				strings.Contains(got.Text(), "ValidationError")
		},
	},
	{
		name:   "the reference stops at a static mistake of an update in a transaction only when it gets there",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "TransactWriteItems" && got.Failed("TransactionCanceledException") && want.Failed("TransactionCanceledException") &&
				strings.Contains(string(encode(got.Out)), "This attribute is part of the key")
		},
	},
	{
		name:   "the reference reports no item collections for transactions",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "TransactWriteItems" && onlyAt(got, want, ".ItemCollectionMetrics")
		},
	},
	{
		name:   "the reference does not check how the placeholders of a transaction are written",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html",
		covers: func(r Request, got, _ Answer) bool {
			return r.Op == "TransactWriteItems" && placeholderTexts.MatchString(got.Text())
		},
	},
	{
		name:   "the reference takes an empty request token for one",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html",
		covers: func(r Request, _, _ Answer) bool { return r.In["ClientRequestToken"] == "" },
	},
	{
		name:   "the reference lets a transaction change a key",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Update.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "TransactWriteItems" && got.Failed("TransactionCanceledException") &&
				strings.Contains(string(encode(got.Out)), "This attribute is part of the key")
		},
	},
	{
		name:   "the reference looks for repeated items of a transaction before it looks at their keys",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html",
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("TransactionCanceledException") && strings.Contains(want.Text(), "multiple operations on one item")
		},
	},
}
