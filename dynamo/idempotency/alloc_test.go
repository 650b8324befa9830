//go:build !race

package idempotency_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/idempotency"
)

// The allocations of an operation that does nothing, those of its key included.
func TestAllocations(t *testing.T) {
	nothing := idempotency.Wrap(idempotency.NewMemory(nil), "nothing/v1", byCustomer,
		func(context.Context, charge) (struct{}, error) { return struct{}{}, nil })
	n := 0
	run := func() {
		if _, err := nothing(context.Background(), charge{strconv.Itoa(n), 1}); err != nil {
			t.Fatal(err)
		}
	}
	require.LessOrEqual(t, testing.AllocsPerRun(1000, func() { n++; run() }), 20.0, "a new key")
	require.LessOrEqual(t, testing.AllocsPerRun(1000, run), 12.0, "a repeat")
}
