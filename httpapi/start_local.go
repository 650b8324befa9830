//go:build !lambda.norpc

package httpapi

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// untilSignal returns a context that ends with a signal to stop.
func untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
}

// listen returns the listener of the local server.
func (a *Adapter) listen(ctx context.Context) (net.Listener, error) {
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
	var config net.ListenConfig
	return config.Listen(ctx, "tcp", addr)
}

// serveLocal serves until ctx ends.
func (a *Adapter) serveLocal(ctx context.Context) error {
	listener, err := a.listen(ctx)
	if err != nil {
		return fmt.Errorf("httpapi: listen: %w", err)
	}
	server := &http.Server{
		Handler:           http.HandlerFunc(a.serveHTTP),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	a.options.Logger.LogAttrs(ctx, slog.LevelInfo, "httpapi: serving", slog.String("addr", "http://"+listener.Addr().String()))
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
