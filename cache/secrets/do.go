package secrets

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/go-thaw/thaw/cache"
)

// ErrAuthentication says that a secret was not accepted. A function that [Do]
// calls wraps it to say so where [IsAuthenticationFailure] does not know the
// error of a library:
//
//	if mysqlError.Number == 1045 {
//		return fmt.Errorf("%w: %w", secrets.ErrAuthentication, err)
//	}
var ErrAuthentication = errors.New("the secret was not accepted")

// Do calls f with the secret of key. If f fails because the secret was not
// accepted, as [IsAuthenticationFailure] recognises it, Do drops the secret, loads
// it again and calls f once more: the secret may have been rotated since it was
// loaded. Callers who find out together share one load.
//
// Use [cache.Cache.Do] to say otherwise which errors are meant. It also says what
// comes back.
func Do[K comparable, T any](ctx context.Context, c *cache.Cache[K, Secret[T]], key K, f func(ctx context.Context, secret Secret[T]) error) error {
	return c.Do(ctx, key, f, IsAuthenticationFailure)
}

// IsAuthenticationFailure reports whether an error says that credentials were not
// accepted: if it wraps [ErrAuthentication], or has one of these methods, with
// an answer that says so:
//
//   - SQLState() string of PostgreSQL drivers such as pgx: class 28
//   - HTTPStatusCode() int of the AWS SDK and others: 401
//   - ErrorCode() string of the AWS SDK: keys, tokens and signatures that are
//     not or no longer valid
//
// 403 is not one: what is forbidden stays forbidden with a new password.
func IsAuthenticationFailure(err error) bool {
	if errors.Is(err, ErrAuthentication) {
		return true
	}
	var sql interface{ SQLState() string }
	if errors.As(err, &sql) && strings.HasPrefix(sql.SQLState(), "28") {
		return true
	}
	var api interface{ ErrorCode() string }
	if errors.As(err, &api) && invalidCredentials[api.ErrorCode()] {
		return true
	}
	var answer interface{ HTTPStatusCode() int }
	return errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusUnauthorized
}

// invalidCredentials are the codes with which AWS services refuse credentials,
// see https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and
// the errors of Amazon S3.
var invalidCredentials = map[string]bool{
	"ExpiredToken":                true,
	"ExpiredTokenException":       true,
	"IncompleteSignature":         true,
	"InvalidAccessKeyId":          true,
	"InvalidClientTokenId":        true,
	"InvalidSignatureException":   true,
	"SignatureDoesNotMatch":       true,
	"UnrecognizedClientException": true,
}
