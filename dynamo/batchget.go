package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// GetMany returns the items with keys, with BatchGetItem, 100 to a request and
// several requests at a time. The result has one element per key, in the order
// of keys, nil where there is no item or its time to live is over.
//
// What DynamoDB leaves unprocessed is asked for again until ctx ends; then, or
// on another error, GetMany returns what it has and a [*BatchError] that lists
// exactly the keys that were not read. A key given twice is [ErrDuplicate], and
// nothing is sent.
func (r *Repository[T]) GetMany(ctx context.Context, keys []Key, options ...ReadOption) ([]*T, error) {
	c := r.core
	b := &batch{core: c, op: opGetMany, chunk: maxBatchRead}
	attributes, err := b.addKeys(keys)
	if err != nil {
		return nil, err
	}
	if err := b.refuseDuplicates(); err != nil || len(keys) == 0 {
		return nil, err
	}
	o := readOptionsOf(options)
	ask := types.KeysAndAttributes{ConsistentRead: o.consistentRead()}
	if ask.ProjectionExpression, ask.ExpressionAttributeNames, err = c.projection(o.project); err != nil {
		return nil, c.fail(opGetMany, nil, err)
	}
	items := make([]*T, len(keys))
	b.send = func(ctx context.Context, positions []int) ([]int, error) {
		return b.readChunk(ctx, positions, attributes, ask, func(i int, item map[string]types.AttributeValue) error {
			items[i] = new(T)
			return decoder.Decode(&types.AttributeValueMemberM{Value: item}, items[i])
		})
	}
	return items, b.run(ctx)
}

const opGetMany = "get many"

// readChunk reads the keys at positions and passes what it finds to found.
func (b *batch) readChunk(ctx context.Context, positions []int, keys []map[string]types.AttributeValue, ask types.KeysAndAttributes, found func(int, map[string]types.AttributeValue) error) ([]int, error) {
	c := b.core
	at := make(map[string]int, len(positions))
	ask.Keys = make([]map[string]types.AttributeValue, len(positions))
	for i, position := range positions {
		ask.Keys[i] = keys[position]
		at[b.ids[position]] = position
	}
	output, err := c.api.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
		RequestItems:           map[string]types.KeysAndAttributes{c.table: ask},
		ReturnConsumedCapacity: c.capacity,
	})
	if err != nil {
		return positions, err
	}
	c.consumed(ctx, "BatchGetItem", output.ConsumedCapacity...)
	for _, item := range output.Responses[c.table] {
		position, ok := at[c.key.identity(item)]
		if !ok || c.expired(item) {
			continue
		}
		if err := found(position, item); err != nil {
			return positions, err
		}
	}
	left := map[string]bool{}
	for _, key := range output.UnprocessedKeys[c.table].Keys {
		left[c.key.identity(key)] = true
	}
	return b.unprocessed(positions, left), nil
}
