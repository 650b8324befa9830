package store

import (
	"context"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/dynamo"
)

// CountCapacity connects what dynamo tells of a request to what costs makes of
// it: give it as [Options.OnCapacity]. DynamoDB says how many units a request
// took and not of which kind; the operation says that.
func CountCapacity(ctx context.Context, c dynamo.Capacity) {
	switch c.Op {
	case "GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems":
		costs.AddDynamoDB(ctx, c.Units, 0)
	default:
		costs.AddDynamoDB(ctx, 0, c.Units)
	}
}
