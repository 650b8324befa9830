package paramstore

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/go-thaw/thaw/cache/secrets"
)

// PathAPI is what [LoadPath] calls. An *ssm.Client has it.
type PathAPI interface {
	GetParametersByPath(context.Context, *ssm.GetParametersByPathInput, ...func(*ssm.Options)) (*ssm.GetParametersByPathOutput, error)
}

// LoadPath returns a loader for Load of [cache.Options] that gets the parameters
// below a path, by their names relative to it: with the path /prod, /prod/db/host
// is db/host. It asks for one page of 10 after the other. A path without
// parameters has an empty map, as Parameter Store does not tell it from one that
// does not exist. Each Reveal returns a map of its own.
func LoadPath(client PathAPI) func(context.Context, secrets.ParameterPath) (secrets.Secret[map[string]string], error) {
	return func(ctx context.Context, key secrets.ParameterPath) (secrets.Secret[map[string]string], error) {
		if !strings.HasPrefix(key.Path, "/") {
			return secrets.Secret[map[string]string]{}, fmt.Errorf("paramstore: ParameterPath.Path: must begin with a slash, got %q", key.Path)
		}
		values := make(map[string]string)
		in := input(key)
		for {
			out, err := client.GetParametersByPath(ctx, in)
			if err != nil {
				return secrets.Secret[map[string]string]{}, err
			}
			for _, p := range out.Parameters {
				values[relative(aws.ToString(p.Name), key.Path)] = aws.ToString(p.Value)
			}
			if aws.ToString(out.NextToken) == "" {
				return secrets.NewFunc(func() map[string]string { return maps.Clone(values) }), nil
			}
			in.NextToken = out.NextToken
		}
	}
}

func input(key secrets.ParameterPath) *ssm.GetParametersByPathInput {
	in := &ssm.GetParametersByPathInput{
		Path:           aws.String(key.Path),
		Recursive:      aws.Bool(key.Recursive),
		WithDecryption: aws.Bool(!key.Ciphertext),
	}
	if key.Label != "" {
		in.ParameterFilters = []types.ParameterStringFilter{{
			Key: aws.String("Label"), Option: aws.String("Equals"), Values: []string{key.Label},
		}}
	}
	return in
}

func relative(name, path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, strings.TrimSuffix(path, "/")), "/")
}
