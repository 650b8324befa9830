package dynamo

import (
	"context"
	"errors"
	"net"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// attempts is the context of one call; it learns from the client's retryer
// whether the answer to an attempt was lost.
//
// The SDK does not say on an error how many attempts were made: the metadata
// that carry them come with a success only. The retryer is asked for a token
// before each further attempt and is told why, so it is the place to look, with
// any client and at two allocations a call: this context and the retryer around
// the client's own. (A middleware that collects the metadata takes four.)
type attempts struct {
	context.Context
	answerLost bool
}

type attemptsKey struct{}

// Value returns the call itself for its key.
func (a *attempts) Value(key any) any {
	if key == (attemptsKey{}) {
		return a
	}
	return a.Context.Value(key)
}

// trackAttempts makes a call of the SDK report to its attempts.
func trackAttempts(o *dynamodb.Options) {
	o.Retryer = trackingRetryer{o.Retryer}
}

type trackingRetryer struct{ aws.Retryer }

// GetAttemptToken is that of the wrapped retryer, if it has one.
func (r trackingRetryer) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if v2, ok := r.Retryer.(aws.RetryerV2); ok {
		return v2.GetAttemptToken(ctx)
	}
	return r.Retryer.GetInitialToken(), nil
}

// GetRetryToken notes whether err left open what became of its attempt.
func (r trackingRetryer) GetRetryToken(ctx context.Context, err error) (func(error) error, error) {
	if call, ok := ctx.Value(attemptsKey{}).(*attempts); ok && answerLost(err) {
		call.answerLost = true
	}
	return r.Retryer.GetRetryToken(ctx, err)
}

// answerLost tells whether the attempt that failed with err may have been
// applied. It was not if DynamoDB refused it (4xx), or if there was never a
// connection to send it on. After a 5xx nobody knows:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html.
func answerLost(err error) bool {
	var response interface{ HTTPStatusCode() int }
	if errors.As(err, &response) && response.HTTPStatusCode() != 0 {
		return response.HTTPStatusCode() >= 500
	}
	var operation *net.OpError
	if errors.As(err, &operation) && operation.Op == "dial" {
		return false
	}
	var name *net.DNSError
	return !errors.As(err, &name)
}
