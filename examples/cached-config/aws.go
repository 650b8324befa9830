//go:build !local

package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/go-thaw/thaw/cache/secrets"
	"github.com/go-thaw/thaw/cache/secrets/secretsmgr"
	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/lambdalog"
)

// open returns the services that the environment variables name.
func open(ctx context.Context) (*services, error) {
	slog.SetDefault(slog.New(lambdalog.NewHandler(nil)))
	for _, name := range []string{"TABLE", "SHARED_TABLE", "PARTNER_URL", "PARTNER_SECRET"} {
		if os.Getenv(name) == "" {
			return nil, fmt.Errorf("environment variable %s must be set (or build with -tags local)", name)
		}
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	client := dynamo.NewClient(cfg, nil)
	if err := dynamo.Warm(ctx, client); err != nil {
		slog.Warn("the first request will open its own connection", "error", err)
	}
	configs, err := dynamo.New[Config](client, os.Getenv("TABLE"), nil)
	if err != nil {
		return nil, err
	}
	shared, err := dynamo.New[SharedUsage](client, os.Getenv("SHARED_TABLE"), nil)
	if err != nil {
		return nil, err
	}
	return &services{configs: configs, shared: shared, partner: &partner{
		client: &http.Client{Timeout: 5 * time.Second},
		url:    os.Getenv("PARTNER_URL"),
		secret: secrets.SecretID{ID: os.Getenv("PARTNER_SECRET")},
		keys:   newKeys(secretsmgr.Load(secretsmanager.NewFromConfig(cfg)), nil),
	}}, nil
}
