package paramstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/secrets"
)

// API is what [Load] calls. An *ssm.Client has it.
type API interface {
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
}

// Load returns a loader for Load of [cache.Options]. A parameter that does not
// exist, or has no such version, is [cache.ErrNotFound]; the SDK's other errors
// come as they are.
func Load(client API) func(context.Context, secrets.Parameter) (secrets.Secret[string], error) {
	return func(ctx context.Context, key secrets.Parameter) (secrets.Secret[string], error) {
		name, err := key.Selected()
		if err != nil {
			return secrets.Secret[string]{}, err
		}
		out, err := client.GetParameter(ctx, &ssm.GetParameterInput{
			Name:           aws.String(name),
			WithDecryption: aws.Bool(!key.Ciphertext),
		})
		if err != nil {
			return secrets.Secret[string]{}, notFound(err)
		}
		return secrets.New(aws.ToString(out.Parameter.Value)), nil
	}
}

// notFound makes an error that says that there is no parameter match
// [cache.ErrNotFound].
func notFound(err error) error {
	var missing *types.ParameterNotFound
	var version *types.ParameterVersionNotFound
	if errors.As(err, &missing) || errors.As(err, &version) {
		return fmt.Errorf("%w: %w", cache.ErrNotFound, err)
	}
	return err
}
