// Command uploads takes files: clients get a URL to put one to, and what has come
// is looked at before it is published. One function serves both the API and the
// events of the bucket; with the build tag local it runs on in-memory parts.
package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/httpapi"
)

func main() {
	if err := run(context.Background()); err != nil {
		slog.Error("the function cannot start", "error", err)
		os.Exit(1)
	}
}

// run serves; connect says what with.
func run(ctx context.Context) error {
	client, table, bucket, err := connect(ctx)
	if err != nil {
		return err
	}
	uploads, err := dynamo.New[Upload](client, table, nil)
	if err != nil {
		return err
	}
	s := &service{uploads, bucket, time.Now}
	api, err := prepare(ctx, client, s)
	if err != nil {
		return err
	}
	// What is no HTTP request is an event.
	httpapi.Start(api, &httpapi.Options{Fallback: s.newRouter().Invoke})
	return nil
}
