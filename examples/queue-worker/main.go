// Command queue-worker charges the orders of a FIFO queue: on Lambda behind an
// event source mapping, and with the build tag local on in-memory AWS.
package main

import (
	"context"
	"log/slog"
	"os"
)

func main() {
	if err := run(context.Background()); err != nil {
		slog.Error("the worker cannot start", "error", err)
		os.Exit(1)
	}
}

// accept stands where a payment service would be called.
func accept(ctx context.Context, o Order) error {
	slog.InfoContext(ctx, "charged", "order", o.ID, "customer", o.Customer, "cents", o.Cents)
	return nil
}
