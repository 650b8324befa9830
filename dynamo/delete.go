package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Delete removes the item with key, with DeleteItem. That there is none is not
// an error, unless [If] or [IfVersion] says so.
func (r *Repository[T]) Delete(ctx context.Context, key Key, options ...WriteOption) error {
	w, err := r.core.prepareDelete(key, options)
	if err != nil {
		return err
	}
	return w.sendDelete(ctx)
}

func (c *core) prepareDelete(key Key, options []WriteOption) (write, error) {
	o := writeOptionsOf(options)
	s, err := o.condition.statement()
	if err != nil {
		return write{}, c.fail(opDelete, key, err)
	}
	return c.prepareKeyed(opDelete, key, anything, s, &o)
}

func (w *write) sendDelete(ctx context.Context) error {
	input := dynamodb.DeleteItemInput{
		TableName:                 &w.core.table,
		Key:                       w.attributes,
		ConditionExpression:       w.condition,
		ExpressionAttributeNames:  w.names,
		ExpressionAttributeValues: w.values,
		ReturnConsumedCapacity:    w.core.capacity,
	}
	if w.old != nil {
		input.ReturnValues = types.ReturnValueAllOld
	}
	call := attempts{Context: ctx}
	var track []func(*dynamodb.Options)
	if w.conditional() {
		input.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
		track = w.core.track
	}
	output, err := w.core.api.DeleteItem(&call, &input, track...)
	if err != nil {
		return w.explain(err, call.answerLost)
	}
	if output.ConsumedCapacity != nil {
		w.core.consumed(ctx, "DeleteItem", *output.ConsumedCapacity)
	}
	return w.decodeOld(output.Attributes)
}
