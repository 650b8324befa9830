//go:build local

package main

import (
	"context"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// open returns an in-memory table with one tenant.
func open(ctx context.Context) (*dynamo.Repository[Config], error) {
	client := dynamotest.New(nil).Client()
	table, err := dynamo.New[Config](client, "tenants", nil)
	if err != nil {
		return nil, err
	}
	if err := dynamo.CreateTables(ctx, client, table); err != nil {
		return nil, err
	}
	return table, table.Put(ctx, &Config{Tenant: "acme", Plan: "pro", MaxUsers: 50})
}
