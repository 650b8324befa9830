package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

// Start serves handler until the process ends. On Lambda it is
// lambda.Start(New(handler, opts)); elsewhere it runs a local server until the
// process gets SIGINT or SIGTERM, and then waits for requests in flight. An error
// is logged and ends the process with status 1. Programs that want control use
// [Serve].
//
// The build tag lambda.norpc, which makes aws-lambda-go smaller for Lambda's
// current runtimes, leaves the local server out as well. It is a tag for what
// is deployed: elsewhere than on Lambda, Start and Serve then fail.
func Start(handler http.Handler, opts *Options) { start(handler, opts, buffered) }

// StartStreaming is [Start] for a function whose integration streams responses,
// which a function cannot see for itself: on Lambda it is
// lambda.Start(New(handler, opts).Stream), see [Adapter.Stream].
func StartStreaming(handler http.Handler, opts *Options) { start(handler, opts, streaming) }

func start(handler http.Handler, opts *Options, function func(*Adapter) any) {
	ctx := context.Background()
	if !onLambda() {
		// On Lambda a signal means that the environment ends, between
		// invocations; there is nothing to wait for.
		var stop context.CancelFunc
		ctx, stop = untilSignal(ctx)
		defer stop()
	}
	a := New(handler, opts)
	if err := a.startServing(ctx, function); err != nil {
		a.options.Logger.LogAttrs(ctx, slog.LevelError, "httpapi: serving failed", slog.String("error", err.Error()))
		os.Exit(1)
	}
}

// Serve is [Start] under the control of the caller. Elsewhere than on Lambda it
// returns nil after ctx has ended and all requests have been answered, an error
// when it cannot listen, and context.DeadlineExceeded, wrapped, when requests
// outlive [Options].ShutdownTimeout. On Lambda, which is where
// AWS_LAMBDA_RUNTIME_API is set, it does not return: Lambda ends the process.
//
// The local server gives the handler the same as a source of Lambda does: a
// [Request], with [SourceLocal], and a problem in answer to a panic.
func Serve(ctx context.Context, handler http.Handler, opts *Options) error {
	return New(handler, opts).startServing(ctx, buffered)
}

// ServeStreaming is [StartStreaming] under the control of the caller, as Serve is
// Start.
func ServeStreaming(ctx context.Context, handler http.Handler, opts *Options) error {
	return New(handler, opts).startServing(ctx, streaming)
}

// What runs on Lambda is passed on as a function, so that a program which does
// not stream is linked without what streams.

func buffered(a *Adapter) any  { return a }
func streaming(a *Adapter) any { return a.Stream }

func (a *Adapter) startServing(ctx context.Context, function func(*Adapter) any) error {
	if onLambda() {
		lambda.StartWithOptions(function(a), lambda.WithContext(ctx))
		return errors.New("httpapi: lambda.Start returned")
	}
	return a.serveLocal(ctx)
}

// onLambda tells whether there is a Runtime API to serve.
func onLambda() bool { return os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" }
