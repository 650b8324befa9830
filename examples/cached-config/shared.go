package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/dynamo"
)

// A SharedUsage is what one execution environment has learned and leaves for the
// others, in a table of its own. The table's time to live removes it in the end.
type SharedUsage struct {
	Tenant   string    `dynamodbav:"tenant" dynamo:"partition"`
	Requests int       `dynamodbav:"requests"`
	Expires  time.Time `dynamodbav:"expires,unixtime" dynamo:"ttl"`
}

// newUsage returns the cache of usage: in memory, then in the table that all
// environments share, then from the partner. However many environments there
// are, the partner is asked about once per tenant and lifetime.
func newUsage(p *partner, table *dynamo.Repository[SharedUsage], clock cache.Clock) *cache.Cache[string, Usage] {
	return cache.New(&cache.Options[string, Usage]{
		Capacity: 1000,
		TTL:      fresh,
		Load:     p.usage,
		Store:    cache.Store[string, Usage]{Get: getShared(table), Put: putShared(table)},
		Clock:    clock,
	})
}

func getShared(table *dynamo.Repository[SharedUsage]) func(context.Context, string) (Usage, time.Time, error) {
	return func(ctx context.Context, tenant string) (Usage, time.Time, error) {
		found, err := table.Get(ctx, dynamo.Key{tenant})
		if errors.Is(err, dynamo.ErrNotFound) {
			err = fmt.Errorf("%w: %w", cache.ErrNotFound, err)
		}
		return Usage{Requests: found.Requests}, found.Expires, err
	}
}

func putShared(table *dynamo.Repository[SharedUsage]) func(context.Context, string, Usage, time.Time) error {
	return func(ctx context.Context, tenant string, usage Usage, expires time.Time) error {
		return table.Put(ctx, &SharedUsage{Tenant: tenant, Requests: usage.Requests, Expires: expires})
	}
}
