// The program bootstrap is the function of the test beside it. Behind a rule it
// routes events, behind a queue it processes messages; either way it reports
// what it handled to the test, and fails the first time for one of them.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/go-thaw/thaw/bench/events/emulator"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/queue"
)

func main() {
	switch role := os.Getenv("ROLE"); role {
	case "router":
		r := events.NewRouter(nil)
		r.Handle("confirm", emulator.Placed.Handler(func(ctx context.Context, o emulator.Order) error {
			return report(ctx, emulator.Report{Role: role, Key: events.IdempotencyKey(ctx), Order: o})
		}))
		lambda.Start(r)
	case "processor":
		lambda.Start(queue.NewProcessor(func(ctx context.Context, m queue.Message[emulator.Order]) error {
			return report(ctx, emulator.Report{Role: role, Order: m.Body})
		}, &queue.Options{Unwrap: queue.UnwrapEventBridge}))
	default:
		fmt.Fprintf(os.Stderr, "the role %q is unknown\n", role)
		os.Exit(1)
	}
}

// report tells the test, which answers whether the handler shall succeed.
func report(ctx context.Context, r emulator.Report) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, os.Getenv("REPORT_TO"), bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the test says %s", response.Status)
	}
	return nil
}
