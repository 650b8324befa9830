// Command gigs runs the whole platform in one process, on in-memory AWS: no
// account, no container, nothing to install.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/go-thaw/thaw/dynamo/ratelimit"
	"github.com/go-thaw/thaw/httpapi"

	"github.com/go-thaw/thaw/examples/gigs/console"
	"github.com/go-thaw/thaw/examples/gigs/demo"
	"github.com/go-thaw/thaw/examples/gigs/local"
	"github.com/go-thaw/thaw/examples/gigs/mail"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to serve")
	outbox := flag.String("outbox", "outbox", "the folder that e-mails are written to")
	play := flag.Bool("demo", false, "drive a few hundred requests through it and report")
	verbose := flag.Bool("v", false, "log each step of the demo")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if *play {
		err = demo.Run(ctx, os.Stdout, logger(*verbose))
	} else {
		err = serve(ctx, *addr, *outbox)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gigs:", err)
		os.Exit(1)
	}
}

// logger logs everything to standard error, or nothing.
func logger(on bool) *slog.Logger {
	if !on {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

// serve runs the platform until ctx ends.
func serve(ctx context.Context, addr, outbox string) error {
	if err := os.MkdirAll(outbox, 0o755); err != nil {
		return err
	}
	log := logger(true)
	clock := console.NewClock()
	watch := console.NewWatch(clock)
	p, err := local.New(ctx, local.Options{
		Send: mail.Bouncing(bounces, mail.Folder(outbox, log)), Logger: log,
		// More than in production, so that one person can try things.
		RegistrationLimit: ratelimit.Limit{Rate: 60, Per: time.Minute, Burst: 60},
		Now:               clock.Time, Clock: clock, OnHandled: watch.Handled, WrapStore: watch.Store,
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", watch.Requests(p.Handler()))
	mux.Handle(console.Path, console.New(ctx, console.Options{Platform: p, Clock: clock, Watch: watch, Logger: log}))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	fmt.Printf(welcome, "http://"+listener.Addr().String(), outbox, bounces)

	running, stop := context.WithCancel(ctx)
	delivered := make(chan error, 1)
	go func() { delivered <- p.Run(running) }()
	err = httpapi.Serve(ctx, console.Guard(mux, hosts(addr)...), &httpapi.Options{Listener: listener, Logger: log})
	stop()
	err = errors.Join(err, <-delivered)
	fmt.Printf("\n%s\n", p.Tracker.Totals())
	return err
}

// hosts returns the name that the server was told to listen on, if it is one.
func hosts(addr string) []string {
	if host, _, err := net.SplitHostPort(addr); err == nil && host != "" {
		return []string{strings.ToLower(host)}
	}
	return nil
}

// bounces is the domain to which no e-mail can be sent.
const bounces = "bounce.example"

const welcome = `Serving the gigs platform on %[1]s, e-mails go to the folder %[2]s.
Watch it, and break it, on %[1]s/_console/

Or try:

  curl -i %[1]s/users --json '{"email":"ada@example.com","name":"Ada"}'
  curl -i %[1]s/gigs --json '{"id":"piano","title":"Move a piano","city":"Porto","pay":9000}'
  curl -i %[1]s/gigs/piano

An e-mail to an address at %[3]s fails, is retried and ends on the dead-letter
queue. Ctrl-C stops it.

`
