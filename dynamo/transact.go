package dynamo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/go-thaw/thaw/internal/backoff"
)

// An Op is one operation of a transaction, made by a repository's CreateOp,
// PutOp, UpdateOp, DeleteOp or CheckOp. It reads its item when [Transact] is
// called, so it can be used again after a failure.
type Op struct {
	prepare func() (write, error)
}

// CreateOp is Create as part of a transaction.
func (r *Repository[T]) CreateOp(item *T, options ...WriteOption) Op {
	return r.putOp(opCreate, item, options)
}

// PutOp is Put as part of a transaction.
func (r *Repository[T]) PutOp(item *T, options ...WriteOption) Op {
	return r.putOp(opPut, item, options)
}

func (r *Repository[T]) putOp(op string, item *T, options []WriteOption) Op {
	return Op{func() (write, error) { return r.put(op, item, options) }}
}

// UpdateOp is Update as part of a transaction, which returns no item.
func (r *Repository[T]) UpdateOp(key Key, update expression.UpdateBuilder, options ...WriteOption) Op {
	return Op{func() (write, error) { return r.core.prepareUpdate(key, update, options) }}
}

// DeleteOp is Delete as part of a transaction.
func (r *Repository[T]) DeleteOp(key Key, options ...WriteOption) Op {
	return Op{func() (write, error) { return r.core.prepareDelete(key, options) }}
}

// CheckOp makes a transaction depend on an item that it does not write: it must
// exist and fulfil the options. It costs as much as a write.
func (r *Repository[T]) CheckOp(key Key, options ...WriteOption) Op {
	return Op{func() (write, error) { return r.core.prepareCheck(key, options) }}
}

func (c *core) prepareCheck(key Key, options []WriteOption) (write, error) {
	o := writeOptionsOf(options)
	s, err := o.condition.statement()
	if err != nil {
		return write{}, c.fail(opCheck, key, err)
	}
	return c.prepareKeyed(opCheck, key, present, s, &o)
}

// The limits of a transaction:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
const (
	maxTransactOps   = 100
	maxTransactBytes = 4 << 20
)

// A conflict is over as soon as the other transaction is, usually within
// milliseconds; ten attempts wait up to 25 + 50 + … ms, 4 s on average.
const maxTransactAttempts = 10

var transactBackoff = backoff.Policy{Base: 25 * time.Millisecond, Max: 2 * time.Second}

// Transact does all operations, or none, with TransactWriteItems: at most 100,
// 4 MB together, on different items of one region and account. They may belong
// to different repositories. It fails with a [*TransactionError] that has a
// reason per operation. Afterwards every struct that was put holds its stored
// version; when it fails none is changed.
//
// A transaction that met another one on the same items is tried again, up to
// ten times and while ctx lasts, but only if nothing else was wrong. A token
// makes sure that it is applied once, however often it is sent.
//
// It costs twice the capacity of the single writes.
func Transact(ctx context.Context, client API, ops ...Op) error {
	if len(ops) == 0 {
		return nil
	}
	writes, err := prepareAll(ops)
	if err != nil {
		return err
	}
	input := &dynamodb.TransactWriteItemsInput{TransactItems: make([]types.TransactWriteItem, len(writes))}
	for i := range writes {
		input.TransactItems[i] = writes[i].transactItem()
		if writes[i].core.capacity != "" {
			input.ReturnConsumedCapacity = writes[i].core.capacity
		}
	}
	token := rand.Text()
	input.ClientRequestToken = &token
	var output *dynamodb.TransactWriteItemsOutput
	err = untilNoConflict(ctx, func() (err error) {
		output, err = client.TransactWriteItems(ctx, input)
		return err
	})
	if err != nil {
		return explainTransaction(writes, err)
	}
	cores := make([]*core, len(writes))
	for i := range writes {
		writes[i].stored()
		cores[i] = writes[i].core
	}
	reportCapacity(ctx, "TransactWriteItems", cores, output.ConsumedCapacity)
	return nil
}

// prepareAll prepares ops and refuses what DynamoDB would.
func prepareAll(ops []Op) ([]write, error) {
	if len(ops) > maxTransactOps {
		return nil, fmt.Errorf("dynamo: transact: %w: %d operations, the limit is %d", ErrTooLarge, len(ops), maxTransactOps)
	}
	writes := make([]write, len(ops))
	seen := make(places, len(ops))
	size := 0
	for i, op := range ops {
		if op.prepare == nil {
			return nil, fmt.Errorf("dynamo: transact: operation %d was not made by a repository", i)
		}
		w, err := op.prepare()
		switch {
		case err != nil:
			return nil, err
		case w.old != nil:
			return nil, w.fail(errors.New("Old does not apply within a transaction"))
		}
		if err := seen.take(i, w.core, w.target()); err != nil {
			return nil, w.fail(err)
		}
		size += itemSize(w.item)
		writes[i] = w
	}
	if size > maxTransactBytes {
		return nil, fmt.Errorf("dynamo: transact: %w: %d bytes, the limit is %d", ErrTooLarge, size, maxTransactBytes)
	}
	return writes, nil
}

// places are the items of a transaction, and which operation each belongs to.
type places map[string]int

// take gives operation i the item whose key is in attributes.
func (p places) take(i int, c *core, attributes map[string]types.AttributeValue) error {
	id := strconv.Quote(c.table) + c.key.identity(attributes)
	if twin, ok := p[id]; ok {
		return fmt.Errorf("%w: operations %d and %d are on one item", ErrDuplicate, twin, i)
	}
	p[id] = i
	return nil
}

// target returns attributes with the key of w's item among them.
func (w *write) target() map[string]types.AttributeValue {
	if w.item != nil {
		return w.item
	}
	return w.attributes
}

// transactItem returns w as part of a transaction.
func (w *write) transactItem() types.TransactWriteItem {
	const old = types.ReturnValuesOnConditionCheckFailureAllOld
	table := &w.core.table
	switch w.op {
	case opUpdate:
		return types.TransactWriteItem{Update: &types.Update{
			TableName: table, Key: w.attributes, UpdateExpression: w.statement.update,
			ConditionExpression: w.condition, ExpressionAttributeNames: w.names, ExpressionAttributeValues: w.values,
			ReturnValuesOnConditionCheckFailure: old,
		}}
	case opDelete:
		return types.TransactWriteItem{Delete: &types.Delete{
			TableName: table, Key: w.attributes,
			ConditionExpression: w.condition, ExpressionAttributeNames: w.names, ExpressionAttributeValues: w.values,
			ReturnValuesOnConditionCheckFailure: old,
		}}
	case opCheck:
		return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
			TableName: table, Key: w.attributes,
			ConditionExpression: w.condition, ExpressionAttributeNames: w.names, ExpressionAttributeValues: w.values,
			ReturnValuesOnConditionCheckFailure: old,
		}}
	}
	return types.TransactWriteItem{Put: &types.Put{
		TableName: table, Item: w.item,
		ConditionExpression: w.condition, ExpressionAttributeNames: w.names, ExpressionAttributeValues: w.values,
		ReturnValuesOnConditionCheckFailure: old,
	}}
}

// untilNoConflict repeats send while it meets nothing but conflicts.
func untilNoConflict(ctx context.Context, send func() error) error {
	for attempt := 1; ; attempt++ {
		err := send()
		if err == nil || attempt == maxTransactAttempts || !onlyConflicts(err) {
			return err
		}
		if wait := transactBackoff.Wait(ctx, attempt); wait != nil {
			return errors.Join(wait, err)
		}
	}
}

// onlyConflicts tells whether other transactions are all that stood in the way.
func onlyConflicts(err error) bool {
	var canceled *types.TransactionCanceledException
	if !errors.As(err, &canceled) {
		return false
	}
	conflicts := 0
	for _, reason := range canceled.CancellationReasons {
		switch code := codeOf(reason); code {
		case codeConflict:
			conflicts++
		case codeNone:
		default:
			return false
		}
	}
	return conflicts > 0
}

const (
	codeNone      = ""
	codeCondition = "ConditionalCheckFailed"
	codeConflict  = "TransactionConflict"
)

// codeOf returns the code of a reason, codeNone for none.
func codeOf(reason types.CancellationReason) string {
	if reason.Code == nil || *reason.Code == "None" {
		return codeNone
	}
	return *reason.Code
}

// explainTransaction turns err into a *TransactionError if DynamoDB said what
// was wrong with each operation.
func explainTransaction(writes []write, err error) error {
	var canceled *types.TransactionCanceledException
	if !errors.As(err, &canceled) || len(canceled.CancellationReasons) != len(writes) {
		return fmt.Errorf("dynamo: transact: %w", err)
	}
	t := &TransactionError{Reasons: make([]Reason, len(writes)), Err: err}
	for i, reason := range canceled.CancellationReasons {
		t.Reasons[i] = writes[i].reason(reason)
	}
	return t
}

func (w *write) reason(reason types.CancellationReason) Reason {
	r := Reason{Op: w.op, Table: w.core.table, Key: w.keyValues(), Code: codeOf(reason)}
	if reason.Message != nil {
		r.Message = *reason.Message
	}
	switch r.Code {
	case codeNone:
	case codeCondition:
		r.Err = w.fail(w.refused(reason.Item, false))
	case codeConflict:
		r.Err = w.fail(ErrContention)
	default:
		r.Err = w.fail(fmt.Errorf("%s: %s", r.Code, r.Message))
	}
	return r
}

// reportCapacity passes the capacity of each table on to the hook of the first
// repository of that table which has one.
func reportCapacity(ctx context.Context, op string, cores []*core, capacity []types.ConsumedCapacity) {
	for _, used := range capacity {
		for _, c := range cores {
			if c.onCapacity != nil && used.TableName != nil && *used.TableName == c.table {
				c.consumed(ctx, op, used)
				break
			}
		}
	}
}
