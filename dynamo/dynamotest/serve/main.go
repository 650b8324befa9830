// Command serve serves a DynamoDB in memory on a port, for the SDK of any
// language.
//
//	go run github.com/go-thaw/thaw/dynamo/dynamotest/serve -addr 127.0.0.1:8000
//
// It prints one line when it is ready and stops on SIGINT or SIGTERM. Requests
// are answered only when their Host header names an address of the machine
// itself or the one listened on, so that a web page cannot reach the server by
// pointing its own domain at 127.0.0.1 (DNS rebinding); -host allows more names.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "serve:", err)
		}
		os.Exit(1)
	}
}

// shutdownTime is how long requests on their way may take after a signal.
const shutdownTime = 5 * time.Second

// run serves until ctx ends.
func run(ctx context.Context, args []string, out, problems io.Writer) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(problems)
	addr := flags.String("addr", "127.0.0.1:8000", "`address` to listen on; port 0 picks a free one")
	hosts := flags.String("host", "", "further `names`, separated by commas, that the Host header may have")
	if err := flags.Parse(args); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           guard(dynamotest.New(nil).Handler(), allowed(*addr, *hosts)),
		ReadHeaderTimeout: 10 * time.Second,
	}
	stopped := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(stopped)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		_ = server.Shutdown(grace) // requests that take longer are cut off
	})
	defer cancel()
	if _, err := fmt.Fprintf(out, "dynamotest is ready on http://%s\n", listener.Addr()); err != nil {
		return err
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-stopped
	return nil
}

// allowed returns the names that the Host header may have: those given, and the
// one that is listened on.
func allowed(addr, hosts string) map[string]bool {
	names := map[string]bool{"localhost": true}
	for name := range strings.SplitSeq(hosts, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names[strings.ToLower(name)] = true
		}
	}
	if host, _, err := net.SplitHostPort(addr); err == nil && host != "" {
		names[strings.ToLower(host)] = true
	}
	return names
}

// guard answers only requests whose Host header is a loopback address or one of
// the names.
func guard(next http.Handler, names map[string]bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		host = strings.ToLower(strings.Trim(host, "[]"))
		if ip := net.ParseIP(host); !names[host] && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "serve: the Host header "+r.Host+" is not allowed; see -host", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
