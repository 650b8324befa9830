package httpapi

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

// Start serves handler until the process ends. On Lambda it is
// lambda.Start(New(handler, opts)), or of its Stream method with
// [Options].Stream; elsewhere it runs a local server until the process gets
// SIGINT or SIGTERM, and then waits for requests in flight. An error is logged
// and ends the process with status 1. Programs that want control use [Serve].
func Start(handler http.Handler, opts *Options) {
	ctx := context.Background()
	if !onLambda() {
		// On Lambda a signal means that the environment ends, between
		// invocations; there is nothing to wait for.
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		defer stop()
	}
	if err := Serve(ctx, handler, opts); err != nil {
		o := opts.withDefaults()
		o.logger().Error("httpapi: serving failed", slog.Any("error", err))
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
	a := New(handler, opts)
	if onLambda() {
		var function any = a
		if a.options.Stream {
			function = a.Stream
		}
		lambda.StartWithOptions(function, lambda.WithContext(ctx))
		return errors.New("httpapi: lambda.Start returned")
	}
	listener, err := a.listen()
	if err != nil {
		return fmt.Errorf("httpapi: listen: %w", err)
	}
	return a.serveLocal(ctx, listener)
}

// onLambda tells whether there is a Runtime API to serve.
func onLambda() bool { return os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" }

// listen returns the listener of the local server.
func (a *Adapter) listen() (net.Listener, error) {
	if a.options.Listener != nil {
		return a.options.Listener, nil
	}
	addr := a.options.Addr
	if addr == "" {
		addr = DefaultAddr
		if port := os.Getenv("PORT"); port != "" {
			addr = ":" + port
		}
	}
	return net.Listen("tcp", addr)
}

// serveLocal serves on listener until ctx ends.
func (a *Adapter) serveLocal(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           http.HandlerFunc(a.serveHTTP),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	a.options.logger().InfoContext(ctx, "httpapi: serving", slog.String("addr", "http://"+listener.Addr().String()))
	select {
	case err := <-served:
		return fmt.Errorf("httpapi: serve: %w", err)
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.options.ShutdownTimeout)
	defer cancel()
	if err := server.Shutdown(limited); err != nil {
		server.Close() //nolint:errcheck // what matters is that requests were cut off
		return fmt.Errorf("httpapi: shut down: %w", err)
	}
	return nil
}

// serveHTTP serves one request of the local server.
func (a *Adapter) serveHTTP(w http.ResponseWriter, r *http.Request) {
	about := &Request{Source: SourceLocal, ID: rand.Text(), Domain: r.Host, Time: time.Now(), log: a.options.Logger}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		about.SourceIP = host
	}
	Recover(a.handler).ServeHTTP(w, r.WithContext(&requestContext{r.Context(), about}))
}
