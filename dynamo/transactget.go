package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A GetOp is one read of [TransactGet], made by a repository's GetOp.
type GetOp struct {
	core   *core
	key    Key
	read   func(item map[string]types.AttributeValue) error
	fields []string
}

// GetOp reads the item with key into *item as part of a [TransactGet]. Of the
// options only Project applies: such a read is always consistent.
func (r *Repository[T]) GetOp(key Key, item *T, options ...ReadOption) GetOp {
	o := readOptionsOf(options)
	if item == nil {
		return GetOp{core: r.core, key: key}
	}
	read := func(attributes map[string]types.AttributeValue) error {
		var got T
		if err := decoder.Decode(&types.AttributeValueMemberM{Value: attributes}, &got); err != nil {
			return err
		}
		*item = got
		return nil
	}
	return GetOp{core: r.core, key: key, read: read, fields: o.project}
}

// TransactGet reads all items as they are at one moment, with TransactGetItems:
// at most 100, 4 MB together, none twice. They may belong to different
// repositories. Items that do not exist make it fail with a [*TransactionError]
// whose reasons are [ErrNotFound] at their places; all others are read
// nevertheless.
//
// A read that met a transaction is tried again, up to ten times and while ctx
// lasts. It costs twice the capacity of consistent reads.
func TransactGet(ctx context.Context, client API, ops ...GetOp) error {
	if len(ops) == 0 {
		return nil
	}
	input, err := transactGetInput(ops)
	if err != nil {
		return err
	}
	var output *dynamodb.TransactGetItemsOutput
	err = untilNoConflict(ctx, func() (err error) {
		output, err = client.TransactGetItems(ctx, input)
		return err
	})
	if err != nil {
		return explainTransactGet(ops, err)
	}
	cores := make([]*core, len(ops))
	for i, op := range ops {
		cores[i] = op.core
	}
	reportCapacity(ctx, "TransactGetItems", cores, output.ConsumedCapacity)
	return readAll(ops, output.Responses)
}

func transactGetInput(ops []GetOp) (*dynamodb.TransactGetItemsInput, error) {
	if len(ops) > maxTransactOps {
		return nil, fmt.Errorf("dynamo: transact: %w: %d operations, the limit is %d", ErrTooLarge, len(ops), maxTransactOps)
	}
	input := &dynamodb.TransactGetItemsInput{TransactItems: make([]types.TransactGetItem, len(ops))}
	seen := make(places, len(ops))
	for i, op := range ops {
		if op.core == nil {
			return nil, fmt.Errorf("dynamo: transact: operation %d was not made by a repository", i)
		}
		get, err := op.get()
		if err == nil {
			err = seen.take(i, op.core, get.Key)
		}
		if err != nil {
			return nil, op.core.fail(opGet, op.key, err)
		}
		input.TransactItems[i].Get = get
		if op.core.capacity != "" {
			input.ReturnConsumedCapacity = op.core.capacity
		}
	}
	return input, nil
}

// get returns op as part of a transaction.
func (op *GetOp) get() (get *types.Get, err error) {
	if op.read == nil {
		return nil, errors.New("the item to read into is nil")
	}
	get = &types.Get{TableName: &op.core.table}
	if get.Key, err = op.core.key.attributes(op.key); err != nil {
		return nil, err
	}
	get.ProjectionExpression, get.ExpressionAttributeNames, err = op.core.projection(op.fields)
	return get, err
}

// readAll decodes the answers. DynamoDB gives one per operation, in order.
func readAll(ops []GetOp, responses []types.ItemResponse) error {
	reasons, failed := make([]Reason, len(ops)), false
	for i, op := range ops {
		reasons[i] = Reason{Op: opGet, Table: op.core.table, Key: op.key}
		err := ErrNotFound
		if i < len(responses) && responses[i].Item != nil && !op.core.expired(responses[i].Item) {
			err = op.read(responses[i].Item)
		}
		if err != nil {
			reasons[i].Err, failed = op.core.fail(opGet, op.key, err), true
		}
	}
	if failed {
		return &TransactionError{Reasons: reasons}
	}
	return nil
}

func explainTransactGet(ops []GetOp, err error) error {
	var canceled *types.TransactionCanceledException
	if !errors.As(err, &canceled) || len(canceled.CancellationReasons) != len(ops) {
		return fmt.Errorf("dynamo: transact: %w", err)
	}
	t := &TransactionError{Reasons: make([]Reason, len(ops)), Err: err}
	for i, op := range ops {
		w := write{core: op.core, op: opGet, key: op.key}
		t.Reasons[i] = w.reason(canceled.CancellationReasons[i])
	}
	return t
}
