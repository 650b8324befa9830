package dynamo

import (
	"context"
	"errors"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Create stores *item if no item has its key, with PutItem; otherwise it fails
// with [ErrExists]. An item whose time to live is over does not count. A
// version field becomes 1, in the stored item and then in *item, which is not
// changed when Create fails.
func (r *Repository[T]) Create(ctx context.Context, item *T, options ...WriteOption) error {
	w, err := r.put(opCreate, item, options)
	if err != nil {
		return err
	}
	return w.sendPut(ctx)
}

// Put stores *item in place of the one with its key, if any, with PutItem.
//
// With a version field it does so only if the stored version is that of *item,
// 0 meaning that there must be no item; otherwise it fails with [ErrConflict].
// The version is increased by one, in the stored item and then in *item, which
// is not changed when Put fails.
func (r *Repository[T]) Put(ctx context.Context, item *T, options ...WriteOption) error {
	w, err := r.put(opPut, item, options)
	if err != nil {
		return err
	}
	return w.sendPut(ctx)
}

// put prepares a put of item.
func (r *Repository[T]) put(op string, item *T, options []WriteOption) (write, error) {
	if item == nil {
		return write{}, r.core.fail(op, nil, errors.New("the item is nil"))
	}
	return r.core.preparePut(op, reflect.ValueOf(item).Elem(), options)
}

func (w *write) sendPut(ctx context.Context) error {
	input := dynamodb.PutItemInput{
		TableName:                 &w.core.table,
		Item:                      w.item,
		ConditionExpression:       w.condition,
		ExpressionAttributeNames:  w.names,
		ExpressionAttributeValues: w.values,
		ReturnConsumedCapacity:    w.core.capacity,
	}
	if w.old != nil {
		input.ReturnValues = types.ReturnValueAllOld
	}
	if !w.conditional() {
		output, err := w.core.api.PutItem(ctx, &input)
		return w.put(ctx, output, err)
	}
	input.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	call := attempts{Context: ctx}
	output, err := w.core.api.PutItem(&call, &input, w.core.track...)
	if err != nil {
		if err = w.explain(err, call.answerLost); err == nil {
			w.stored() // an earlier attempt did it
		}
		return err
	}
	return w.put(ctx, output, nil)
}

// put takes the answer to a put that was applied, or failed with err.
func (w *write) put(ctx context.Context, output *dynamodb.PutItemOutput, err error) error {
	if err != nil {
		return w.explain(err, false)
	}
	if output.ConsumedCapacity != nil {
		w.core.consumed(ctx, "PutItem", *output.ConsumedCapacity)
	}
	w.stored()
	return w.decodeOld(output.Attributes)
}

// decodeOld stores the previous item where [Old] wants it.
func (w *write) decodeOld(item map[string]types.AttributeValue) error {
	if w.old == nil || len(item) == 0 || w.core.expired(item) {
		return nil
	}
	if err := decoder.Decode(&types.AttributeValueMemberM{Value: item}, w.old); err != nil {
		return w.fail(err)
	}
	return nil
}

// explain turns the error of a single write into that of the repository. It
// returns nil when a condition failed on what an earlier attempt of the same
// call had written.
func (w *write) explain(err error, answerLost bool) error {
	var failed *types.ConditionalCheckFailedException
	var conflict *types.TransactionConflictException
	switch {
	case errors.As(err, &conflict):
		return w.fail(errors.Join(ErrContention, err))
	case !errors.As(err, &failed):
		return w.fail(err)
	case answerLost && w.appliedTo(failed.Item):
		return nil
	}
	return w.fail(w.refused(failed.Item, answerLost))
}

// appliedTo tells whether current, the item that a repeated attempt found, is
// what the first attempt would have left behind.
func (w *write) appliedTo(current map[string]types.AttributeValue) bool {
	switch w.op {
	case opDelete:
		return len(current) == 0
	case opUpdate:
		return w.clauses.holdIn(current) && (w.version == nil || w.isNext(current))
	}
	return sameItem(w.item, current)
}
