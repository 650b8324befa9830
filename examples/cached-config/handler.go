package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/httpapi"
)

// A Config is what a tenant may do.
type Config struct {
	Tenant    string `dynamodbav:"tenant" dynamo:"partition" json:"tenant"`
	Plan      string `dynamodbav:"plan" json:"plan"`
	MaxUsers  int    `dynamodbav:"maxUsers" json:"maxUsers"`
	BetaCards bool   `dynamodbav:"betaCards" json:"betaCards"`
}

// fromTable returns what loads a configuration that is not in the cache.
func fromTable(table *dynamo.Repository[Config]) func(ctx context.Context, tenant string) (Config, error) {
	return func(ctx context.Context, tenant string) (Config, error) {
		return table.Get(ctx, dynamo.Key{tenant})
	}
}

// How old a configuration may be. Fresh ones are served as they are, older ones
// while a new one is loaded, and when loading fails the last one known for a
// while longer: a wrong answer of yesterday is better than none, for this data.
const (
	fresh   = time.Minute
	stale   = 10 * time.Minute
	missing = 10 * time.Second // how long "there is none" is remembered
)

// newConfigs returns the cache of configurations. Make one per process. A nil
// clock is the system's.
func newConfigs(table *dynamo.Repository[Config], clock cache.Clock) *cache.Cache[string, Config] {
	return cache.New(&cache.Options[string, Config]{
		Capacity:             1000,
		TTL:                  fresh,
		NegativeTTL:          missing,
		StaleWhileRevalidate: stale,
		StaleIfError:         stale,
		Load:                 fromTable(table),
		NotFound:             func(err error) bool { return errors.Is(err, dynamo.ErrNotFound) },
		Clock:                clock,
	})
}

// services are what the function uses.
type services struct {
	configs *dynamo.Repository[Config]
	shared  *dynamo.Repository[SharedUsage]
	partner *partner
	clock   cache.Clock // nil is the system's
}

// newHandler answers GET /tenants/{tenant}/config and /tenants/{tenant}/usage.
func newHandler(s *services) http.Handler {
	configs, usage := newConfigs(s.configs, s.clock), newUsage(s.partner, s.shared, s.clock)
	mux := http.NewServeMux()
	mux.Handle("GET /tenants/{tenant}/config", httpapi.JSON(cached(configs)))
	mux.Handle("GET /tenants/{tenant}/usage", httpapi.JSON(cached(usage)))
	// What a request has started beside its answer, a refresh or writing to the
	// shared table, must not be frozen half-way.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			for _, c := range []cache.Waiter{configs, usage, s.partner.keys} {
				_ = c.Wait(r.Context()) // what did not end in time is loaded again
			}
		}()
		mux.ServeHTTP(w, r)
	})
}

// A tenantInput says which tenant a request is about.
type tenantInput struct {
	Tenant string `path:"tenant"`
}

func cached[V any](c *cache.Cache[string, V]) func(context.Context, tenantInput) (V, error) {
	return func(ctx context.Context, in tenantInput) (V, error) {
		v, err := c.Get(ctx, in.Tenant)
		if errors.Is(err, cache.ErrNotFound) {
			return v, httpapi.Error(http.StatusNotFound, "there is no such tenant")
		}
		return v, err
	}
}
