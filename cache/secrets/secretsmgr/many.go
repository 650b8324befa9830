package secretsmgr

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/secrets"
)

// BatchAPI is what [LoadMany] calls. A *secretsmanager.Client has it.
type BatchAPI interface {
	API
	BatchGetSecretValue(context.Context, *secretsmanager.BatchGetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.BatchGetSecretValueOutput, error)
}

// batchSize is how many secrets one request may ask for, see
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html.
const batchSize = 20

// LoadMany returns a loader for LoadMany of [cache.Options]. It asks for 20
// current secrets per request. A request cannot ask for another version, so such
// secrets are loaded one by one. Those that fail are in a [*cache.ManyError]
// beside the others.
func LoadMany(client BatchAPI) func(context.Context, []secrets.SecretID) (map[secrets.SecretID]secrets.Secret[string], error) {
	return func(ctx context.Context, keys []secrets.SecretID) (map[secrets.SecretID]secrets.Secret[string], error) {
		l := &loading{client: client, found: make(map[secrets.SecretID]secrets.Secret[string]), failed: make(map[secrets.SecretID]error)}
		var ids []string
		for _, key := range keys {
			if key == (secrets.SecretID{ID: key.ID}) {
				ids = append(ids, key.ID)
				continue
			}
			secret, err := Load(client)(ctx, key)
			l.add(key, secret, err)
		}
		for batch := range slices.Chunk(ids, batchSize) {
			l.load(ctx, batch)
		}
		if len(l.failed) > 0 {
			return l.found, &cache.ManyError[secrets.SecretID]{Errors: l.failed}
		}
		return l.found, nil
	}
}

// loading is what one call of a loader has so far.
type loading struct {
	client BatchAPI
	found  map[secrets.SecretID]secrets.Secret[string]
	failed map[secrets.SecretID]error
}

func (l *loading) add(key secrets.SecretID, secret secrets.Secret[string], err error) {
	if err != nil {
		l.failed[key] = err
		return
	}
	l.found[key] = secret
}

// load asks for the current versions of a batch of secrets, page by page.
func (l *loading) load(ctx context.Context, ids []string) {
	in := &secretsmanager.BatchGetSecretValueInput{SecretIdList: ids}
	for {
		out, err := l.client.BatchGetSecretValue(ctx, in)
		if err != nil {
			l.fail(ids, err)
			return
		}
		l.take(ids, out)
		if aws.ToString(out.NextToken) == "" {
			return
		}
		in.NextToken = out.NextToken
	}
}

// fail notes an error for those that are not there yet.
func (l *loading) fail(ids []string, err error) {
	for _, id := range ids {
		key := secrets.SecretID{ID: id}
		if _, ok := l.found[key]; !ok {
			l.failed[key] = err
		}
	}
}

// take notes what an answer says.
func (l *loading) take(ids []string, out *secretsmanager.BatchGetSecretValueOutput) {
	for _, failed := range out.Errors {
		l.add(secrets.SecretID{ID: aws.ToString(failed.SecretId)}, secrets.Secret[string]{}, failure(failed))
	}
	for _, entry := range out.SecretValues {
		for _, id := range ids {
			if isOf(entry, id) {
				l.add(secrets.SecretID{ID: id}, value(entry.SecretString, entry.SecretBinary), nil)
			}
		}
	}
}

// isOf reports whether id asks for the secret of an entry: by its name, by its
// ARN, or by the ARN without the hyphen and six characters that Secrets Manager
// adds.
func isOf(entry types.SecretValueEntry, id string) bool {
	const added = len("-a1b2c3")
	name, arn := aws.ToString(entry.Name), aws.ToString(entry.ARN)
	return id == name || id == arn || strings.HasPrefix(arn, id+"-") && len(arn) == len(id)+added
}

// failure is the error of one secret.
func failure(e types.APIErrorType) error {
	code, message := aws.ToString(e.ErrorCode), aws.ToString(e.Message)
	err := fmt.Errorf("secretsmgr: %s: %s: %s", aws.ToString(e.SecretId), code, message)
	if code == (*types.ResourceNotFoundException)(nil).ErrorCode() {
		return fmt.Errorf("%w: %w", cache.ErrNotFound, err)
	}
	return err
}
