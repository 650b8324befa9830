package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"
)

// Defaults of [Options].
const (
	// DefaultDeadlineMargin leaves time to encode the answer and to hand it to
	// the Lambda Runtime API before Lambda ends the invocation.
	DefaultDeadlineMargin = 250 * time.Millisecond
	// DefaultShutdownTimeout is how long the local server waits for requests
	// in flight.
	DefaultShutdownTimeout = 10 * time.Second
	// DefaultAddr is where the local server listens when neither Options.Addr
	// nor the PORT environment variable says otherwise.
	DefaultAddr = "127.0.0.1:8080"
)

// Limits of the services, in bytes.
const (
	// MaxLambdaResponse is the largest answer that Lambda takes from a
	// function whose response is buffered. It counts the JSON document, so a
	// body in base64 may have about 4.7 million bytes.
	// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	MaxLambdaResponse = 6_291_556
	// MaxALBResponse is the largest answer that an Application Load Balancer
	// takes from a function.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
	MaxALBResponse = 1 << 20
)

// Options configure [New], [Start] and [Serve]. The zero value, and nil, mean
// the defaults. Options are copied; changing them later has no effect.
type Options struct {
	// BasePath is removed from the front of the path of every request, on a
	// segment boundary: with "/shop", a request for /shop/items reaches the
	// handler as /items, and /shopping stays as it is. It is what a custom
	// domain's base path mapping adds. It starts with a slash and does not end
	// with one. Default: nothing is removed.
	BasePath string

	// KeepStage leaves the name of an HTTP API's stage at the front of the
	// path. Default false: /prod/items of the stage "prod" reaches the handler
	// as /items, as a REST API delivers it.
	KeepStage bool

	// DeadlineMargin is how long before the deadline of the invocation's
	// context the handler's context expires and the client is answered 503.
	// Default [DefaultDeadlineMargin], but never more than half of the time
	// that is left when the request arrives; a negative value switches it off.
	DeadlineMargin time.Duration

	// MaxResponse bounds the answer in bytes of its JSON document. A larger one
	// is answered 500 instead. Default: what the source takes,
	// [MaxALBResponse] or [MaxLambdaResponse]. A streamed answer has no bound.
	MaxResponse int

	// Fallback takes the payloads that no HTTP source sends, such as an SQS or
	// EventBridge event for the same function. Default: Invoke returns a
	// [*PayloadError] for them.
	Fallback func(ctx context.Context, payload []byte) ([]byte, error)

	// Logger receives panics of the handler and answers that could not be
	// given; a *slog.Logger is one. Default: package log, where net/http's
	// server writes a panic, in lines like those of slog.Default(). To a
	// program that gave log/slog a handler with slog.SetDefault, those come as
	// a text of the level Info; with slog.Default() here, they have their level
	// and attributes.
	Logger Logger

	// Addr is where the local server listens. Default: ":" and the PORT
	// environment variable, or [DefaultAddr].
	Addr string

	// Listener is the local server's listener; Addr is then not used. The
	// server closes it. Default: one for Addr.
	Listener net.Listener

	// ShutdownTimeout is how long the local server waits for requests in
	// flight when it stops. Default [DefaultShutdownTimeout].
	ShutdownTimeout time.Duration
}

// withDefaults returns a copy of o with its defaults filled in.
func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.DeadlineMargin == 0 {
		c.DeadlineMargin = DefaultDeadlineMargin
	}
	if c.ShutdownTimeout == 0 {
		c.ShutdownTimeout = DefaultShutdownTimeout
	}
	// A nil *slog.Logger in the interface comes from a program that passes on an
	// option of its own.
	if l, ok := c.Logger.(*slog.Logger); c.Logger == nil || ok && l == nil {
		c.Logger = standardLog{}
	}
	return c
}

// validate reports the first field that breaks its rule.
func (o *Options) validate() error {
	if o.MaxResponse < 0 {
		return fmt.Errorf("httpapi: Options.MaxResponse: must not be negative, got %d", o.MaxResponse)
	}
	if o.ShutdownTimeout < 0 {
		return fmt.Errorf("httpapi: Options.ShutdownTimeout: must not be negative, got %s", o.ShutdownTimeout)
	}
	if p := o.BasePath; p != "" && (p[0] != '/' || p[len(p)-1] == '/' || !plainPath(p)) {
		return fmt.Errorf("httpapi: Options.BasePath: must start with a slash, not end with one "+
			"and need no percent-encoding, got %q", p)
	}
	return nil
}

// plainPath tells whether every byte of p stands for itself in the path of a
// URL and is written so by net/url.
func plainPath(p string) bool {
	for i := range len(p) {
		if !plainPathByte(p[i]) {
			return false
		}
	}
	return true
}

// plainPathByte tells whether net/url writes c in a path as it is.
func plainPathByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		strings.IndexByte("/-_.~$&+,:;=@", c) >= 0
}
