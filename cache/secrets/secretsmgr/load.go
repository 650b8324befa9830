package secretsmgr

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/secrets"
)

// API is what [Load] calls. A *secretsmanager.Client has it.
type API interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// Load returns a loader for Load of [cache.Options]. A binary secret is a string
// of its bytes. A secret that does not exist, or has no such version, is
// [cache.ErrNotFound]; the SDK's other errors come as they are.
func Load(client API) func(context.Context, secrets.SecretID) (secrets.Secret[string], error) {
	return func(ctx context.Context, key secrets.SecretID) (secrets.Secret[string], error) {
		out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
			SecretId:     aws.String(key.ID),
			VersionId:    optional(key.VersionID),
			VersionStage: optional(key.VersionStage),
		})
		if err != nil {
			return secrets.Secret[string]{}, notFound(err)
		}
		return value(out.SecretString, out.SecretBinary), nil
	}
}

func value(text *string, binary []byte) secrets.Secret[string] {
	if text != nil {
		return secrets.New(*text)
	}
	return secrets.New(string(binary))
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// notFound makes an error that says that there is no secret match
// [cache.ErrNotFound].
func notFound(err error) error {
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return fmt.Errorf("%w: %w", cache.ErrNotFound, err)
	}
	return err
}
