// Command cached-config serves tenants' configurations from memory: on Lambda in
// front of a DynamoDB table, and with the build tag local on an in-memory one.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/go-thaw/thaw/httpapi"
)

func main() {
	table, err := open(context.Background())
	if err != nil {
		slog.Error("the function cannot start", "error", err)
		os.Exit(1)
	}
	httpapi.Start(newHandler(newConfigs(table, nil)), &httpapi.Options{Logger: slog.Default()})
}
