package dynamo

import (
	"context"
	"errors"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The largest batches:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html.
// 25 items of 400 KB are 10 MB, below the limit of 16 MB for a request.
const (
	maxBatchWrite = 25
	maxBatchRead  = 100
)

// PutAll stores all items, with BatchWriteItem, 25 to a request and several
// requests at a time. What DynamoDB leaves unprocessed is sent again until ctx
// ends; then, or on another error, PutAll fails with a [*BatchError] that lists
// exactly the items that were not written. [Leftovers] returns them.
//
// Two items with one key and an item over 400 KB are refused before anything is
// sent: [ErrDuplicate], [ErrTooLarge].
//
// A batch has no conditions: versions are increased but not checked, so PutAll
// is for items that nobody else writes. Every item that was written holds its
// stored version.
func (r *Repository[T]) PutAll(ctx context.Context, items []T) error {
	c := r.core
	b := &batch{core: c, op: opPutAll, chunk: maxBatchWrite}
	writes := make([]write, len(items))
	for i := range items {
		value := reflect.ValueOf(&items[i]).Elem()
		writes[i] = write{core: c, op: opPutAll, value: value}
		if err := writes[i].prepareBatched(); err != nil {
			return writes[i].fail(err)
		}
		b.add(c.key.keyOf(value), writes[i].item)
	}
	request := func(i int) types.WriteRequest {
		return types.WriteRequest{PutRequest: &types.PutRequest{Item: writes[i].item}}
	}
	return b.write(ctx, request, func(i int) { writes[i].stored() })
}

const (
	opPutAll    = "put all"
	opDeleteAll = "delete all"
)

// prepareBatched is preparePut without conditions.
func (w *write) prepareBatched() error {
	if err := w.encode(); err != nil {
		return err
	}
	if err := w.checkVersion(); err != nil {
		return err
	}
	return w.complete()
}

// DeleteAll removes the items with keys, with BatchWriteItem. That one does not
// exist is not an error. Everything else is as with [Repository.PutAll].
func (r *Repository[T]) DeleteAll(ctx context.Context, keys []Key) error {
	c := r.core
	b := &batch{core: c, op: opDeleteAll, chunk: maxBatchWrite}
	attributes, err := b.addKeys(keys)
	if err != nil {
		return err
	}
	request := func(i int) types.WriteRequest {
		return types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: attributes[i]}}
	}
	return b.write(ctx, request, func(int) {})
}

// addKeys registers keys and returns their attributes.
func (b *batch) addKeys(keys []Key) ([]map[string]types.AttributeValue, error) {
	all := make([]map[string]types.AttributeValue, len(keys))
	for i, key := range keys {
		var err error
		if all[i], err = b.core.key.attributes(key); err != nil {
			return nil, b.core.fail(b.op, key, err)
		}
		b.add(key, all[i])
	}
	return all, nil
}

// write sends the requests and calls done for each that was carried out.
func (b *batch) write(ctx context.Context, request func(int) types.WriteRequest, done func(int)) error {
	if err := b.refuseDuplicates(); err != nil || len(b.ids) == 0 {
		return err
	}
	b.send = func(ctx context.Context, positions []int) ([]int, error) {
		left, err := b.writeChunk(ctx, positions, request)
		rest := make(map[int]bool, len(left))
		for _, i := range left {
			rest[i] = true
		}
		for _, i := range positions {
			if !rest[i] {
				done(i)
			}
		}
		return left, err
	}
	return b.run(ctx)
}

func (b *batch) writeChunk(ctx context.Context, positions []int, request func(int) types.WriteRequest) ([]int, error) {
	c := b.core
	requests := make([]types.WriteRequest, len(positions))
	for i, position := range positions {
		requests[i] = request(position)
	}
	output, err := c.api.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
		RequestItems:           map[string][]types.WriteRequest{c.table: requests},
		ReturnConsumedCapacity: c.capacity,
	})
	if err != nil {
		return positions, err
	}
	c.consumed(ctx, "BatchWriteItem", output.ConsumedCapacity...)
	left := map[string]bool{}
	for _, requests := range output.UnprocessedItems {
		for _, r := range requests {
			switch {
			case r.PutRequest != nil:
				left[c.key.identity(r.PutRequest.Item)] = true
			case r.DeleteRequest != nil:
				left[c.key.identity(r.DeleteRequest.Key)] = true
			}
		}
	}
	rest := b.unprocessed(positions, left)
	if len(rest) != len(left) {
		return positions, errors.New("DynamoDB left items unprocessed that were not sent")
	}
	return rest, nil
}
