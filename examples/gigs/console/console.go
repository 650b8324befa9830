// Package console shows a running platform in the browser: requests, items,
// events, messages, cache and cost as they come, and buttons that break something
// so that one can watch the library cope. It is for local runs; what it shows is
// read from the in-memory services behind the platform.
package console

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"html/template"
	"log/slog"
	"net/http"

	"github.com/go-thaw/thaw/examples/gigs/local"
)

// Path is where the console is; everything of it is below.
const Path = "/_console/"

// A Console is an [http.Handler] for [Path].
type Console struct {
	http.Handler
	platform *local.Platform
	clock    *Clock
	logger   *slog.Logger
	watch    *Watch
	done     <-chan struct{}
}

// Options are what a console shows. All fields are required.
type Options struct {
	Platform *local.Platform
	// Clock is the one that the platform was made with.
	Clock *Clock
	// Watch has seen what the platform did.
	Watch  *Watch
	Logger *slog.Logger
}

// New returns the console. The streams to its pages end with ctx.
func New(ctx context.Context, o Options) *Console {
	c := &Console{platform: o.Platform, clock: o.Clock, watch: o.Watch, logger: o.Logger, done: ctx.Done()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"{$}", c.page)
	mux.HandleFunc("GET "+Path+"state", c.serveState)
	mux.HandleFunc("GET "+Path+"stream", c.stream)
	mux.HandleFunc("POST "+Path+"faults/{fault}", c.inject)
	mux.HandleFunc("POST "+Path+"redrive", c.redrive)
	// A page of another origin can neither read this one nor press its buttons.
	c.Handler = http.NewCrossOriginProtection().Handler(mux)
	return c
}

//go:embed page.gohtml
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// page serves the console's one page, whose script and style carry a nonce: no
// other may run, whatever an item or an event contains.
func (c *Console) page(w http.ResponseWriter, _ *http.Request) {
	nonce := rand.Text()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; img-src data:; style-src 'nonce-"+nonce+
		"'; script-src 'nonce-"+nonce+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	if err := pageTemplate.Execute(w, map[string]any{"Nonce": nonce, "Faults": faults, "Path": Path}); err != nil {
		c.logger.Error("console: the page cannot be written", "error", err)
	}
}

func (c *Console) serveState(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(c.encode())
}

// encode returns the state as JSON.
func (c *Console) encode() []byte {
	encoded, err := json.Marshal(c.State())
	if err != nil { // a State holds nothing that does not encode
		panic("console: " + err.Error())
	}
	return encoded
}
