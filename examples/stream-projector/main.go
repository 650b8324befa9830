// Command stream-projector keeps a read model of a table in another one: on Lambda
// behind the table's stream, and with the build tag local on in-memory tables.
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
