// Package function is the Lambda function that the tests of queue run in a
// process of its own.
package function

import (
	"context"
	"errors"
	"os"
	"runtime"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/go-thaw/thaw/queue"
)

// Variable is the environment variable that makes the test program the function.
const Variable = "QUEUE_BOOTSTRAP"

// Run serves the function until the process ends.
func Run() { lambda.Start(queue.NewProcessor(Handle, nil)) }

// Handle ends in the way that the body names.
func Handle(ctx context.Context, m queue.Message[string]) error {
	switch m.Body {
	case "fail":
		return errors.New("on purpose")
	case "panic":
		panic("on purpose")
	case "goexit":
		runtime.Goexit()
	case "wait": // for the end of its time
		<-ctx.Done()
		return ctx.Err()
	case "deaf": // to its context
		<-time.After(time.Hour)
	case "exit":
		os.Exit(3)
	}
	return nil
}
