// Command crud-api is an HTTP API in front of one DynamoDB table: on Lambda
// behind API Gateway, and with the build tag local on in-memory AWS.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/httpapi"
)

func main() {
	table, err := open(context.Background())
	if err != nil {
		slog.Error("the function cannot start", "error", err)
		os.Exit(1)
	}
	httpapi.Start(httpapi.AccessLog(nil)(newHandler(table)), &httpapi.Options{Logger: slog.Default()})
}

// open returns the table of notes; connect says where it is.
func open(ctx context.Context) (*dynamo.Repository[Note], error) {
	client, name, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	table, err := dynamo.New[Note](client, name, nil)
	if err != nil {
		return nil, err
	}
	return table, prepare(ctx, client, table)
}
