//go:build local

package main

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/go-thaw/thaw/cache/secrets"
	"github.com/go-thaw/thaw/cache/secrets/secretsmgr"
	"github.com/go-thaw/thaw/cache/secrets/secretstest"
	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/examples/cached-config/partnertest"
)

// open returns services in memory with one tenant. The partner's key is rotated
// every 10 seconds, which nobody should notice.
func open(ctx context.Context) (*services, error) {
	client := dynamotest.New(nil).Client()
	configs, err := dynamo.New[Config](client, "tenants", nil)
	if err != nil {
		return nil, err
	}
	shared, err := dynamo.New[SharedUsage](client, "usage", nil)
	if err != nil {
		return nil, err
	}
	if err := dynamo.CreateTables(ctx, client, configs, shared); err != nil {
		return nil, err
	}
	vault, api := secretstest.New(nil), partnertest.New("key-0")
	vault.PutSecret("partner", `{"key":"key-0"}`)
	go rotate(vault, api)
	return &services{configs: configs, shared: shared, partner: &partner{
		client: api.Client(),
		url:    "http://partner",
		secret: secrets.SecretID{ID: "partner"},
		keys:   newKeys(secretsmgr.Load(secretsmanager.NewFromConfig(vault.Config())), nil),
	}}, configs.Put(ctx, &Config{Tenant: "acme", Plan: "pro", MaxUsers: 50})
}

func rotate(vault *secretstest.Fake, api *partnertest.API) {
	for i := 1; ; i++ {
		time.Sleep(10 * time.Second)
		key := "key-" + strconv.Itoa(i)
		api.Rotate(key)
		vault.PutSecret("partner", `{"key":"`+key+`"}`)
		slog.Info("the partner's key was rotated")
	}
}
