package dynamo

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// attempts is the context of one call; it learns from the client whether the
// answer to an attempt was lost.
//
// The SDK does not say on an error how many attempts were made: the metadata
// that carry them come with a success only. The retryer is asked for a token
// before each further attempt and is told why, so it is the place to look, with
// any client and at two allocations a call: this context, and the tracker
// around the client's own parts. (A middleware that collects the metadata takes
// four.)
type attempts struct {
	context.Context      //nolint:containedctx // it is one, for the length of a call
	sent            bool // the present attempt got as far as the HTTP client
	answerLost      bool
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
	t := &tracker{o.Retryer, o.HTTPClient}
	o.Retryer, o.HTTPClient = t, t
}

// A tracker stands in for a client's retryer and HTTP client.
type tracker struct {
	aws.Retryer
	http dynamodb.HTTPClient
}

// Do sends r and notes that it was sent: an attempt that failed before that,
// for want of credentials say, did not lose an answer.
func (t *tracker) Do(r *http.Request) (*http.Response, error) {
	if call, ok := r.Context().Value(attemptsKey{}).(*attempts); ok {
		call.sent = true
	}
	return t.http.Do(r)
}

// GetAttemptToken is that of the wrapped retryer, if it has one.
func (t *tracker) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if v2, ok := t.Retryer.(aws.RetryerV2); ok {
		return v2.GetAttemptToken(ctx)
	}
	return t.Retryer.GetInitialToken(), nil
}

// GetRetryToken notes whether err left open what became of its attempt.
func (t *tracker) GetRetryToken(ctx context.Context, err error) (func(error) error, error) {
	if call, ok := ctx.Value(attemptsKey{}).(*attempts); ok {
		call.answerLost = call.answerLost || call.sent && answerLost(err)
		call.sent = false
	}
	return t.Retryer.GetRetryToken(ctx, err)
}

// answerLost tells whether the attempt that was sent and failed with err may
// have been applied. It was not if DynamoDB refused it (4xx), or if there was
// never a connection. After a 5xx nobody knows, see
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html,
// and after a 2xx that broke off it was.
func answerLost(err error) bool {
	var response interface{ HTTPStatusCode() int }
	if errors.As(err, &response) && response.HTTPStatusCode() != 0 {
		return response.HTTPStatusCode()/100 != 4
	}
	var operation *net.OpError
	if errors.As(err, &operation) && operation.Op == "dial" {
		return false
	}
	var name *net.DNSError
	return !errors.As(err, &name)
}
