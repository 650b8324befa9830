package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Get returns the item with key, with GetItem. It fails with [ErrNotFound] when
// there is none or its time to live is over.
func (r *Repository[T]) Get(ctx context.Context, key Key, options ...ReadOption) (T, error) {
	var item T
	attributes, err := r.core.get(ctx, key, options)
	if err != nil {
		return item, err
	}
	if err := decoder.Decode(&types.AttributeValueMemberM{Value: attributes}, &item); err != nil {
		var zero T
		return zero, r.core.fail(opGet, key, err)
	}
	return item, nil
}

const opGet = "get"

func (c *core) get(ctx context.Context, key Key, options []ReadOption) (map[string]types.AttributeValue, error) {
	attributes, err := c.key.attributes(key)
	if err != nil {
		return nil, c.fail(opGet, key, err)
	}
	input := dynamodb.GetItemInput{
		TableName:              &c.table,
		Key:                    attributes,
		ReturnConsumedCapacity: c.capacity,
	}
	if len(options) > 0 {
		o := readOptionsOf(options)
		input.ConsistentRead = o.consistentRead()
		input.ProjectionExpression, input.ExpressionAttributeNames, err = c.projection(o.project)
		if err != nil {
			return nil, c.fail(opGet, key, err)
		}
	}
	output, err := c.api.GetItem(ctx, &input)
	if err != nil {
		return nil, c.fail(opGet, key, err)
	}
	if output.ConsumedCapacity != nil {
		c.consumed(ctx, "GetItem", *output.ConsumedCapacity)
	}
	if output.Item == nil || c.expired(output.Item) {
		return nil, c.fail(opGet, key, ErrNotFound)
	}
	return output.Item, nil
}
