// Package function is what the platform's Lambda functions share at their start.
package function

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/go-thaw/thaw/lambdalog"
)

// Main loads the AWS configuration, makes the handler and serves it. A function
// that cannot start says why and ends, so that its deployment fails instead of
// its users' requests.
func Main(handler func(ctx context.Context, cfg aws.Config, logger *slog.Logger) (lambda.Handler, error)) {
	logger := slog.New(lambdalog.NewHandler(nil))
	slog.SetDefault(logger)
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err == nil {
		var h lambda.Handler
		if h, err = handler(ctx, cfg, logger); err == nil {
			lambda.StartWithOptions(h, lambda.WithContext(ctx))
			return
		}
	}
	logger.Error("the function cannot start", "error", err)
	os.Exit(1)
}

// Env sets each variable to the environment variable of its name.
func Env(variables map[string]*string) error {
	for name, value := range variables {
		if *value = os.Getenv(name); *value == "" {
			return fmt.Errorf("environment variable %s must be set", name)
		}
	}
	return nil
}
