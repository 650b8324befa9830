package lambdalog_test

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/go-thaw/thaw/lambdalog"
)

func Example() {
	// On Lambda, NewHandler(nil) writes what the function's logging configuration
	// asks for. Here there is a handler without the time.
	logger := slog.New(lambdalog.NewHandler(&lambdalog.Options{
		Next: slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return lambdacontext.ReplaceAttr(groups, a)
		}}),
	}))

	for _, id := range []string{"r-1", "r-2"} {
		ctx := lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{AwsRequestID: id})
		logger.InfoContext(ctx, "charged", "order", "o-1")
	}
	// Output:
	// {"level":"INFO","message":"charged","order":"o-1","requestId":"r-1","coldStart":true}
	// {"level":"INFO","message":"charged","order":"o-1","requestId":"r-2","coldStart":false}
}
