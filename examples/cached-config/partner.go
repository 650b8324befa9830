package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/secrets"
)

// A partner is another company's API that says how much a tenant has used. It
// wants a key, which is rotated now and then.
type partner struct {
	client *http.Client
	url    string
	secret secrets.SecretID
	keys   *keyCache
}

// An apiKey is what the secret has, as JSON. It does not show up in logs.
type apiKey struct {
	Key secrets.Secret[string] `json:"key"`
}

type keyCache = cache.Cache[secrets.SecretID, secrets.Secret[apiKey]]

// newKeys returns a cache of keys. Make one per process.
func newKeys(load func(context.Context, secrets.SecretID) (secrets.Secret[string], error), clock cache.Clock) *keyCache {
	return cache.New(&cache.Options[secrets.SecretID, secrets.Secret[apiKey]]{
		Load:                 secrets.JSON[apiKey](load),
		StaleWhileRevalidate: stale,
		StaleIfError:         stale,
		Clock:                clock,
	})
}

// Usage is how much a tenant has used.
type Usage struct {
	Requests int `json:"requests"`
}

// usage asks the partner. When the key is refused, it may have been rotated since
// it was loaded: Do loads it again and calls once more.
func (p *partner) usage(ctx context.Context, tenant string) (usage Usage, err error) {
	err = secrets.Do(ctx, p.keys, p.secret, func(ctx context.Context, key secrets.Secret[apiKey]) error {
		return p.get(ctx, "/usage/"+url.PathEscape(tenant), key.Reveal().Key, &usage)
	})
	return usage, err
}

func (p *partner) get(ctx context.Context, path string, key secrets.Secret[string], answer any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+key.Reveal())
	response, err := p.client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return json.NewDecoder(response.Body).Decode(answer)
	case http.StatusUnauthorized:
		return fmt.Errorf("partner: GET %s: %w", path, secrets.ErrAuthentication)
	}
	return fmt.Errorf("partner: GET %s: status %d", path, response.StatusCode)
}
