package dynamo

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// Sentinels say which case it is; they are found with errors.Is in whatever an
// operation returns.
var (
	// ErrNotFound means that no item has the key, or that the item's time to
	// live is over.
	ErrNotFound = errors.New("item not found")
	// ErrExists means that Create found an item with the same key.
	ErrExists = errors.New("item exists")
	// ErrConflict means that the stored version is not the one the write was
	// based on: somebody else wrote in between.
	ErrConflict = errors.New("item was changed by another write")
	// ErrCondition means that a condition given with [If] did not hold.
	ErrCondition = errors.New("condition not met")
	// ErrContention means that another transaction was working on the item at
	// the same moment. The write may be repeated as it is.
	ErrContention = errors.New("item is part of another transaction")
	// ErrBadCursor means that a cursor was not made by [Repository.Page] for the
	// same table, index and query, or that it was changed on its way.
	ErrBadCursor = errors.New("bad cursor")
	// ErrInvalidKey means that a key has too few or too many values, or a value
	// that cannot be part of it. Nothing was sent.
	ErrInvalidKey = errors.New("invalid key")
	// ErrTooLarge means that an item is over DynamoDB's 400 KB, or a
	// transaction over 4 MB or 100 operations. Nothing was sent.
	ErrTooLarge = errors.New("too large")
	// ErrDuplicate means that a batch or a transaction names one item twice.
	// Nothing was sent.
	ErrDuplicate = errors.New("duplicate key")
)

// An Error says which operation on which item failed. Every error of a
// [Repository] is one, with a [*BatchError] in it after a batch; a transaction
// that DynamoDB refused is a [*TransactionError] instead, with one in each
// [Reason].
type Error struct {
	// Op is the operation: "create", "get", "query", …
	Op string
	// Table is the table's name.
	Table string
	// Key is the item's key, nil when the operation has none.
	Key Key
	// Err is the cause: a sentinel, a [*ConditionError], or the SDK's error.
	Err error
}

// Error returns "dynamo: create gigs g-1: item exists".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("dynamo: ")
	b.WriteString(e.Op)
	b.WriteByte(' ')
	b.WriteString(e.Table)
	if len(e.Key) > 0 {
		b.WriteByte(' ')
		b.WriteString(e.Key.String())
	}
	b.WriteString(": ")
	b.WriteString(e.Err.Error())
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// A ConditionError is a conditional write that DynamoDB refused. It wraps
// [ErrExists], [ErrConflict], [ErrNotFound] or [ErrCondition].
type ConditionError struct {
	// Item is the item as it is stored, nil when there is none or its time to
	// live is over. [Current] turns it into the repository's type.
	Item map[string]types.AttributeValue
	// AnswerLost tells that an earlier attempt of the same call may have been
	// applied, though its answer never arrived. What is stored is not what that
	// attempt would have left behind, or that cannot be told.
	AnswerLost bool

	reason error
}

// Error returns the reason.
func (e *ConditionError) Error() string {
	if e.AnswerLost {
		return e.reason.Error() + " (and the answer to an earlier attempt was lost)"
	}
	return e.reason.Error()
}

// Unwrap returns the reason.
func (e *ConditionError) Unwrap() error { return e.reason }

// Current returns the stored item that err carries: the one which made a
// conditional write fail. It reports false when err carries none, or none that
// decodes into a T.
func Current[T any](err error) (T, bool) {
	var item T
	var condition *ConditionError
	if !errors.As(err, &condition) || condition.Item == nil {
		return item, false
	}
	if decoder.Decode(&types.AttributeValueMemberM{Value: condition.Item}, &item) != nil {
		var zero T
		return zero, false
	}
	return item, true
}

// A BatchError lists what a batch did not do. Everything else was done.
type BatchError struct {
	// Left are the positions in the caller's slice that were not written,
	// deleted or read, in ascending order. After a lost connection a position
	// may have been written all the same; writing it again is harmless.
	Left []int
	// Keys are the keys at these positions.
	Keys []Key
	// Err is why the batch ended: the context's error, or DynamoDB's.
	Err error
}

// Error names the number of leftovers, the first key and the cause.
func (e *BatchError) Error() string {
	first := ""
	if len(e.Keys) > 0 {
		first = ", the first " + e.Keys[0].String()
	}
	return strconv.Itoa(len(e.Left)) + " left" + first + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *BatchError) Unwrap() error { return e.Err }

// Leftovers returns the elements of items that the batch behind err did not
// handle: items is what was given to PutAll, DeleteAll or GetMany. It returns
// nil for a nil error, and all items when err is not about single ones, since
// then nothing was sent.
func Leftovers[E any](items []E, err error) []E {
	if err == nil {
		return nil
	}
	var batch *BatchError
	if !errors.As(err, &batch) {
		return items
	}
	left := make([]E, 0, len(batch.Left))
	for _, i := range batch.Left {
		left = append(left, items[i])
	}
	return left
}

// A TransactionError is a transaction that did not happen, or a transactional
// read that did not find everything.
type TransactionError struct {
	// Reasons has one element per operation, in their order. Those that would
	// have succeeded have a nil Err.
	Reasons []Reason
	// Err is DynamoDB's error, nil for a read.
	Err error
}

// A Reason says why one operation of a transaction failed.
type Reason struct {
	// Op, Table and Key name the operation.
	Op    string
	Table string
	Key   Key
	// Code and Message are DynamoDB's, such as "ConditionalCheckFailed"; both
	// are empty for an operation that did not fail.
	Code, Message string
	// Err is what the operation would have returned on its own: an [*Error]
	// around a [*ConditionError], [ErrContention], …; nil when it did not fail.
	Err error
}

// Error lists the operations that failed.
func (e *TransactionError) Error() string {
	var failed []string
	for i, r := range e.Reasons {
		if r.Err != nil {
			text := strings.TrimPrefix(r.Err.Error(), "dynamo: ")
			failed = append(failed, fmt.Sprintf("[%d] %s", i, text))
		}
	}
	return fmt.Sprintf("dynamo: transact: %d of %d operations failed: %s",
		len(failed), len(e.Reasons), strings.Join(failed, "; "))
}

// Unwrap returns the errors of the operations that failed, then DynamoDB's, so
// that errors.Is(err, ErrExists) tells whether any of them was that.
func (e *TransactionError) Unwrap() []error {
	var all []error
	for _, r := range e.Reasons {
		if r.Err != nil {
			all = append(all, r.Err)
		}
	}
	if e.Err != nil {
		all = append(all, e.Err)
	}
	return all
}

// IsThrottled reports whether DynamoDB refused err's request because of its
// rate: the table's capacity, an index's, a partition's or the account's. The
// SDK has already tried several times; wait, or shed load. In a transaction one
// throttled operation is enough.
func IsThrottled(err error) bool {
	var transaction *TransactionError
	if errors.As(err, &transaction) {
		for _, r := range transaction.Reasons {
			if throttleCodes[r.Code] {
				return true
			}
		}
	}
	var api smithy.APIError
	return errors.As(err, &api) && throttleCodes[api.ErrorCode()]
}

// throttleCodes are DynamoDB's codes for "too fast", those of single requests
// and those of cancellation reasons:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
var throttleCodes = map[string]bool{
	"ProvisionedThroughputExceededException": true,
	"ThrottlingException":                    true,
	"RequestLimitExceeded":                   true,
	"LimitExceededException":                 true,
	"ProvisionedThroughputExceeded":          true,
	"ThrottlingError":                        true,
}
