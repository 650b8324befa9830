package paramstore

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/secrets"
)

// ManyAPI is what [LoadMany] calls. An *ssm.Client has it.
type ManyAPI interface {
	GetParameters(context.Context, *ssm.GetParametersInput, ...func(*ssm.Options)) (*ssm.GetParametersOutput, error)
}

// manySize is how many parameters one request may ask for, see
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html.
const manySize = 10

// LoadMany returns a loader for LoadMany of [cache.Options]. It asks for 10
// parameters per request. Parameters that do not exist are missing from its
// result; those that fail are in a [*cache.ManyError] beside the others.
func LoadMany(client ManyAPI) func(context.Context, []secrets.Parameter) (map[secrets.Parameter]secrets.Secret[string], error) {
	return func(ctx context.Context, keys []secrets.Parameter) (map[secrets.Parameter]secrets.Secret[string], error) {
		l := &loading{client: client, found: make(map[secrets.Parameter]secrets.Secret[string]), failed: make(map[secrets.Parameter]error)}
		for _, ciphertext := range []bool{false, true} {
			l.load(ctx, l.names(keys, ciphertext), ciphertext)
		}
		if len(l.failed) > 0 {
			return l.found, &cache.ManyError[secrets.Parameter]{Errors: l.failed}
		}
		return l.found, nil
	}
}

// loading is what one call of a loader has so far.
type loading struct {
	client ManyAPI
	found  map[secrets.Parameter]secrets.Secret[string]
	failed map[secrets.Parameter]error
}

// names returns keys by the names that they are asked for by. Two keys may have
// one, as a version may be part of a name.
func (l *loading) names(keys []secrets.Parameter, ciphertext bool) map[string][]secrets.Parameter {
	names := make(map[string][]secrets.Parameter)
	for _, key := range keys {
		if key.Ciphertext != ciphertext {
			continue
		}
		name, err := key.Selected()
		if err != nil {
			l.failed[key] = err
			continue
		}
		names[name] = append(names[name], key)
	}
	return names
}

func (l *loading) load(ctx context.Context, names map[string][]secrets.Parameter, ciphertext bool) {
	all := slices.Sorted(maps.Keys(names)) // the same requests each time
	for some := range slices.Chunk(all, manySize) {
		out, err := l.client.GetParameters(ctx, &ssm.GetParametersInput{Names: some, WithDecryption: aws.Bool(!ciphertext)})
		if err != nil {
			for _, name := range some {
				for _, key := range names[name] {
					l.failed[key] = err
				}
			}
			continue
		}
		for _, p := range out.Parameters {
			selector := aws.ToString(p.Selector)
			for _, name := range []string{aws.ToString(p.Name) + selector, aws.ToString(p.ARN) + selector} {
				for _, key := range names[name] {
					l.found[key] = secrets.New(aws.ToString(p.Value))
				}
			}
		}
	}
}
