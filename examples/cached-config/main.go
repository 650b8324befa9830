// Command cached-config serves tenants' configurations from memory, and their usage
// from a partner whose key is a secret: on Lambda, and with the build tag local
// on AWS in memory.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/go-thaw/thaw/httpapi"
)

func main() {
	s, err := open(context.Background())
	if err != nil {
		slog.Error("the function cannot start", "error", err)
		os.Exit(1)
	}
	httpapi.Start(httpapi.AccessLog(nil)(newHandler(s)), &httpapi.Options{Logger: slog.Default()})
}
