// Package api is the platform's HTTP API: plain net/http handlers that know
// nothing of Lambda.
package api

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/httpapi"

	"github.com/go-thaw/thaw/examples/gigs/store"
)

// How many gigs are kept in memory and for how long. Another environment may
// serve a gig as it was this long ago; the version in its ETag keeps a change
// that is based on it from doing harm.
const (
	cachedGigs = 1000
	gigTTL     = 30 * time.Second
)

// Options are what the API needs. All fields but Limit and Clock are required.
type Options struct {
	Store *store.Store
	// Announce returns the operation by which an event is written with what it is
	// about, and published afterwards. The key orders events.
	Announce func(key string, e events.Event) (dynamo.Op, error)
	// Idempotency answers a POST that is repeated with the same Idempotency-Key
	// with the first answer.
	Idempotency *idempotency.Store
	Logger      *slog.Logger
	// Limit comes before a registration; nil means that there is none.
	Limit func(http.Handler) http.Handler
	// Clock is that of the cache; nil means the system's clocks.
	Clock cache.Clock
}

// An API is an [http.Handler]. Make one per process.
type API struct {
	http.Handler
	options Options
	gigs    *cache.Cache[string, store.Gig]
}

// New returns the API.
func New(options Options) *API {
	a := &API{options: options}
	a.gigs = cache.New(&cache.Options[string, store.Gig]{
		Capacity: cachedGigs, TTL: gigTTL, Load: options.Store.Gig, Clock: options.Clock,
	})
	once := idempotency.Middleware(options.Idempotency, nil)
	mux := http.NewServeMux()
	register := httpapi.JSON(a.createUser)
	if options.Limit != nil {
		register = options.Limit(register)
	}
	// A repetition is answered before it is counted.
	mux.Handle("POST /users", once(register))
	mux.Handle("POST /gigs", once(httpapi.JSON(a.createGig)))
	mux.Handle("GET /gigs", httpapi.JSON(a.listGigs))
	mux.Handle("GET /gigs/{id}", httpapi.JSON(a.readGig))
	mux.Handle("PATCH /gigs/{id}", httpapi.JSON(a.changeGig))
	mux.Handle("POST /gigs/{id}/applications", once(httpapi.JSON(a.apply)))
	mux.Handle("GET /gigs/{id}/applications", httpapi.JSON(a.listApplications))
	a.Handler = a.observe(mux)
	return a
}

// CacheStats tells how the cache in front of the gigs is doing.
func (a *API) CacheStats() cache.Stats { return a.gigs.Stats() }

// observe logs each request and attributes its cost to its route.
func (a *API) observe(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		mux.ServeHTTP(seen, r)
		route := r.Pattern
		if route == "" {
			route = "no route"
		}
		costs.SetRoute(r.Context(), route)
		a.options.Logger.InfoContext(r.Context(), "request",
			"method", r.Method, "path", r.URL.Path, "route", route,
			"status", seen.status, "duration", time.Since(start))
	})
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// newID returns a random id.
func newID() string { return rand.Text()[:16] }
