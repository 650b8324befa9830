// Command event-fanout does what follows when a user has registered: on Lambda
// behind an EventBridge rule, and with the build tag local on in-memory AWS.
package main

import (
	"context"
	"log/slog"
	"os"
)

func main() {
	if err := run(context.Background()); err != nil {
		slog.Error("the function cannot start", "error", err)
		os.Exit(1)
	}
}
