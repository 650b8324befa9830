package store

import (
	"context"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/idempotency"
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

// CountIdempotency counts what the records of requests took: give it as
// Observe of [idempotency.Options]. A record of at most 1 KB takes one unit for
// each of its writes, and so does a write that finds an older record.
func CountIdempotency(ctx context.Context, o idempotency.Observation) {
	switch o.Outcome {
	case idempotency.Refused, idempotency.Unprotected:
	case idempotency.Replayed, idempotency.ReplayedNoResult, idempotency.InProgress, idempotency.Mismatched:
		costs.AddDynamoDB(ctx, 0, 1)
	default: // it ran
		costs.AddDynamoDB(ctx, 0, 2)
	}
}
